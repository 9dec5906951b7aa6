// The search field: typing adds to its terms, which are links; its completions are a combobox.
const [field, list, at] = ["search", "completions", "at"].map((id) => document.getElementById(id));
const all = field.dataset.terms, terms = field.value.startsWith(all) ? all : "";
const ask = () => field.dispatchEvent(new Event("input"));
let active;
field.value = field.value.slice(terms.length);

function mark(option) {
  active = option;
  for (const item of list.children) item.ariaSelected = item === option;
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  field.ariaExpanded = !!list.firstElementChild;
  option?.scrollIntoView({ block: "nearest" });
}

function take({ dataset: { text, at } }) {
  field.value = text;
  field.focus();
  field.setSelectionRange(at, at);
  mark(list.replaceChildren());
  if (text.at(-1) !== " ") ask();
}

field.form.onformdata = ({ formData }) => formData.set("q", `${terms} ${field.value}`.trim());
field.oninput = () => { at.value = field.selectionStart; };
field.onkeydown = (event) => {
  const { key } = event, options = [...list.children], count = options.length, step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step && !count) ask();
  else if (step) mark(options[(options.indexOf(active) + step + count + 2) % (count + 1) - 1]);
  else if (key === "Enter" && active) take(active);
  else if (key === "Escape" && count) mark(list.replaceChildren());
  else return;
  event.preventDefault();
};
field.addEventListener("htmx:after:swap", () => mark());
list.onclick = ({ target }) => target !== list && take(target.closest("li"));

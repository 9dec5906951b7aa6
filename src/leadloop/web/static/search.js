// The search field: typing adds to its terms, which are links; its completions are a combobox.
const field = document.getElementById("search"), list = document.getElementById("completions");
const { terms: all } = field.dataset, terms = field.value.startsWith(all) ? all : "";
let active;
field.value = field.value.slice(terms.length);
const ask = () => field.dispatchEvent(new Event("input"));

function mark(option) {
  active = option;
  for (const item of list.children) item.ariaSelected = item === option;
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  field.ariaExpanded = !!list.firstElementChild;
}

function take({ dataset: { text, at } }) {
  field.value = text;
  field.focus();
  field.setSelectionRange(at, at);
  mark(list.replaceChildren());
  if (!text.endsWith(" ")) ask();
}

field.form.addEventListener("formdata", ({ formData }) => formData.set("q", `${terms} ${field.value}`.trim()));
field.addEventListener("input", () => { document.getElementById("at").value = field.selectionStart; });
field.addEventListener("keydown", (event) => {
  const { key } = event, options = [...list.children], count = options.length, step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step && !count) ask();
  else if (step) mark(options[(options.indexOf(active) + step + count + 2) % (count + 1) - 1]);
  else if (key === "Enter" && active) take(active);
  else if (key === "Escape" && count) mark(list.replaceChildren());
  else return;
  event.preventDefault();
});
field.addEventListener("htmx:after:swap", () => mark());
list.addEventListener("click", ({ target }) => take(target.closest("li")));

// Keyboard: the palette (Ctrl K), single-key shortcuts, and the dialog that lists them (?).
// The server renders both dialogs; without scripts every page in them is reached by the navigation.

const palette = document.querySelector("#palette");
const shortcuts = document.querySelector("#shortcuts");
const SEQUENCE_MS = 1500;
let prefixAt = 0;

// The field of a dialog that has just closed keeps the focus for a moment.
const isTyping = (target) =>
  target.isContentEditable || (/^(input|textarea|select)$/i.test(target.tagName) && !target.closest("dialog:not([open])"));

const found = document.querySelector("#found"); // leads, which the server finds
const links = () => [...palette.querySelectorAll("li:not([hidden]) a")];

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function filter(field) {
  const words = fold(field.value).split(/\s+/);
  for (const item of palette.querySelectorAll("li")) {
    const text = fold(item.textContent);
    item.hidden = !words.every((word) => text.includes(word));
  }
}

function count() {
  const { length } = links(), status = palette.querySelector("[role=status]");
  palette.querySelector("[data-none]").hidden = length > 0;
  status.textContent = status.dataset.text.replace("{count}", length);
}

function open(dialog) {
  if (!dialog || dialog.open) return;
  for (const other of document.querySelectorAll("dialog[open]")) other.close();
  if (dialog === palette) {
    const field = palette.querySelector("input");
    field.value = "";
    found?.replaceChildren();
    filter(field);
    count();
  }
  dialog.showModal();
}

function move(step) {
  const all = links();
  const index = all.indexOf(document.activeElement) + step;
  if (index < 0) palette.querySelector("input").focus();
  else all[Math.min(index, all.length - 1)]?.focus();
}

let isEntered = false; // before the leads came
palette?.addEventListener("input", (event) => {
  isEntered = false;
  filter(event.target);
  if (!found) count();
});
palette?.addEventListener("htmx:after:swap", () => {
  count();
  if (isEntered) links()[0]?.click();
});
palette?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) move(step);
  else if (event.key === "Enter" && event.target.tagName === "INPUT") {
    isEntered = !links().length;
    links()[0]?.click();
  }
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(document.getElementById(opener.dataset.opens));
  else if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
  else if (event.target.tagName === "DIALOG") event.target.close(); // the backdrop
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open(palette);
    return;
  }
  const isOff = document.body.dataset.shortcuts === "off" || document.querySelector("dialog[open]");
  if (isOff || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  const hasPrefix = Date.now() - prefixAt < SEQUENCE_MS;
  prefixAt = 0;
  if (hasPrefix) {
    const link = document.querySelector(`a[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  } else if (event.key === "g") prefixAt = Date.now();
  else if (event.key === "?") open(shortcuts);
  else {
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target) event.preventDefault(target.focus());
    target?.click();
    dispatchEvent(new CustomEvent("shortcut", { detail: event.key }));
  }
});

for (const button of document.querySelectorAll("[data-opens]")) button.hidden = false;

// A page that shows a secret once: loading it again must not send the form again, and Back must not bring it back.
const once = document.querySelector("[data-once]");
if (once) {
  history.replaceState(null, "", once.dataset.once);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

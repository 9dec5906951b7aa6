// Short messages at the bottom of the page. They stay while the pointer or the focus is on them.
const SHOWN_MS = 6000;
const place = document.getElementById("toasts");

export function toast(text) {
  if (!place) return;
  const box = document.createElement("div");
  box.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  place.append(box);
  expire(box);
}

function expire(box) {
  let timer = 0;
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => box.remove(), SHOWN_MS); };
  const hold = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) box.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) box.addEventListener(name, wait);
  wait();
}

if (place) for (const box of place.children) expire(box);

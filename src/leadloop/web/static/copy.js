// Copies the text of another element: <button data-copy="#key" data-copied="Copied" data-failed="…">. By http with a
// host name browsers have no navigator.clipboard, so it selects the text and uses execCommand, and says if that fails.
import { toast } from "./toast.js";

const textOf = (element) => element.value ?? element.textContent;

function select(element) {
  element.closest("details")?.setAttribute("open", "");
  if (element.select) element.select();
  else getSelection().selectAllChildren(element);
}

async function copy(element) {
  if (navigator.clipboard) {
    try { await navigator.clipboard.writeText(textOf(element)); return true; } catch { /* not allowed: the other way */ }
  }
  select(element);
  const put = (event) => { event.clipboardData.setData("text/plain", textOf(element)); event.preventDefault(); };
  addEventListener("copy", put);
  const isDone = document.execCommand("copy");
  removeEventListener("copy", put);
  return isDone;
}

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const element = document.querySelector(button.dataset.copy);
  if (!element) return;
  const { copied, failed } = button.closest("[data-copied]").dataset;
  toast(await copy(element) ? copied : failed);
});

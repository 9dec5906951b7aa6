// Copies the text of another element: <button data-copy="#key" data-copied="Copied" data-failed="…">. By http with a
// host name browsers have no navigator.clipboard, so it selects the text and uses execCommand, and says if that fails.
import { toast } from "./toast.js";

function textOf(element) {
  return "value" in element ? element.value : element.textContent;
}

function select(element) {
  if ("select" in element) { element.select(); return; }
  element.closest("details")?.setAttribute("open", "");
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(element) {
  if (navigator.clipboard) {
    try { await navigator.clipboard.writeText(textOf(element)); return true; } catch { /* not allowed: the other way */ }
  }
  select(element);
  const put = (event) => { event.clipboardData.setData("text/plain", textOf(element)); event.preventDefault(); };
  document.addEventListener("copy", put);
  try { return document.execCommand("copy"); } finally { document.removeEventListener("copy", put); }
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

// Fills in the browser's time zone where the server could only guess, and shows it in the closed summary.
const field = document.querySelector("[data-zone]");
const shown = document.querySelector("[data-zone-shown]");
const show = () => { shown.textContent = field.value; };
if (field && shown) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field.dataset.zone === "guess" && [...field.options].some((option) => option.value === zone)) field.value = zone;
  field.addEventListener("change", show);
  show();
}

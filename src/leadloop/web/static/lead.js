// Tells the parts of the page when a lead on it has moved; the slider opens a version.
const lead = document.getElementById("lead"), slider = document.getElementById("as-of");
let timer;

document.getElementById("live")?.addEventListener("moved", ({ detail }) => {
  const { leads } = JSON.parse(detail.data);
  if (leads === "many" || leads.some((id) => lead.outerHTML.includes(id))) lead.dispatchEvent(new Event("moved"));
});
slider?.addEventListener("input", () => {
  slider.nextElementSibling.value = slider.value;
  clearTimeout(timer);
  timer = setTimeout(() => slider.form.requestSubmit(), 600);
});

// Tells the parts of the page when the stream names a lead that is on it. The slider opens the version that it chooses.
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

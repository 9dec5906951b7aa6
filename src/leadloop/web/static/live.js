// The live dot: whether the page hears of changes, and if not, since when. htmx connects and reconnects the stream.
const dot = document.getElementById("live");

function show(state) {
  if (dot.dataset.state === state) return;
  dot.dataset.state = state;
  const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  dot.lastElementChild.textContent = dot.dataset[state].replace("{time}", time);
}

if (dot) {
  const on = (name, state) => dot.addEventListener(name, () => { if (!document.hidden) show(state); });
  on("htmx:sse:after:connection", "live");
  on("htmx:sse:after:message", "live");
  on("htmx:sse:error", "lost");
  on("htmx:sse:close", "lost");
  if (dot._htmx?.sse?.status === 200) show("live"); // connected before this module ran
  dot.addEventListener("ended", () => location.reload());
}

// While the page is hidden: how many leads came since, in its title and icon. The stream of events is closed then, so it
// asks once a minute, and for an hour: a page that nobody looks at must not keep its session alive for good.
const MINUTE_MS = 60_000, MOST_TIMES = 60;
const { unread, now } = document.body.dataset;
const icon = document.querySelector("link[rel=icon]");
const title = document.title, plain = icon.href;
const loadedAt = Date.now();
let timer = 0;

function show(count) {
  document.title = count ? `(${count > 99 ? "99+" : count}) ${title}` : title;
  icon.href = count ? icon.dataset.unread : plain;
}

async function ask(since) {
  const response = await fetch(`${unread}?since=${since}`, { redirect: "error" });
  if (response.ok && document.hidden) show((await response.json()).count);
}

if (unread) document.addEventListener("visibilitychange", () => {
  clearInterval(timer);
  if (!document.hidden) { show(0); return; }
  const since = Number(now) + Date.now() - loadedAt; // by the clock of the server
  let left = MOST_TIMES;
  timer = setInterval(() => {
    if (left-- > 0) ask(since).catch(() => {}); else clearInterval(timer);
  }, MINUTE_MS);
});

// Leads: j and k move, x marks one, X all up to the last mark; rows that changed load again.
const body = document.getElementById("rows"), status = document.getElementById("marked");
const place = location.pathname + location.search;
let { at, marks } = JSON.parse(sessionStorage[place] ?? '{"marks":[]}');
let last = at, queue = Promise.resolve();
const ids = () => Array.from(body.rows, (row) => row.id);

function show() {
  sessionStorage[place] = JSON.stringify({ at, marks });
  for (const row of body.rows) {
    row.ariaSelected = marks.includes(row.id) || null;
    row.classList.toggle("at", row.id === at);
  }
  status.textContent = marks.length ? status.dataset.text.replace("{count}", marks.length) : "";
}

function mark(from) {
  const all = ids(), [begin, end] = [all.indexOf(from), all.indexOf(at)].sort((a, b) => a - b);
  const range = all.slice(Math.max(begin, 0), end + 1), rest = marks.filter((id) => !range.includes(id));
  marks = from !== at || !marks.includes(at) ? [...rest, ...range] : rest;
  last = at;
  show();
}

show();
body.addEventListener("focusin", (event) => { at = event.target.closest("tr").id; show(); });
addEventListener("shortcut", ({ detail: key }) => {
  const step = { j: 1, k: -1 }[key];
  if (step) body.rows[Math.max(ids().indexOf(at) + step, 0)]?.querySelector("a").focus();
  else if (key === "x") mark(at);
  else if (key === "X") mark(last);
});

let moved;  // what loads next, together, when the rows under way are there

function load() {
  const rows = ids().filter((id) => moved.includes(id));
  moved = undefined;
  return htmx.ajax("GET", body.dataset.rows + rows, { source: body, swap: "none" });
}

document.getElementById("live").addEventListener("moved", ({ detail }) => {
  const { leads } = JSON.parse(detail.data);
  if (!moved) queue = queue.then(load).then(show, () => {});
  moved = [...moved ?? [], ...leads === "many" ? ids() : leads.map((id) => `l-${id}`)];
});

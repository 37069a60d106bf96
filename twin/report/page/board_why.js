// What falls short, when, and why: each capacity opens to what its shortages come from and what ends them.
const whyOpen = new Set();

// Months that are short, from left to right, those of the base below
function shortSpans(row, months, className) {
  const spans = [];
  row.short.forEach((month) => {
    const at = months.indexOf(month), last = spans[spans.length - 1];
    if (last && last.to === at) last.to = at + 1;
    else spans.push({ from: at, to: at + 1 });
  });
  return spans.map(({ from, to }) => {
    const element = h("span", {
      class: className,
      title: `${inMonth(months[from])} – ${inMonth(months[to - 1])}`,
    });
    element.style.left = `${(100 * from) / months.length}%`;
    element.style.width = `${(100 * (to - from)) / months.length}%`;
    return element;
  });
}

// Why what falls short first does, and what ends it
function sayFirst(answer) {
  const first = firstOf(answer);
  if (!first) return "";
  takeRun(answer.sites, answer.headroom);
  const said = [why(first), T("board.ended_by", { what: endedBy(first) })];
  const dearest = answer.breaches.reduce((a, b) => ((b.price || 0) > (a.price || 0) ? b : a), first);
  if (dearest !== first && dearest.price) {
    const { capacity, price } = dearest, times = dearest.stretches.map(span).join("; ");
    const word = capacity === first.capacity ? "board.dearest_again" : "board.dearest";
    said.push(T(word, { what: capacity, times, amount: N(price), ends: endedBy(dearest) }));
  }
  return said.join(" ");
}

// By how many more, or fewer
function byMore(by) {
  if (!by) return "";
  return h("strong", { class: by < 0 ? "good" : "bad" }, ` ${by > 0 ? "+" : "−"}${N(Math.abs(by))}`);
}

function capacityRow(row, was, months) {
  return [
    h("span", null, row.capacity),
    h(
      "span",
      { class: "track" },
      shortSpans(row, months, "short"),
      was && was !== row ? shortSpans(was, months, "was") : "",
    ),
    h(
      "span",
      null,
      T("board.months", { months: N(row.short.length) }),
      byMore(was ? row.short.length - was.short.length : 0),
    ),
  ];
}

// A row that opens to its shortages in words, where the city has answered
function capacityWhy(row, was, answer) {
  const cells = capacityRow(row, was, answer.months);
  const found = (answer.breaches || []).filter((breach) => breach.capacity === row.capacity);
  const name = { "data-capacity": row.capacity };
  if (!found.length) return h("div", { class: "capacity", ...name }, cells);
  const details = h(
    "details",
    { ...name, open: whyOpen.has(row.capacity) },
    h("summary", { class: "capacity" }, cells),
    found.map((breach) => [h("p", { class: "state" }, T(`state.${breach.state}`)), breachFacts(breach)]),
  );
  details.addEventListener("toggle", () => {
    if (details.open) whyOpen.add(row.capacity);
    else whyOpen.delete(row.capacity);
  });
  return details;
}

// The place of a capacity among the first shortages, the last for one that has none
function placeOf(answer, row) {
  const known = answer.breaches || (answerOf(PLANNED) || {}).breaches || [];
  const place = known.findIndex((breach) => breach.capacity === row.capacity);
  return place < 0 ? answer.headroom.length : place;
}

function drawCapacities() {
  const base = answerOf(desk.base), wrong = problemsOf(desk.file).length > 0;
  const own = wrong ? null : answerOf(desk.file) || provisionalOf(desk.file) || base;
  $("capacities-mark").hidden = !own || !own.provisional;
  if (!own) return $("capacity-rows").replaceChildren();
  if (own.breaches) takeRun(own.sites, own.headroom);
  const before = new Map((base ? base.headroom : []).map((row) => [row.capacity, row]));
  const rows = own.headroom.filter((row) =>
    row.short.length || (before.get(row.capacity) || row).short.length
  );
  const first = (row) => (row.short.length ? own.months.indexOf(row.short[0]) : own.months.length);
  rows.sort((a, b) => first(a) - first(b) || placeOf(own, a) - placeOf(own, b));
  $("capacity-rows").replaceChildren(
    ...rows.map((row) => capacityWhy(row, before.get(row.capacity), own)),
    rows.length ? "" : h("p", null, T("board.none_short")),
  );
}

// All capacities that fall short, through time: when, by how much at worst, and what ends it.
const MOST_STRIPS = 10;

// Breaches by capacity, the first to fall short first
function byCapacity() {
  const found = new Map();
  DATA.breaches.forEach((own) => found.set(own.capacity, [...(found.get(own.capacity) || []), own]));
  return [...found.values()].slice(0, MOST_STRIPS);
}

function stretchOf(breach, [first, last]) {
  const from = MONTHS.indexOf(first), to = MONTHS.indexOf(last) + 1;
  const element = h("span", { class: `short is-${breach.state}`, title: span([first, last]) });
  element.style.left = `${(100 * from) / MONTHS.length}%`;
  element.style.width = `${(100 * (to - from)) / MONTHS.length}%`;
  return element;
}

function stripOf(breaches) {
  const worst = [...breaches].sort((a, b) => a.short - b.short)[0], last = breaches[breaches.length - 1];
  const ends = last.enders.length
    ? T("strip.ends", { site: last.enders.map((own) => own.site).join(", ") })
    : T("breach.no_site");
  return h(
    "button",
    {
      class: "plain strip",
      onclick: () => {
        setMonth(MONTHS.indexOf(breaches[0].month));
        showCapacity(breaches[0].capacity, "start");
      },
    },
    h("span", { class: "who" }, breaches[0].capacity),
    h("span", { class: "track" }, breaches.flatMap((own) => own.stretches.map((one) => stretchOf(own, one)))),
    h(
      "span",
      { class: "quiet" },
      `${T("strip.worst", { amount: N(-worst.short), unit: unit(worst.unit) })}; ${ends}`,
    ),
  );
}

function drawStrip() {
  const years = MONTHS.flatMap((month, i) => {
    if (!month.endsWith("-01") || (MONTHS.length > 240 && Number(month.slice(0, 4)) % 5)) return [];
    const label = h("span", null, month.slice(0, 4));
    label.style.left = `${(100 * i) / MONTHS.length}%`;
    return [label];
  });
  const strips = byCapacity();
  $("strip").replaceChildren(
    ...(strips.length
      ? [
        ...strips.map(stripOf),
        h(
          "div",
          { class: "strip years", "aria-hidden": "true" },
          h("span"),
          h("span", { class: "track" }, years),
        ),
      ]
      : []),
  );
}

// All plans on the same axes: what can be relied on, what was lost, debt, and when sites stand.
function ofUtility(utility, key) {
  return PLANS.filter((name) => DATA.supply[name]).map((name) => ({
    name,
    own: DATA.supply[name].find((view) => view.utility === utility),
  })).filter(({ own }) => own).map(({ name, own }) => ({ name, values: own[key], own }));
}

const sumUp = (values) => {
  let sum = 0;
  return values.map((value) => (sum += value || 0));
};
const service = (cash) =>
  MONTHS.map((_, i) => ["interest", "principal", "fees"].reduce((sum, key) => sum + (cash[key][i] || 0), 0));

function together(title, series, shape, ofUnit) {
  if (!series.length || !series.some(({ values }) => values.some((value) => value))) return "";
  return h(
    "div",
    null,
    h("h3", null, title),
    chart({
      height: 230,
      label: title,
      build: () => ({
        traces: series.map(({ name, values }) =>
          line(name, values, tint(name), {
            shape,
            dash: ["solid", "dash", "dot", "dashdot"][PLANS.indexOf(name) % 4],
          })
        ),
        layout: { yaxis: yTitle(ofUnit) },
      }),
    }),
  );
}

function drawTogether() {
  const parent = $("together-charts");
  forget(parent);
  parent.replaceChildren(
    ...[...UTILITIES.keys()].flatMap((utility) => {
      const capacity = ofUtility(utility, "capacity"), lost = ofUtility(utility, "lost");
      return [
        together(
          T("together.capacity", { utility: T(`network.${utility}`) }),
          capacity,
          "hv",
          capacity[0] ? unit(capacity[0].own.unit) : "",
        ),
        together(
          T("together.lost", { utility: T(`network.${utility}`) }),
          lost.map(({ name, values }) => ({ name, values: sumUp(values) })),
          "linear",
          lost[0] ? unit(lost[0].own.lost_unit) : "",
        ),
      ];
    }),
    together(
      T("queue.connected"),
      PLANS.map((name) => ({ name, values: DATA.connected[name] || [] })),
      "hv",
      T("queue.developments"),
    ),
    together(
      T("money.liability"),
      Object.entries(DATA.cash).map(([name, cash]) => ({ name, values: cash.liability })),
      "linear",
      unit("bn KZT"),
    ),
    together(
      T("together.service"),
      Object.entries(DATA.cash).map(([name, cash]) => ({ name, values: sumUp(service(cash)) })),
      "linear",
      unit("bn KZT"),
    ),
  );
}

function drawDates() {
  const parent = $("dates-chart"),
    all = [...new Set(PLANS.flatMap((name) => (DATA.calendar[name] || []).map((site) => site.site)))];
  forget(parent);
  if (!all.length) return $("dates").remove();
  const marks = ["circle", "diamond", "square", "triangle-up", "x", "cross"];
  parent.replaceChildren(chart({
    height: 80 + 20 * all.length,
    label: T("dates.title"),
    build: () => ({
      traces: PLANS.filter((name) => DATA.calendar[name]).map((name, i) => {
        const built = DATA.calendar[name].filter((site) => site.commissioned);
        return {
          type: "scatter",
          mode: "markers",
          name: safe(name),
          x: built.map((site) => site.commissioned),
          y: built.map((site) => site.site),
          text: built.map((site) => safe(site.name)),
          hovertemplate: "%{y} %{text}: %{x|%Y-%m-%d}<extra>%{fullData.name}</extra>",
          marker: { color: tint(name), symbol: marks[i % 6], size: 10, opacity: 0.85 },
        };
      }),
      layout: {
        hovermode: "closest",
        yaxis: {
          type: "category",
          categoryorder: "array",
          categoryarray: [...all].reverse(),
          dtick: 1,
          rangemode: "normal",
          tickfont: { size: 11 },
        },
      },
    }),
  }));
}

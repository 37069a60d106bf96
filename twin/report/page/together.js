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

// The first plan's calendar and another's over each other; a line where their cities part
function barsOf(name, labels, width, look) {
  const built = DATA.calendar[name].filter((site) => site.started);
  const until = (site) => site.commissioned || DATA.end;
  return {
    type: "bar",
    orientation: "h",
    name: safe(name),
    y: built.map((site) => safe(labels.get(site.site))),
    base: built.map((site) => site.started),
    x: built.map((site) => Date.parse(until(site)) - Date.parse(site.started)),
    width,
    marker: look,
    customdata: built.map((site) =>
      `${safe(called(site.name))}<br>${site.started} → ${site.commissioned || T("calendar.never")}`
    ),
    hovertemplate: "%{y} %{customdata}<extra>%{fullData.name}</extra>",
  };
}

function partingLine() {
  const own = DATA.why[why.plan];
  return own && own.parting
    ? [{
      type: "line",
      x0: `${own.parting.month}-01`,
      x1: `${own.parting.month}-01`,
      yref: "paper",
      y0: 0,
      y1: 1,
      line: { color: colour("bad"), width: 2, dash: "dot" },
    }]
    : [];
}

function calendars() {
  const two = [...new Set([FIRST, why.plan || FIRST])].filter((name) => DATA.calendar[name]);
  const sites = two.flatMap((name) => DATA.calendar[name]);
  const roomy = $("dates").clientWidth > 800;
  const labels = new Map(sites.map((site) => [site.site, labelOfSite(site, roomy)]));
  const looks = [
    { color: "rgba(0,0,0,0)", line: { color: colour("ink"), width: 1.4 } },
    { color: tint(two[two.length - 1]) },
  ];
  const starts = sites.filter((site) => site.started).map((site) => site.started);
  const [from] = [...starts, dates[0]].sort();
  return {
    traces: [...two.keys()].reverse().map((i) => barsOf(two[i], labels, i ? 0.5 : 0.86, looks[i])),
    layout: {
      barmode: "overlay",
      hovermode: "closest",
      margin: { ...MARGIN, t: 30, l: roomy ? 250 : MARGIN.l },
      xaxis: { range: [from, lastDay()] },
      shapes: partingLine(),
      yaxis: {
        type: "category",
        categoryorder: "array",
        categoryarray: [...labels.values()].map(safe).reverse(),
        dtick: 1,
        rangemode: "normal",
        tickfont: { size: 11 },
      },
    },
  };
}

function labelOfSite(site, roomy) {
  const name = called(site.name || "");
  if (!roomy || !name) return site.site;
  return `${site.site} ${name.length > 30 ? `${name.slice(0, 29)}…` : name}`;
}

function drawDates() {
  const parent = $("dates-chart");
  if (!parent) return;
  const all = new Set(PLANS.flatMap((name) => (DATA.calendar[name] || []).map((site) => site.site)));
  forget(parent);
  if (!all.size) return $("dates").remove();
  parent.replaceChildren(
    chart({ height: 80 + 20 * all.size, label: T("dates.title"), build: calendars }),
  );
}

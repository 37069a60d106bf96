// Plans side by side: every measure, first breaches, and how they fare in many futures.
const PLANS = DATA.plans, FIRST = PLANS[0];
let against = PLANS.find((name) => name !== FIRST && DATA.atlas && name in DATA.atlas.plans) || FIRST;
const tint = (name) => colour(`series${(PLANS.indexOf(name) % 6) + 1}`);
// what is printed alike is alike
function bestOf(row) {
  const values = row.values.filter((value) => value !== null);
  const best = large(aboutMetric(row.metric).better === "more" ? Math.max(...values) : Math.min(...values));
  const differ = new Set(values.map((value) => large(value))).size > 1;
  return row.values.map((value) => differ && value !== null && large(value) === best);
}

function drawHeadline() {
  const row = DATA.metrics.find((own) => own.metric === DATA.leading);
  if (!row) {
    $("headline").textContent = T("compare.alike");
  } else {
    const order = row.values.map((value, i) => ({ value, name: PLANS[i] })).filter(({ value }) =>
      value !== null
    ).sort((a, b) => a.value - b.value);
    const say = (value) => `${large(value)} ${unitOf(row.metric)}`.trim();
    $("headline").textContent = T("compare.best", {
      plan: order[0].name,
      metric: named("metric", row.metric).toLowerCase(),
      value: say(order[0].value),
    });
    $("remedy").replaceChildren(
      h(
        "p",
        null,
        T("compare.others", {
          others: listed(order.slice(1).map(({ name, value }) => `${name}: ${say(value)}`)),
        }),
      ),
      ...robust(row.metric),
    );
  }
  $("banner").hidden = DATA.status === "complete";
  $("banner").textContent = T("banner.unsolved", { reason: DATA.reason });
}

function robust(metric) {
  const rows = DATA.summary.filter((own) => own.metric === metric && own.probability_best !== "");
  if (!rows.length) return [];
  const safest = rows.reduce((a, b) => (Number(b.regret_max) < Number(a.regret_max) ? b : a));
  const likely = rows.reduce((a, b) => (Number(b.probability_best) > Number(a.probability_best) ? b : a));
  return [
    h(
      "p",
      null,
      rich("compare.robust", {
        likely: likely.plan,
        share: percent(Number(likely.probability_best)),
        safest: safest.plan,
        regret: large(Number(safest.regret_max)),
      }),
    ),
  ];
}

function metricRow(row) {
  const best = bestOf(row), base = row.values[0];
  const difference = (
    value,
    i,
  ) => (!i || value === null || base === null || large(value) === large(base)
    ? ""
    : h("span", { class: "quiet" }, `${value > base ? "+" : "−"}${large(Math.abs(value - base))}`));
  return h(
    "tr",
    null,
    h(
      "th",
      { scope: "row" },
      named("metric", row.metric),
      " ",
      h("span", { class: "quiet" }, unitOf(row.metric)),
    ),
    row.values.map((value, i) =>
      h(
        "td",
        { class: best[i] ? "right best" : "right" },
        value === null ? "–" : large(value),
        " ",
        difference(value, i),
      )
    ),
  );
}

function drawPlans() {
  const heads = () => [column(T("plans.metric")), ...PLANS.map((name) => column(name, { class: "right" }))];
  const leads = (row) => row.metric === DATA.leading;
  const told = DATA.metrics.filter((row) => has(`metric.${row.metric}`)).sort((a, b) => leads(b) - leads(a));
  const technical = DATA.metrics.filter((row) => !told.includes(row));
  fillTable("plans-table", heads(), told.map(metricRow));
  $("technical").hidden = !technical.length;
  fillTable("technical-table", heads(), technical.map(metricRow));
  drawFirstBreaches();
}

function drawFirstBreaches() {
  const of = (name) => DATA.breaches[name] || [];
  const first = (name, capacity) => {
    const found = of(name).find((own) => own.capacity === capacity);
    return found ? inShort(found.month) : T("plans.never");
  };
  const capacities = new Set(PLANS.flatMap((name) => of(name).map((own) => own.capacity)));
  fillTable(
    "breaches-table",
    [column(T("headroom.capacity")), PLANS.map((name) => column(name))],
    [...capacities].map((capacity) => rowOf(capacity, PLANS.map((name) => cellOf(first(name, capacity))))),
  );
}

function drawFutures() {
  const names = Object.keys(DATA.futures), select = $("futures-metric");
  const chosen = select.value || (names.includes(DATA.leading) ? DATA.leading : names[0]);
  select.replaceChildren(
    ...names.map((name) => h("option", { value: name, selected: name === chosen }, named("metric", name))),
  );
  const parent = $("futures-chart"), label = T("futures.label", { metric: named("metric", chosen) });
  const height = 90 + 46 * PLANS.length;
  forget(parent);
  parent.replaceChildren(chart({ dated: false, height, label, build: () => futuresChart(chosen) }));
  drawSummary(chosen);
}

function futuresChart(metric) {
  const own = DATA.futures[metric];
  return {
    traces: PLANS.filter((name) => own[name]).map((name) => ({
      type: "box",
      orientation: "h",
      name: safe(name),
      x: own[name],
      boxpoints: "all",
      jitter: 0.4,
      pointpos: 0,
      marker: { color: tint(name), size: 3, opacity: 0.5 },
      line: { color: tint(name) },
      fillcolor: "rgba(0,0,0,0)",
    })),
    layout: {
      showlegend: false,
      hovermode: "closest",
      margin: { ...MARGIN, l: 150, b: 46 },
      xaxis: yTitle(`${named("metric", metric)} ${unitOf(metric)}`),
      yaxis: { autorange: "reversed" },
    },
  };
}

const STATISTICS = "mean p10 p50 p90 probability_best regret_mean regret_max share_thresholds_met".split(" ");

function drawSummary(metric) {
  const told = (row, name) => {
    if (row[name] === "" || row[name] === undefined) return "–";
    return /share|probability/.test(name) ? percent(Number(row[name])) : large(Number(row[name]));
  };
  fillTable(
    "futures-table",
    [column(T("plans.plan")), STATISTICS.map((name) => column(T(`futures.${name}`), { class: "right" }))],
    DATA.summary.filter((row) => row.metric === metric).map((row) =>
      rowOf(row.plan, STATISTICS.map((name) => numberCell(told(row, name))))
    ),
  );
}

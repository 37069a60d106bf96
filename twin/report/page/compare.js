// Plans side by side; on the map, where another plan does better or worse than the first.
const PLANS = DATA.plans, FIRST = PLANS[0];
const MORE_IS_BETTER = /^(energy_served|water_served|sewage_treated|npv|min_voltage|min_pressure)/;
let against = PLANS.find((name) => name !== FIRST && DATA.atlas && name in DATA.atlas.plans) || FIRST;
const tint = (name) => colour(`series${(PLANS.indexOf(name) % 6) + 1}`);
const unitOf = (metric) => {
  const [, ending] = metric.match(/_(job_months|bn_kzt_months|mwh|mw|m3|bn_kzt_per_year|bn_kzt|pu|m|percent|months)(?:_p\d+)?$/) || [];
  return { mwh: unit("MWh"), mw: unit("MW"), m3: unit("m3"), bn_kzt: unit("bn KZT"), bn_kzt_per_year: unit("bn KZT/year"), pu: unit("pu"), m: unit("m"), percent: "%", job_months: unit("job-months"), bn_kzt_months: "", months: unit("months") }[ending] || "";
};

function bestOf(row) {
  const values = row.values.filter((value) => value !== null);
  const best = MORE_IS_BETTER.test(row.metric) ? Math.max(...values) : Math.min(...values);
  return new Set(values).size > 1 ? row.values.map((value) => value === best) : row.values.map(() => false);
}

function drawHeadline() {
  const row = DATA.metrics.find((own) => own.metric === DATA.leading);
  if (!row) {
    $("headline").textContent = T("compare.alike");
  } else {
    const order = row.values.map((value, i) => ({ value, name: PLANS[i] })).filter(({ value }) => value !== null).sort((a, b) => a.value - b.value);
    const say = (value) => `${large(value)} ${unitOf(row.metric)}`.trim();
    $("headline").textContent = T("compare.best", { plan: order[0].name, metric: named("metric", row.metric).toLowerCase(), value: say(order[0].value) });
    $("remedy").replaceChildren(h("p", null, T("compare.others", { others: listed(order.slice(1).map(({ name, value }) => `${name}: ${say(value)}`)) })), ...robust(row.metric));
  }
  $("banner").hidden = DATA.status === "complete";
  $("banner").textContent = T("banner.unsolved", { reason: DATA.reason });
}

function robust(metric) {
  const rows = DATA.summary.filter((own) => own.metric === metric && own.probability_best !== "");
  if (!rows.length) return [];
  const safest = rows.reduce((a, b) => (Number(b.regret_max) < Number(a.regret_max) ? b : a));
  const likely = rows.reduce((a, b) => (Number(b.probability_best) > Number(a.probability_best) ? b : a));
  return [h("p", null, rich("compare.robust", { likely: likely.plan, share: percent(Number(likely.probability_best)), safest: safest.plan, regret: large(Number(safest.regret_max)) }))];
}

function metricRow(row) {
  const best = bestOf(row), base = row.values[0];
  const difference = (value, i) => (!i || value === null || base === null || value === base ? ""
    : h("span", { class: "quiet" }, `${value > base ? "+" : "−"}${large(Math.abs(value - base))}`));
  return h("tr", null, h("th", { scope: "row" }, named("metric", row.metric), " ", h("span", { class: "quiet" }, unitOf(row.metric))),
    row.values.map((value, i) => h("td", { class: best[i] ? "right best" : "right" }, value === null ? "–" : large(value), " ", difference(value, i))));
}

function drawPlans() {
  const head = () => h("thead", null, h("tr", null, h("th", { scope: "col" }, T("plans.metric")), PLANS.map((name) => h("th", { scope: "col", class: "right" }, name))));
  const told = DATA.metrics.filter((row) => has(`metric.${row.metric}`)).sort((a, b) => (b.metric === DATA.leading) - (a.metric === DATA.leading)), technical = DATA.metrics.filter((row) => !told.includes(row));
  $("plans-table").replaceChildren(head(), h("tbody", null, told.map(metricRow)));
  $("technical").hidden = !technical.length;
  $("technical-table").replaceChildren(head(), h("tbody", null, technical.map(metricRow)));
  const capacities = [...new Set(PLANS.flatMap((name) => (DATA.breaches[name] || []).map((own) => own.capacity)))];
  const first = (name, capacity) => { const found = (DATA.breaches[name] || []).find((own) => own.capacity === capacity); return found ? inShort(found.month) : T("plans.never"); };
  $("breaches-table").replaceChildren(
    h("thead", null, h("tr", null, h("th", { scope: "col" }, T("headroom.capacity")), PLANS.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", null, capacities.map((capacity) => h("tr", null, h("th", { scope: "row" }, capacity), PLANS.map((name) => h("td", null, first(name, capacity)))))));
}

function drawFutures() {
  const names = Object.keys(DATA.futures), select = $("futures-metric");
  const chosen = select.value || (names.includes(DATA.leading) ? DATA.leading : names[0]);
  select.replaceChildren(...names.map((name) => h("option", { value: name, selected: name === chosen }, named("metric", name))));
  const parent = $("futures-chart"), own = DATA.futures[chosen];
  forget(parent);
  parent.replaceChildren(chart({ dated: false, height: 90 + 46 * PLANS.length, label: T("futures.label", { metric: named("metric", chosen) }), build: () => ({
    traces: PLANS.filter((name) => own[name]).map((name) => ({ type: "box", orientation: "h", name: safe(name), x: own[name], boxpoints: "all", jitter: 0.4, pointpos: 0, marker: { color: tint(name), size: 3, opacity: 0.5 }, line: { color: tint(name) }, fillcolor: "rgba(0,0,0,0)" })),
    layout: { showlegend: false, hovermode: "closest", margin: { ...MARGIN, l: 150, b: 46 }, xaxis: yTitle(`${named("metric", chosen)} ${unitOf(chosen)}`), yaxis: { autorange: "reversed" } } }) }));
  const rows = DATA.summary.filter((row) => row.metric === chosen);
  const columns = ["mean", "p10", "p50", "p90", "probability_best", "regret_mean", "regret_max", "share_thresholds_met"];
  $("futures-table").replaceChildren(
    h("thead", null, h("tr", null, h("th", { scope: "col" }, T("plans.plan")), columns.map((name) => h("th", { scope: "col", class: "right" }, T(`futures.${name}`))))),
    h("tbody", null, rows.map((row) => h("tr", null, h("th", { scope: "row" }, row.plan), columns.map((name) => h("td", { class: "right" },
      row[name] === "" || row[name] === undefined ? "–" : /share|probability/.test(name) ? percent(Number(row[name])) : large(Number(row[name]))))))));
}

function lookOfDifference(asset) {
  const [a, b] = [FIRST, against].map((name) => A.plans[name][asset][state.month]);
  if (a === "." && b === ".") return "gone";
  if (a === ".") return "only";
  if (b === ".") return "missing";
  return a === b || a === "-" || b === "-" ? "same" : b < a ? "better" : "worse";
}

function drawDifference() {
  const groups = { worse: [], better: [], only: [], missing: [] };
  A.asset.forEach((name, i) => { const look = lookOfDifference(i); if (look in groups && layers.has(A.network[i])) groups[look].push(i); });
  $("panel").replaceChildren(...Object.values(groups).some((assets) => assets.length) ? [] : [h("p", null, T("difference.none"))], ...Object.entries(groups).filter(([, assets]) => assets.length).flatMap(([look, assets]) => [
    h("h3", null, `${T(`difference.${look}`)}: ${N(assets.length)}`),
    h("p", { class: "chips" }, assets.slice(0, 12).map((i) => h("button", { class: "chip", onclick: () => { openAsset(i); centreOn(i); } }, short(A.asset[i]))), assets.length > 12 ? " …" : "")]),
  state.asset >= 0 ? h("p", { class: "readout", id: "opened" }, `${short(A.asset[state.asset])}: `, PLANS.filter((name) => name in A.plans).map((name) => { const letter = A.plans[name][state.asset][state.month]; return `${name}: ${T(`look.${letter === "." ? "gone" : letter === "-" ? "free" : `k${letter}`}`)}`; }).join("; ")) : "");
}

function startDifference() {
  if (!A || PLANS.length < 2) return $("difference").remove();
  classOf = lookOfDifference;
  const differs = (month) => A.asset.some((_, i) => A.plans[FIRST][i][month] !== A.plans[against][i][month]);
  state.month = Math.max(0, MONTHS.findIndex((_, month) => differs(month)));
  $("plan").replaceChildren(...PLANS.filter((name) => name !== FIRST && name in A.plans).map((name) => h("option", { value: name }, name)));
  $("plan").addEventListener("change", () => { against = $("plan").value; recolour(); drawDifference(); });
  startMap();
  on("month", drawDifference);
  on("asset", drawDifference);
  on("look", drawDifference);
}

function ofUtility(utility, key) {
  return PLANS.filter((name) => DATA.supply[name]).map((name) => ({ name, own: DATA.supply[name].find((view) => view.utility === utility) })).filter(({ own }) => own).map(({ name, own }) => ({ name, values: own[key], own }));
}

const sumUp = (values) => { let sum = 0; return values.map((value) => (sum += value || 0)); };
const service = (cash) => MONTHS.map((_, i) => ["interest", "principal", "fees"].reduce((sum, key) => sum + (cash[key][i] || 0), 0));

function together(title, series, shape, ofUnit) {
  if (!series.length || !series.some(({ values }) => values.some((value) => value))) return "";
  return h("div", null, h("h3", null, title), chart({ height: 230, label: title, build: () => ({
    traces: series.map(({ name, values }) => line(name, values, tint(name), { shape, dash: ["solid", "dash", "dot", "dashdot"][PLANS.indexOf(name) % 4] })), layout: { yaxis: yTitle(ofUnit) } }) }));
}

function drawTogether() {
  const parent = $("together-charts"), utilities = ["power", "water", "wastewater"];
  forget(parent);
  parent.replaceChildren(...utilities.flatMap((utility) => {
    const capacity = ofUtility(utility, "capacity"), lost = ofUtility(utility, "lost");
    return [together(T("together.capacity", { utility: T(`network.${utility}`) }), capacity, "hv", capacity[0] ? unit(capacity[0].own.unit) : ""),
      together(T("together.lost", { utility: T(`network.${utility}`) }), lost.map(({ name, values }) => ({ name, values: sumUp(values) })), "linear", lost[0] ? unit(lost[0].own.lost_unit) : "")];
  }),
  together(T("queue.connected"), PLANS.map((name) => ({ name, values: DATA.connected[name] || [] })), "hv", T("queue.developments")),
  together(T("money.liability"), Object.entries(DATA.cash).map(([name, cash]) => ({ name, values: cash.liability })), "linear", unit("bn KZT")),
  together(T("together.service"), Object.entries(DATA.cash).map(([name, cash]) => ({ name, values: sumUp(service(cash)) })), "linear", unit("bn KZT")));
}

function drawDates() {
  const parent = $("dates-chart"), all = [...new Set(PLANS.flatMap((name) => (DATA.calendar[name] || []).map((site) => site.site)))];
  forget(parent);
  if (!all.length) return $("dates").remove();
  const marks = ["circle", "diamond", "square", "triangle-up", "x", "cross"];
  parent.replaceChildren(chart({ height: 80 + 20 * all.length, label: T("dates.title"), build: () => ({
    traces: PLANS.filter((name) => DATA.calendar[name]).map((name, i) => {
      const built = DATA.calendar[name].filter((site) => site.commissioned);
      return { type: "scatter", mode: "markers", name: safe(name), x: built.map((site) => site.commissioned), y: built.map((site) => site.site), text: built.map((site) => safe(site.name)), hovertemplate: "%{y} %{text}: %{x|%Y-%m-%d}<extra>%{fullData.name}</extra>", marker: { color: tint(name), symbol: marks[i % 6], size: 10, opacity: 0.85 } };
    }),
    layout: { hovermode: "closest", yaxis: { type: "category", categoryorder: "array", categoryarray: [...all].reverse(), dtick: 1, rangemode: "normal", tickfont: { size: 11 } } } }) }));
}

function start() {
  startLook();
  startTimeline();
  on("look", drawHeadline);
  on("look", drawPlans);
  if (Object.keys(DATA.futures).length) {
    on("look", drawFutures);
    $("futures-metric").addEventListener("change", drawFutures);
  } else $("futures").remove();
  startCharts();
  on("look", drawTogether);
  on("look", drawDates);
  startDifference();
  tell("look");
  finish();
}
start();

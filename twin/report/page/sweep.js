// A sweep: how metrics spread over runs, when breaches fall, what drives a metric, which checks hold.
const METRICS = Object.keys(DATA.spread);
const varies = (name) => new Set(DATA.points.metrics[name].filter((value) => value !== null)).size > 1;
const rank = (name) => DATA.told[name]?.leading || Infinity;
const FIRST_LOOKS = METRICS.filter((name) => rank(name) < Infinity).sort((a, b) => rank(a) - rank(b));
let metric = FIRST_LOOKS.find(varies) || METRICS.find(varies) || METRICS[0];
const cellTint = (cell) => colour(`series${(DATA.cells.indexOf(cell) % 6) + 1}`);
const cellName = (cell) => cell || T("sweep.all");

function drawHeadline() {
  const checks = DATA.checks, failed = checks ? checks.verdicts.filter((own) => own.status !== "pass") : [];
  const key = !checks ? "sweep.no_checks" : failed.length ? "sweep.failed" : "sweep.passed";
  $("headline").textContent = T(key, {
    failed: N(failed.length),
    all: N(checks ? checks.verdicts.length : 0),
    runs: N(DATA.count),
  });
  const soonest = DATA.bands[0];
  $("remedy").replaceChildren(
    soonest
      ? h(
        "p",
        null,
        T("sweep.soonest", {
          capacity: soonest.capacity,
          cell: cellName(soonest.cell),
          month: inMonth(soonest.earliest),
          share: percent(soonest.share),
        }),
      )
      : "",
    DATA.without.length
      ? h("p", { class: "bad" }, T("sweep.without", { count: N(DATA.without.length) }))
      : "",
  );
  const whole = DATA.about.runs === null || DATA.about.runs === undefined || DATA.count >= DATA.about.runs;
  $("banner").hidden = whole;
  $("banner").textContent = T("sweep.partial", { done: N(DATA.count), all: N(DATA.about.runs) });
}

function rowsOf(id, columns, rows) {
  $(id).replaceChildren(
    h("thead", null, h("tr", null, columns.map((key) => h("th", { scope: "col" }, T(key))))),
    h("tbody", null, rows),
  );
}

function drawChecks() {
  const order = { error: 0, fail: 1, pass: 2 };
  const verdicts = [...DATA.checks.verdicts].sort((a, b) => order[a.status] - order[b.status]);
  const value = (
    own,
  ) => (typeof own.value === "number" ? N(Math.abs(own.value) < 1e-6 ? 0 : own.value, 4) : own.value);
  rowsOf(
    "checks-table",
    [
      "checks.check",
      "checks.cell",
      "checks.status",
      "checks.value",
      "checks.bound",
      "checks.first",
      "checks.run",
    ],
    verdicts.slice(0, 500).map((own) =>
      h(
        "tr",
        null,
        h("th", { scope: "row" }, own.name),
        h("td", null, cellName(own.cell)),
        h(
          "td",
          { class: own.status === "pass" ? "good" : "bad" },
          `${own.status === "pass" ? "✓" : "✗"} ${T(`checks.${own.status}`)}`,
        ),
        h("td", { class: "right" }, value(own)),
        h("td", null, own.bound),
        h("td", null, own.first_breach ? inShort(own.first_breach) : "–"),
        h("td", { class: "quiet" }, (own.worst_run || "–").slice(0, 12)),
      )
    ),
  );
}

function drawSpread() {
  $("metric").replaceChildren(
    ...METRICS.map((name) => h("option", { value: name, selected: name === metric }, named("metric", name))),
  );
  const parent = $("spread-chart"), points = DATA.points, cells = Object.keys(DATA.spread[metric]);
  forget(parent);
  parent.replaceChildren(
    chart({
      dated: false,
      height: 110 + 56 * cells.length,
      label: T("spread.label", { metric: named("metric", metric) }),
      build: () => ({
        traces: cells.map((cell) => ({
          type: "violin",
          orientation: "h",
          name: safe(cellName(cell)),
          x: points.metrics[metric].filter((_, i) => points.cell[i] === cell),
          box: { visible: true },
          points: "all",
          pointpos: 0,
          jitter: 0.5,
          side: "both",
          spanmode: "hard",
          marker: { size: 3, opacity: 0.5 },
          line: { color: cellTint(cell) },
        })),
        layout: {
          showlegend: false,
          hovermode: "closest",
          margin: { ...MARGIN, l: 150, b: 46 },
          xaxis: yTitle(named("metric", metric)),
          yaxis: { autorange: "reversed" },
        },
      }),
    }),
  );
  rowsOf(
    "spread-table",
    ["checks.cell", "futures.p10", "futures.p50", "futures.p90"],
    cells.map((cell) =>
      h(
        "tr",
        null,
        h("th", { scope: "row" }, cellName(cell)),
        DATA.spread[metric][cell].map((value) =>
          h("td", { class: "right" }, value === null ? "–" : large(value))
        ),
      )
    ),
  );
}

const labelOfBand = (band) => `${called(band.capacity)}${band.cell ? ` · ${band.cell}` : ""}`;

function bandTraces(bands, end) {
  const from = (band) => `${band.dates[0] || band.earliest}-01`;
  const to = (band) => (band.dates[2] ? `${band.dates[2]}-28` : end);
  const told = ({ dates: [p10, p50, p90] }) => `P10 ${p10 || "–"} · P50 ${p50 || "–"} · P90 ${p90 || "–"}`;
  const middle = bands.filter((band) => band.dates[1]);
  return [
    {
      type: "bar",
      orientation: "h",
      name: T("bands.band"),
      y: bands.map((band) => safe(labelOfBand(band))),
      base: bands.map(from),
      x: bands.map((band) => Date.parse(to(band)) - Date.parse(from(band))),
      marker: { color: bands.map((band) => cellTint(band.cell)), opacity: 0.45 },
      hovertext: bands.map(told),
      hoverinfo: "y+text",
    },
    {
      type: "scatter",
      mode: "markers",
      name: "P50",
      y: middle.map((band) => safe(labelOfBand(band))),
      x: middle.map((band) => `${band.dates[1]}-15`),
      marker: { color: colour("ink"), symbol: "line-ns-open", size: 14, line: { width: 3 } },
    },
  ];
}

function bandsChart(bands) {
  const ends = bands.flatMap((band) => [band.earliest, band.latest]).sort();
  const end = `${ends[ends.length - 1]}-28`,
    names = { type: "category", dtick: 1, tickfont: { size: 11 }, automargin: true };
  return {
    traces: bandTraces(bands.slice(0, 40), end),
    layout: {
      barmode: "overlay",
      hovermode: "closest",
      margin: { ...MARGIN, l: 220, t: 30 },
      xaxis: { type: "date", range: [`${ends[0]}-01`, end] },
      yaxis: { ...names, autorange: "reversed", rangemode: "normal" },
    },
  };
}

function drawBands() {
  const parent = $("bands-chart"), bands = DATA.bands, height = 90 + 24 * Math.min(bands.length, 40);
  forget(parent);
  parent.replaceChildren(
    chart({ dated: false, height, label: T("bands.title"), build: () => bandsChart(bands) }),
  );
  rowsOf(
    "bands-table",
    ["headroom.capacity", "checks.cell", "bands.share", "futures.p10", "futures.p50", "futures.p90"],
    bands.slice(0, 200).map((band) =>
      rowOf(
        band.capacity,
        cellOf(cellName(band.cell)),
        numberCell(percent(band.share)),
        band.dates.map((date) => cellOf(date ? inShort(date) : T("bands.never"))),
      )
    ),
  );
}

function drawDrivers() {
  const parent = $("drivers-chart"), drivers = DATA.drivers[metric] || [];
  forget(parent);
  if (!drivers.length) return parent.replaceChildren(h("p", null, T("drivers.none")));
  const all = DATA.points.metrics[metric].filter((value) => value !== null),
    mean = all.reduce((a, b) => a + b, 0) / all.length;
  parent.replaceChildren(
    chart({
      dated: false,
      height: 80 + 30 * drivers.length,
      label: T("drivers.label", { metric: named("metric", metric) }),
      build: () => ({
        traces: [["low", "series1"], ["high", "series2"]].map(([end, tint]) => ({
          type: "bar",
          orientation: "h",
          name: T(`drivers.${end}`),
          y: drivers.map((own) => safe(own.input)),
          base: mean,
          x: drivers.map((own) => own[end] - mean),
          text: drivers.map((own) => safe(own[`${end}_at`])),
          textposition: "auto",
          marker: { color: colour(tint) },
          hovertemplate: "%{y}: %{text}<extra></extra>",
        })),
        layout: {
          barmode: "overlay",
          hovermode: "closest",
          margin: { ...MARGIN, l: 150, b: 46, t: 30 },
          xaxis: yTitle(T("drivers.axis", { metric: named("metric", metric) })),
          yaxis: { autorange: "reversed", type: "category", dtick: 1, rangemode: "normal" },
        },
      }),
    }),
  );
  rowsOf(
    "drivers-table",
    ["drivers.input", "drivers.low", "drivers.high", "drivers.rank"],
    drivers.map((own) =>
      h(
        "tr",
        null,
        h("th", { scope: "row" }, own.input),
        h("td", null, `${large(own.low)} (${own.low_at})`),
        h("td", null, `${large(own.high)} (${own.high_at})`),
        h("td", { class: "right" }, own.rank === null ? "–" : N(own.rank, 2)),
      )
    ),
  );
}

function start() {
  startLook();
  on("look", drawHeadline);
  startCharts();
  if (DATA.checks) on("look", drawChecks);
  else $("checks").remove();
  if (METRICS.length) {
    on("look", drawSpread);
    on("look", drawDrivers);
    $("metric").addEventListener("change", () => {
      metric = $("metric").value;
      drawSpread();
      drawDrivers();
    });
  } else {
    $("spread").remove();
    $("drivers").remove();
  }
  if (DATA.bands.length) on("look", drawBands);
  else $("bands").remove();
  if (DATA.without.length) {
    on("look", () =>
      rowsOf(
        "without-table",
        ["checks.run", "checks.status", "without.reason"],
        DATA.without.slice(0, 300).map((own) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, own.run),
            h("td", null, own.status),
            h("td", null, own.reason),
          )
        ),
      ));
  } else $("without").remove();
  startFiles();
  tell("look");
  finish();
}
start();

// Charts by Plotly, drawn when they come into sight; a cursor over each follows the slider.
const MARGIN = { l: 68, r: 14, t: 10, b: 30 };
const charts = new Set();
const DAY = 86400000;
const dates = MONTHS.map((month) => `${month}-01`);
const lastDay = () => new Date(Date.parse(dates[dates.length - 1]) + 31 * DAY).toISOString().slice(0, 10);
const safe = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const sight = new IntersectionObserver((entries) => entries.forEach((entry) => {
  if (entry.isIntersecting && entry.target.chart && !entry.target.chart.drawn) plot(entry.target.chart);
}), { rootMargin: "300px" });

// chart({ height, label, build: () => ({ traces, layout }) }): build runs anew when words or colours change
function chart({ height, label, build, dated = true }) {
  const plotted = h("div", { class: "plot" }), cursor = h("div", { class: "cursor", hidden: !dated });
  const holder = h("div", { class: "chart", role: "img", "aria-label": label }, plotted, cursor);
  holder.style.height = `${height}px`;
  holder.chart = { holder, plotted, cursor, build, height, dated, drawn: false };
  charts.add(holder.chart);
  sight.observe(holder);
  return holder;
}

function forget(parent) {
  charts.forEach((own) => {
    if (!parent.contains(own.holder)) return;
    sight.unobserve(own.holder);
    if (own.drawn) Plotly.purge(own.plotted);
    charts.delete(own);
  });
}

function plot(own) {
  if (!window.Plotly) return;
  const { traces, layout } = own.build();
  const axis = { gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line"), automargin: false, fixedrange: false };
  const range = [dates[0], lastDay()];
  const whole = {
    height: own.height, margin: MARGIN, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") }, separators: state.language === "en" ? ".," : ", ",
    hovermode: "x unified", hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { color: colour("ink") } },
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { size: 12 } }, dragmode: "zoom", bargap: 0.08, ...layout,
    xaxis: { ...axis, ...(own.dated ? { type: "date", range, tickformat: "%Y", hoverformat: "%Y-%m", dtick: MONTHS.length > 24 ? (own.holder.clientWidth < 460 && MONTHS.length > 72 ? "M24" : "M12") : undefined, tickangle: 0 } : {}), ...(layout.xaxis || {}) },
    yaxis: { ...axis, rangemode: "tozero", exponentformat: "none", separatethousands: true, ...(layout.yaxis || {}) },
  };
  const done = own.drawn ? Plotly.react : Plotly.newPlot;
  done(own.plotted, traces, whole, { displayModeBar: false, responsive: true, doubleClick: "reset" });
  if (!own.drawn && own.plotted.on) own.plotted.on("plotly_relayout", () => place(own));
  own.drawn = true;
  own.holder.dataset.drawn = "yes";
  place(own);
}

function place(own) {
  if (!own.dated || !own.drawn) return;
  const margin = own.plotted.layout.margin, range = own.plotted.layout.xaxis.range.map((end) => Date.parse(String(end).slice(0, 10)));
  const wide = own.holder.clientWidth - margin.l - margin.r;
  const share = (Date.parse(dates[state.month]) + 15 * DAY - range[0]) / (range[1] - range[0]);
  own.cursor.hidden = share < 0 || share > 1;
  own.cursor.style.left = `${margin.l + share * wide}px`;
}

// the charting library stands last in the page, so that words and map are there before it
function startCharts() {
  addEventListener("DOMContentLoaded", () => charts.forEach((own) => { sight.unobserve(own.holder); sight.observe(own.holder); }));
  on("month", () => charts.forEach(place));
  on("look", () => charts.forEach((own) => { if (own.drawn) plot(own); }));
  addEventListener("resize", () => charts.forEach((own) => requestAnimationFrame(() => place(own))));
}

const line = (name, y, tint, more) => ({ type: "scatter", mode: "lines", name: safe(name), x: dates, y, line: { color: tint, width: 2, ...(more || {}) }, connectgaps: false });
const bars = (name, y, tint, more) => ({ type: "bar", name: safe(name), x: dates, y, marker: { color: tint }, ...(more || {}) });
const yTitle = (text) => ({ title: { text: safe(text), font: { size: 11 }, standoff: 6 } });

function historyChart(row) {
  const H = DATA.histories, [lower, upper] = H.limit[row];
  const x = H.yearly ? H.mean[row].map((_, i) => dates[i * 12]) : dates;
  return chart({
    height: 170, label: T("panel.history_label", { quantity: named("quantity", H.quantity[row]) }),
    build: () => {
      const over = (name, y, tint, more) => ({ ...line(name, y, tint, more), x });
      const limit = (value) => value === null ? [] : [over(T("chart.limit"), x.map(() => value), colour("k4"), { dash: "dash", width: 1.5 })];
      return {
        traces: [
          over(T("chart.highest"), H.high[row], colour("series1"), { width: 1.5 }),
          over(T("chart.mean"), H.mean[row], colour("series4"), { width: 2 }),
          ...(H.low[row].length ? [over(T("chart.lowest"), H.low[row], colour("series2"), { width: 1.5, dash: "dot" })] : []),
          ...limit(lower), ...limit(upper),
        ],
        layout: { showlegend: false, margin: { ...MARGIN, t: 26, l: 48 }, title: { text: safe(`${named("quantity", H.quantity[row])}, ${unit(H.unit[row])}`), font: { size: 12 }, x: 0.02, y: 0.97 } },
      };
    },
  });
}

function supplyChart(own) {
  return chart({
    height: 250, label: T("supply.label", { utility: T(`network.${own.utility}`) }),
    build: () => ({
      traces: [
        { ...line(T("supply.capacity"), own.capacity, colour("series3"), { shape: "hv", width: 2.5 }), fill: "tozeroy", fillcolor: colour("wash") },
        line(T("supply.peak"), own.peak, colour("series2")),
      ],
      layout: { yaxis: yTitle(unit(own.unit)) },
    }),
  });
}

function lostChart(own) {
  return chart({
    height: 150, label: T("supply.lost_label", { utility: T(`network.${own.utility}`) }),
    build: () => ({
      traces: [bars(T(`supply.lost_${own.utility}`), own.lost, colour("k4"))],
      layout: { yaxis: yTitle(T("chart.per_month", { unit: unit(own.lost_unit) })), showlegend: true },
    }),
  });
}

function drawSupply() {
  const parent = $("supply-charts");
  forget(parent);
  parent.replaceChildren(...DATA.supply.map((own) => h("div", { class: "card" },
    h("h3", null, T(`network.${own.utility}`)), h("p", { class: "readout", "data-utility": own.utility }),
    own.capacity.some((v) => v !== null) ? supplyChart(own) : "",
    own.lost.some((v) => v > 0.5) ? lostChart(own) : h("p", { class: "good" }, T("supply.nothing_lost")))));
  readSupply();
}

function readSupply() {
  DATA.supply.forEach((own) => {
    const line = document.querySelector(`.readout[data-utility="${own.utility}"]`);
    if (!line) return;
    const at = state.month, lost = own.lost[at] || 0;
    line.textContent = T("supply.readout", {
      month: inShort(MONTHS[at]), peak: N(own.peak[at]), capacity: N(own.capacity[at]), unit: unit(own.unit),
    }) + (lost > 0.5 ? ` ${T("supply.readout_lost", { amount: large(lost), unit: unit(own.lost_unit) })}` : "");
  });
}

function startSupply() {
  if (!DATA.supply.length) return $("supply").remove();
  on("look", drawSupply);
  on("month", readSupply);
}

// Charts by Plotly, drawn when they come into sight; a cursor over each follows the slider.
const MARGIN = { l: 68, r: 14, t: 10, b: 30 };
const charts = new Set();
const DAY = 86400000;
const dates = MONTHS.map((month) => `${month}-01`);
const lastDay = () => new Date(Date.parse(dates[dates.length - 1]) + 31 * DAY).toISOString().slice(0, 10);
const safe = (text) => String(called(text)).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const sight = new IntersectionObserver((entries) =>
  entries.forEach((entry) => {
    if (entry.isIntersecting && entry.target.chart && !entry.target.chart.drawn) plot(entry.target.chart);
  }), { rootMargin: "300px" });

// chart({ height, label, build: () => ({ traces, layout }) }):
// views make their charts anew when words or colours change
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

// the charting library is most of the page: it lies there as text, and is run
// when the first chart comes into sight
function library() {
  if (globalThis.Plotly) return;
  const script = document.createElement("script");
  script.textContent = $("library").textContent;
  document.head.append(script);
}

function axisOf(own) {
  const axis = {
    gridcolor: colour("line"),
    linecolor: colour("line"),
    zerolinecolor: colour("line"),
    automargin: false,
    fixedrange: false,
  };
  if (!own.dated) return [axis, axis];
  const years = own.holder.clientWidth < 460 && MONTHS.length > 72 ? "M24" : "M12";
  const dated = {
    type: "date",
    range: [dates[0], lastDay()],
    tickformat: MONTHS.length > 36 ? "%Y" : "%Y-%m",
    hoverformat: "%Y-%m",
    dtick: MONTHS.length > 24 ? years : undefined,
    tickangle: 0,
  };
  return [{ ...axis, ...dated }, axis];
}

function layoutOf(own, layout) {
  const [across, up] = axisOf(own);
  return {
    height: own.height,
    margin: MARGIN,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") },
    separators: state.language === "en" ? ".," : ", ",
    hovermode: "x unified",
    hoverlabel: {
      namelength: -1,
      bgcolor: colour("card"),
      bordercolor: colour("line"),
      font: { color: colour("ink") },
    },
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { size: 12 } },
    dragmode: "zoom",
    bargap: 0.08,
    ...layout,
    xaxis: { ...across, ...layout.xaxis },
    yaxis: { ...up, rangemode: "tozero", exponentformat: "none", separatethousands: true, ...layout.yaxis },
  };
}

function plot(own) {
  library();
  const { traces, layout } = own.build();
  const options = { displayModeBar: false, responsive: true, doubleClick: "reset" };
  Plotly.newPlot(own.plotted, traces, layoutOf(own, layout), options);
  own.plotted.on("plotly_relayout", () => place(own));
  own.drawn = true;
  own.holder.dataset.drawn = "yes";
  place(own);
}

function place(own) {
  if (!own.dated || !own.drawn) return;
  const margin = own.plotted._fullLayout._size,
    range = own.plotted.layout.xaxis.range.map((end) => Date.parse(String(end).slice(0, 10)));
  const wide = own.holder.clientWidth - margin.l - margin.r;
  const share = (Date.parse(dates[state.month]) + 15 * DAY - range[0]) / (range[1] - range[0]);
  own.cursor.hidden = share < 0 || share > 1;
  own.cursor.style.left = `${margin.l + share * wide}px`;
  own.cursor.style.top = `${margin.t}px`; // below the legend
  own.cursor.style.bottom = `${margin.b}px`;
}

// what nobody scrolled to is drawn too
function drawAll() {
  charts.forEach((own) => {
    if (!own.drawn && own.holder.clientWidth) plot(own);
  });
}

function startCharts() {
  startPaper();
  on("month", () => charts.forEach(place));
  addEventListener("resize", () => charts.forEach((own) => requestAnimationFrame(() => place(own))));
}

const line = (name, y, tint, more) => ({
  type: "scatter",
  mode: "lines",
  name: safe(name),
  x: dates,
  y,
  line: { color: tint, width: 2, ...(more || {}) },
  connectgaps: false,
});
const bars = (name, y, tint, more) => ({
  type: "bar",
  name: safe(name),
  x: dates,
  y,
  marker: { color: tint },
  ...(more || {}),
});
const yTitle = (text) => ({ title: { text: safe(text), font: { size: 11 }, standoff: 6 } });

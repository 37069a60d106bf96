// The build calendar: each site as planned and as built, and the crews that build.
function ganttHeight(count) {
  return 60 + 20 * count;
}

function labelOf(site, roomy) {
  if (!roomy || !site.name) return site.site;
  const name = called(site.name);
  return `${site.site} ${name.length > 30 ? `${name.slice(0, 29)}…` : name}`;
}

function ganttBar(labels, { name, of, from, to, tint, width = 0.5, more }) {
  const told = (site) => {
    const why = reasons(site.site).map((text) => `<br>${safe(text)}`).join("");
    return `${safe(site.name)}<br>${site[from]} → ${to(site)}${why}`;
  };
  return {
    type: "bar",
    orientation: "h",
    name: safe(T(name)),
    y: of.map((site) => safe(labels.get(site.site))),
    base: of.map((site) => site[from]),
    x: of.map((site) => Date.parse(to(site)) - Date.parse(site[from])),
    width,
    marker: { color: tint, ...more },
    customdata: of.map(told),
    hovertemplate: "%{y} %{customdata}<extra>%{fullData.name}</extra>",
  };
}

// sites that this run neither planned nor began, as marks at its end
function ganttAbsent(labels, sites) {
  const absent = sites.filter((site) => !site.started && !site.planned);
  return {
    type: "scatter",
    mode: "markers",
    name: safe(T("calendar.not_begun")),
    y: absent.map((site) => safe(labels.get(site.site))),
    x: absent.map(lastDay),
    marker: { symbol: "x-thin", size: 9, line: { width: 2, color: colour("muted") } },
    customdata: absent.map((site) => safe(site.name)),
    hovertemplate: "%{y}<extra>%{fullData.name}</extra>",
  };
}

function ganttTraces(labels, sites, planned, built) {
  const unfinished = sites.filter((site) => site.started && !site.commissioned);
  const prepared = sites.filter((site) => site.started && site.building && site.building > site.started);
  const begun = (site) => ({ ...site, from: site.building || site.started });
  const commissioned = (site) => site.commissioned;
  const outline = { line: { color: colour("muted"), width: 1.4 } };
  const bars = [
    { name: "planned", of: planned, from: "planned_start", to: (site) => site.planned, width: 0.86 },
    { name: "preparing", of: prepared, from: "started", to: (site) => site.building, tint: colour("k1") },
    { name: "built", of: built.map(begun), from: "from", to: commissioned, tint: colour("series1") },
    { name: "unfinished", of: unfinished.map(begun), from: "from", to: () => DATA.end, tint: colour("k3") },
  ];
  Object.assign(bars[0], { tint: "rgba(0,0,0,0)", more: outline });
  const traces = bars.map((bar) => ganttBar(labels, { ...bar, name: `calendar.${bar.name}` }));
  return [...traces, ganttAbsent(labels, sites)].filter((trace) => trace.y.length);
}

function gantt(sites) {
  const roomy = $("calendar").clientWidth > 800;
  const labels = new Map(sites.map((site) => [site.site, labelOf(site, roomy)]));
  const planned = sites.filter((site) => site.planned && site.planned_start);
  const built = sites.filter((site) => site.commissioned && site.started);
  const [first] = [...planned.map((s) => s.planned_start), ...built.map((s) => s.started), dates[0]].sort();
  return {
    traces: ganttTraces(labels, sites, planned, built),
    layout: {
      barmode: "overlay",
      hovermode: "closest",
      margin: { ...MARGIN, t: 30, l: roomy ? 250 : MARGIN.l },
      xaxis: { range: [first < dates[0] ? first : dates[0], lastDay()] },
      yaxis: {
        categoryorder: "array",
        categoryarray: sites.map((site) => safe(labels.get(site.site))).reverse(),
        type: "category",
        rangemode: "normal",
        dtick: 1,
        tickfont: { size: 11 },
      },
    },
  };
}

function siteRow(site) {
  const late = site.planned && site.commissioned && site.commissioned > site.planned;
  return h(
    "tr",
    { "data-site": site.site },
    h("th", { scope: "row" }, site.site),
    h("td", null, site.name),
    h("td", null, site.district),
    h("td", { class: "right" }, site.cost ? N(site.cost) + markOf("sites", site.site) : "–"),
    h("td", { class: "date" }, inShort(site.planned)),
    h(
      "td",
      { class: late ? "bad date" : "date" },
      site.commissioned ? inShort(site.commissioned) : T("calendar.never"),
    ),
    h("td", null, whyThen(site)),
  );
}

function drawCalendar() {
  const parent = $("calendar-chart"),
    sites = [...DATA.calendar].sort((a, b) =>
      (a.started || a.planned_start).localeCompare(b.started || b.planned_start) ||
      a.site.localeCompare(b.site)
    );
  forget(parent);
  parent.replaceChildren(
    chart({ height: ganttHeight(sites.length), label: T("calendar.label"), build: () => gantt(sites) }),
  );
  $("calendar-table").replaceChildren(
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["site", "name", "district", "cost", "planned_date", "built_date", "waited_for"].map((key) =>
          h("th", { scope: "col" }, T(`calendar.${key}`))
        ),
      ),
    ),
    h("tbody", null, sites.map(siteRow)),
  );
  const crewsAt = $("crews");
  forget(crewsAt);
  crewsAt.replaceChildren(
    ...(DATA.crews.length
      ? [h("h3", null, T("crews.title")), h("p", { class: "quiet" }, T("crews.explain"))]
      : []),
    h(
      "div",
      { class: "grid two" },
      DATA.crews.map((own) =>
        h(
          "div",
          null,
          h("h4", null, named("trade", own.trade)),
          chart({
            height: 150,
            label: T("crews.label", { trade: named("trade", own.trade) }),
            build: () => ({
              traces: [{
                ...line(T("crews.used"), own.used, colour("series1"), { shape: "hv" }),
                fill: "tozeroy",
                fillcolor: colour("wash"),
              }, line(T("crews.there"), own.crews, colour("muted"), { shape: "hv", dash: "dash" })],
              layout: {},
            }),
          }),
        )
      ),
    ),
  );
  readCalendar();
}

function readCalendar() {
  const month = `${MONTHS[state.month]}-28`;
  const stands = DATA.calendar.filter((site) => site.commissioned && site.commissioned <= month);
  const works = DATA.calendar.filter((site) =>
    site.started && site.started <= month && !(site.commissioned && site.commissioned <= month)
  );
  $("calendar-readout").textContent = T("calendar.readout", {
    month: inShort(MONTHS[state.month]),
    stand: N(stands.length),
    all: N(DATA.calendar.length),
    under: works.map((site) => site.site).join(", ") || "–",
  });
  const built = new Set(stands.map((site) => site.site));
  $("calendar-table").querySelectorAll("tr[data-site]").forEach((row) =>
    row.classList.toggle("built", built.has(row.dataset.site))
  );
}

function startCalendar() {
  if (!DATA.calendar.length) return $("calendar").remove();
  on("look", drawCalendar);
  on("month", readCalendar);
}

// Build calendar, crews, the connection queue and money.
function ganttHeight(count) { return 60 + 20 * count; }

function gantt(sites) {
  const roomy = $("calendar").clientWidth > 800, labels = new Map(sites.map((site) => [site.site, roomy && site.name ? `${site.site} ${site.name.length > 30 ? `${site.name.slice(0, 29)}…` : site.name}` : site.site]));
  const bar = (name, chosen, from, to, tint, width, more) => ({
    type: "bar", orientation: "h", name: safe(name), y: chosen.map((site) => safe(labels.get(site.site))), base: chosen.map((site) => site[from]),
    x: chosen.map((site) => Date.parse(to(site)) - Date.parse(site[from])), width, marker: { color: tint, ...(more || {}) },
    customdata: chosen.map((site) => `${safe(site.name)}<br>${site[from]} → ${to(site)}${reasons(site.site).map((why) => `<br>${safe(why)}`).join("")}`),
    hovertemplate: "%{y} %{customdata}<extra>%{fullData.name}</extra>",
  });
  const planned = sites.filter((site) => site.planned && site.planned_start);
  const built = sites.filter((site) => site.commissioned && site.started);
  const never = sites.filter((site) => site.started && !site.commissioned);
  const prepared = sites.filter((site) => site.started && site.building && site.building > site.started);
  const absent = sites.filter((site) => !site.started && !site.planned);
  const begun = (site) => ({ ...site, from: site.building || site.started });
  const starts = [...planned.map((s) => s.planned_start), ...built.map((s) => s.started), dates[0]].sort();
  return {
    traces: [
      bar(T("calendar.planned"), planned, "planned_start", (site) => site.planned, "rgba(0,0,0,0)", 0.86, { line: { color: colour("muted"), width: 1.4 } }),
      bar(T("calendar.preparing"), prepared, "started", (site) => site.building, colour("k1"), 0.5),
      bar(T("calendar.built"), built.map(begun), "from", (site) => site.commissioned, colour("series1"), 0.5),
      bar(T("calendar.unfinished"), never.map(begun), "from", () => DATA.end, colour("k3"), 0.5),
      { type: "scatter", mode: "markers", name: safe(T("calendar.not_begun")), y: absent.map((site) => safe(labels.get(site.site))), x: absent.map(lastDay), marker: { symbol: "x-thin", size: 9, line: { width: 2, color: colour("muted") } }, customdata: absent.map((site) => safe(site.name)), hovertemplate: "%{y}<extra>%{fullData.name}</extra>" },
    ].filter((trace) => trace.y.length),
    layout: {
      barmode: "overlay", hovermode: "closest", margin: { ...MARGIN, t: 30, l: roomy ? 250 : MARGIN.l },
      xaxis: { range: [starts[0] < dates[0] ? starts[0] : dates[0], lastDay()] },
      yaxis: { categoryorder: "array", categoryarray: sites.map((site) => safe(labels.get(site.site))).reverse(), type: "category", rangemode: "normal", dtick: 1, tickfont: { size: 11 } },
    },
  };
}

function waitWord(text, site) {
  const [kind, name] = text.split(/ (.*)/);
  if (kind === "trigger" && site && site.trigger) return T("wait.trigger_when", { what: condition(site.trigger) });
  return has(`wait.${kind}`) ? T(`wait.${kind}`, { name: name ? named("trade", named("money", name)) : "" }) : text;
}

function condition({ capacity, utilisation_above_percent: use, headroom_below: room }) {
  return use === undefined ? T("trigger.room", { capacity, value: N(room), unit: unitOfCapacity(capacity) }) : T("trigger.use", { capacity, value: N(use) });
}

// why a site came when it did, against its plan
function whyThen(site) {
  if (!site.started && site.trigger) return T("wait.trigger_never", { what: condition(site.trigger) });
  if (site.planned && site.commissioned && site.commissioned <= site.planned) return T("calendar.as_planned");
  return reasons(site.site).join("; ") || "–";
}

function unitOfCapacity(name) {
  const row = DATA.headroom.rows.find((own) => own.name === name);
  return row ? unit(row.unit) : "";
}

function siteRow(site) {
  const late = site.planned && site.commissioned && site.commissioned > site.planned;
  return h("tr", { "data-site": site.site },
    h("th", { scope: "row" }, site.site), h("td", null, site.name), h("td", null, site.district),
    h("td", { class: "right" }, site.cost ? N(site.cost) : "–"),
    h("td", { class: "date" }, inShort(site.planned)), h("td", { class: late ? "bad date" : "date" }, site.commissioned ? inShort(site.commissioned) : T("calendar.never")),
    h("td", null, whyThen(site)));
}

function drawCalendar() {
  const parent = $("calendar-chart"), sites = [...DATA.calendar].sort((a, b) => (a.started || a.planned_start).localeCompare(b.started || b.planned_start) || a.site.localeCompare(b.site));
  forget(parent);
  parent.replaceChildren(chart({ height: ganttHeight(sites.length), label: T("calendar.label"), build: () => gantt(sites) }));
  $("calendar-table").replaceChildren(
    h("thead", null, h("tr", null, ["site", "name", "district", "cost", "planned_date", "built_date", "waited_for"].map((key) => h("th", { scope: "col" }, T(`calendar.${key}`))))),
    h("tbody", null, sites.map(siteRow)));
  const crewsAt = $("crews");
  forget(crewsAt);
  crewsAt.replaceChildren(...(DATA.crews.length ? [h("h3", null, T("crews.title")), h("p", { class: "quiet" }, T("crews.explain"))] : []),
    h("div", { class: "grid two" }, DATA.crews.map((own) => h("div", null, h("h4", null, named("trade", own.trade)), chart({
      height: 150, label: T("crews.label", { trade: named("trade", own.trade) }),
      build: () => ({
        traces: [{ ...line(T("crews.used"), own.used, colour("series1"), { shape: "hv" }), fill: "tozeroy", fillcolor: colour("wash") }, line(T("crews.there"), own.crews, colour("muted"), { shape: "hv", dash: "dash" })],
        layout: {},
      }),
    })))));
  readCalendar();
}

function readCalendar() {
  const month = `${MONTHS[state.month]}-28`;
  const stands = DATA.calendar.filter((site) => site.commissioned && site.commissioned <= month);
  const works = DATA.calendar.filter((site) => site.started && site.started <= month && !(site.commissioned && site.commissioned <= month));
  $("calendar-readout").textContent = T("calendar.readout", { month: inShort(MONTHS[state.month]), stand: N(stands.length), all: N(DATA.calendar.length), under: works.map((site) => site.site).join(", ") || "–" });
  const built = new Set(stands.map((site) => site.site));
  $("calendar-table").querySelectorAll("tr[data-site]").forEach((row) => row.classList.toggle("built", built.has(row.dataset.site)));
}

function startCalendar() {
  if (!DATA.calendar.length) return $("calendar").remove();
  on("look", drawCalendar);
  on("month", readCalendar);
}

function connectedBy(month) {
  return DATA.queue.developments.filter((own) => own.connected && own.connected.slice(0, 7) <= month);
}

function drawQueue() {
  const waiting = DATA.queue.waiting, parent = $("queue-chart"), utilities = Object.keys(waiting);
  forget(parent);
  const asked = MONTHS.map((month) => DATA.queue.developments.filter((own) => own.requested.slice(0, 7) <= month).length);
  const connected = MONTHS.map((month) => connectedBy(month).length);
  parent.replaceChildren(
    chart({ height: 220, label: T("queue.label"), build: () => ({
      traces: [line(T("queue.asked"), asked, colour("muted"), { shape: "hv", dash: "dash" }), line(T("queue.connected"), connected, colour("series3"), { shape: "hv" })],
      layout: { yaxis: yTitle(T("queue.developments")) } }) }),
    ...(utilities.length ? [h("p", { class: "quiet" }, T("queue.blocked_label")), chart({ height: 190, label: T("queue.blocked_label"), build: () => ({
      traces: utilities.map((utility) => bars(T("queue.blocked_by", { utility: named("network", utility) }), waiting[utility], colour(utility === "sewer" ? "wastewater" : utility))),
      layout: { barmode: "stack", yaxis: yTitle(T("queue.waiting")) } }) })] : []));
  readQueue();
}

function blockers(own) {
  return own.blocked_by.map(({ utility, capacity }) => `${named("network", utility)}: ${capacity || T("queue.no_network")}`).join("; ");
}

// the sites that end what blocks a development: those of the shortages it met, else what the queue names
function awaited(own) {
  const until = (own.connected || DATA.end).slice(0, 7);
  const named = own.blocked_by.flatMap(({ capacity, sites: queued }) => {
    const met = DATA.breaches.filter((breach) => breach.capacity === capacity && breach.month <= until && (!breach.until || breach.until >= own.requested.slice(0, 7)));
    return [...met.flatMap((breach) => breach.enders.map((one) => one.site)), ...queued];
  });
  const stood = (site) => sites.has(site) && sites.get(site).commissioned;
  if (!own.connected) return [...new Set(named)].map((site) => (stood(site) ? site : T("queue.site_not_in_run", { site })));
  const came = [...new Set(named)].filter((site) => stood(site) && stood(site) <= own.connected);
  return came.length || !own.blocked_by.length ? came : [T("queue.room_back")];
}

function readQueue() {
  const month = MONTHS[state.month];
  const waits = DATA.queue.developments.filter((own) => own.requested.slice(0, 7) <= month && !(own.connected && own.connected.slice(0, 7) <= month));
  $("queue-readout").textContent = T("queue.readout", { month: inShort(month), connected: N(connectedBy(month).length), waiting: N(waits.length), jobs: N(waits.reduce((sum, own) => sum + (own.jobs || 0), 0)) })
    + (DATA.queue.housing[state.month] ? ` ${T("queue.readout_housing", { count: N(DATA.queue.housing[state.month]) })}` : "");
  const rows = [...DATA.queue.developments].sort((a, b) => (b.waited || 0) - (a.waited || 0) || a.requested.localeCompare(b.requested));
  const shown = waits.length ? rows.filter((own) => waits.includes(own)) : rows.filter((own) => own.waited > 0);
  $("queue-title").textContent = T(waits.length ? "queue.who_waits" : shown.length ? "queue.who_waited" : "queue.nobody", { month: inShort(month) });
  $("queue-table").replaceChildren(...(shown.length ? [
    h("thead", null, h("tr", null, ["development", "district", "jobs", "requested", "connected_on", "months", "blocked", "missing"].map((key) => h("th", { scope: "col" }, T(`queue.${key}`))))),
    h("tbody", null, shown.slice(0, 40).map((own) => h("tr", null, h("th", { scope: "row" }, own.name), h("td", null, own.district), h("td", { class: "right" }, N(own.jobs)),
      h("td", null, inShort(own.requested)), h("td", null, own.connected ? inShort(own.connected) : T("queue.not_yet")), h("td", { class: "right" }, N(own.waited)),
      h("td", null, blockers(own) || "–"), h("td", null, awaited(own).join(", ") || "–"))))] : []));
}

function startQueue() {
  if (!DATA.queue) return $("queue").remove();
  on("look", drawQueue);
  on("month", readQueue);
}

const running = (values) => { let sum = 0; return values.map((value) => (sum += value || 0)); };
const yearly = (values) => MONTHS.map((_, i) => values.slice(Math.max(0, i - 11), i + 1).reduce((sum, value) => sum + (value || 0), 0));
const added = (...lists) => MONTHS.map((_, i) => lists.reduce((sum, list) => sum + (list[i] || 0), 0));

function drawMoney() {
  const parent = $("money-charts"), cash = DATA.cash, names = Object.keys(cash.works);
  forget(parent);
  const service = added(cash.interest, cash.principal, cash.fees);
  parent.replaceChildren(
    h("div", null, h("h3", null, T("money.spending")), chart({ height: 230, label: T("money.spending_label"), build: () => ({
      traces: names.flatMap((name, i) => (cash.works[name].some((value) => value) ? [bars(named("instrument", name), cash.works[name], colour(`series${(i % 6) + 1}`))] : [])),
      layout: { barmode: "stack", yaxis: yTitle(T("chart.per_month", { unit: unit("bn KZT") })) } }) })),
    h("div", null, h("h3", null, T("money.debt")), chart({ height: 230, label: T("money.debt_label"), build: () => ({
      traces: [{ ...line(T("money.liability"), cash.liability, colour("series2")), fill: "tozeroy", fillcolor: colour("wash") },
        line(T("money.service"), yearly(service), colour("series1")), line(T("money.paid"), running(added(cash.own, service)), colour("series3"), { dash: "dot" })],
      layout: { yaxis: yTitle(unit("bn KZT")) } }) })));
  readMoney();
}

function readMoney() {
  const at = state.month, cash = DATA.cash, service = yearly(added(cash.interest, cash.principal, cash.fees));
  $("money-readout").textContent = T("money.readout", { month: inShort(MONTHS[at]), liability: N(cash.liability[at] || 0), service: N(service[at]) });
}

function startMoney() {
  if (!DATA.cash) return $("money").remove();
  on("look", drawMoney);
  on("month", readMoney);
}

// The verdict: what fails first, when, what it costs, what would prevent it; then one card per first breach.
function sayLost(lost) {
  return Object.entries(lost).filter(([, amount]) => amount > 0.5).map(([what, amount]) => T(`lost.${what}`, { amount: large(amount) }));
}

// a name that does not say what it is gets its kind
function label(breach) {
  const kind = named("kind", breach.kind), said = breach.capacity.toLowerCase();
  return said.includes(kind.split(" ")[0].toLowerCase()) || said.includes(breach.kind) ? breach.capacity : `${breach.capacity} (${kind})`;
}

function headline(breaches) {
  if (!breaches.length) return T("verdict.none", { end: inMonth(MONTHS[MONTHS.length - 1]) });
  const first = breaches.filter((breach) => breach.month === breaches[0].month);
  const key = first.length > 1 ? "verdict.first_many" : "verdict.first";
  return T(key, { what: listed(first.map(label)), month: inMonth(first[0].month) });
}

function remedy(breach) {
  if (!breach.site && breach.helped.length) return T("verdict.helped", { capacity: breach.capacity, until: inMonth(breach.until), sites: breach.helped.join(", ") });
  if (!breach.site) return T("verdict.no_site", { capacity: breach.capacity, month: inMonth(breach.month) });
  const values = {
    capacity: breach.capacity, site: breach.site, name: breach.site_name, cost: N(breach.cost),
    until: breach.commissioned ? inMonth(breach.commissioned) : "", safe: inDay(breach.safe_start),
  };
  const ends = breach.commissioned ? "verdict.relief" : "verdict.relief_never";
  const prevent = breach.safe_start && breach.safe_start < DATA.start ? "verdict.prevent_late" : "verdict.prevent";
  const lost = sayLost(breach.lost);
  return [T(ends, values), lost.length ? T("verdict.until_then", { what: listed(lost) }) : "", breach.safe_start ? T(prevent, values) : ""].filter(Boolean).join(" ");
}

function breachCard(breach, number) {
  const line = (key, ...value) => [h("dt", null, T(key)), h("dd", null, ...value)];
  const lost = sayLost(breach.lost);
  const shortBy = T("breach.short_by", {
    amount: N(-breach.short), unit: unit(breach.unit), firm: N(breach.firm), month: inShort(breach.worst_month),
  });
  const until = breach.until ? T("breach.from_to", { from: inShort(breach.month), to: inShort(breach.until) }) : T("breach.from", { from: inShort(breach.month) });
  return h("li", { class: "breach" },
    h("button", { class: "plain", onclick: () => { setMonth(MONTHS.indexOf(breach.month)); showCapacity(breach.capacity); } },
      h("span", { class: "number" }, String(number)), h("strong", null, breach.capacity), " ",
      h("span", { class: "quiet" }, named("kind", breach.kind))),
    h("dl", null,
      line("breach.when", until),
      line("breach.short", shortBy),
      lost.length ? line("breach.lost", listed(lost)) : [],
      line("breach.ends", breach.site
        ? `${breach.site} ${breach.site_name}${breach.commissioned ? `, ${inShort(breach.commissioned)}` : ""}`
        : breach.helped.length ? T("breach.helped", { sites: breach.helped.join(", ") }) : T("breach.no_site")),
      line("breach.cost", breach.cost ? T("money.bn", { amount: N(breach.cost) }) : "–"),
      line("breach.prevent", breach.safe_start
        ? [T("breach.start_by", { date: inDay(breach.safe_start) }), breach.safe_start < DATA.start ? ` ${T("breach.too_late")}` : ""]
        : breach.helped.length ? T("breach.sooner", { date: inShort(breach.month) }) : T("breach.new_site", { date: inShort(breach.month) }))));
}

function tiles() {
  const m = DATA.metrics;
  const all = [
    ["peak_power_mw", "MW"], ["unserved_energy_mwh", "MWh"], ["unserved_water_m3", "m3"], ["sewage_spilled_m3", "m3"],
    ["capex_bn_kzt", "bn KZT"], ["peak_liability_bn_kzt", "bn KZT"], ["peak_debt_service_bn_kzt_per_year", "bn KZT/year"],
    ["connection_delay_months_p50", "months"], ["jobs_delayed_job_months", "job-months"], ["service_cost_bn_kzt", "bn KZT"],
  ];
  return all.filter(([name]) => name in m).map(([name, ofUnit]) =>
    h("div", { class: "tile" }, h("dt", null, named("metric", name)),
      h("dd", null, h("b", null, large(Math.abs(m[name]) < 0.5 && name.startsWith("unserved") ? 0 : +m[name].toPrecision(4))), " ", unit(ofUnit))));
}

function drawVerdict() {
  const breaches = DATA.breaches;
  $("headline").textContent = headline(breaches);
  const first = breaches.filter((breach) => breach.month === breaches[0].month).slice(0, 3);
  const lost = sayLost({
    unserved_mwh: DATA.metrics.unserved_energy_mwh || 0, unserved_m3: DATA.metrics.unserved_water_m3 || 0,
    spilled_m3: DATA.metrics.sewage_spilled_m3 || 0,
  });
  $("remedy").replaceChildren(
    ...first.map((breach) => h("p", null, remedy(breach))),
    h("p", null, breaches.length ? T("verdict.count", { count: N(breaches.length) }) : "", " ",
      lost.length ? T("verdict.lost", { what: listed(lost) }) : T("verdict.all_served")));
  const shown = breaches.slice(0, 12).map((breach, i) => breachCard(breach, i + 1));
  $("breaches").replaceChildren(...shown);
  $("tiles").replaceChildren(...tiles());
  const early = DATA.status !== "complete";
  $("banner").hidden = !early;
  if (early) $("banner").textContent = T("banner.early", { reason: DATA.reason || DATA.status });
}

function startVerdict() {
  on("look", drawVerdict);
}

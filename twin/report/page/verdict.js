// The verdict: what fails first, when, what it costs, what would prevent it; then one card per first breach.
function sayLost(lost) {
  return Object.entries(lost).filter(([, amount]) => amount > 0.5).map(([what, amount]) => T(`lost.${what}`, { amount: large(amount) }));
}

// the kind of a capacity whose name does not say it
function kindOf(name, kind) {
  const own = named("kind", kind), said = name.toLowerCase();
  return said.includes(own.split(" ")[0].toLowerCase()) || said.includes(kind) ? "" : own;
}

function label(breach) {
  const kind = kindOf(breach.capacity, breach.kind);
  return kind ? `${breach.capacity} (${kind})` : breach.capacity;
}

const firstOf = (breaches) => breaches.filter((breach) => breach.month === breaches[0].month);

function headline(breaches) {
  if (!breaches.length) return T("verdict.none", { end: inMonth(MONTHS[MONTHS.length - 1]) });
  const first = firstOf(breaches), many = first.length > 1 ? "_many" : "";
  const key = first[0].month === MONTHS[0] ? "verdict.start" : "verdict.first";
  return T(key + many, { what: listed(first.map(label)), month: inMonth(first[0].month) });
}

const worth = (breach) => {
  const lost = listed(sayLost(breach.lost));
  return breach.price ? T("breach.worth", { what: lost, amount: N(breach.price) }) : lost;
};

// what came later than planned, and whether it would have stood in time
function sayLate({ late, site }) {
  if (!late) return "";
  const key = (word) => T(`verdict.${word}${site ? "" : "_many"}`, { site, months: N(late.months), planned: inMonth(late.planned) });
  return [late.months ? key("late") : "", late.held_by.length ? T("verdict.held_by", { what: late.held_by.map(waitWord).join(", ") }) : "", key(late.in_time ? "in_time" : "not_in_time")].filter(Boolean).join(" ");
}

// can the site that ends it still be begun in time: with a margin, by its planned length alone, or not
const chance = ({ safe_start: safe, last_start: last }) => (safe >= DATA.start ? "safe" : last >= DATA.start ? "tight" : "late");

function ending(breach) {
  const { site, cost, helped, commissioned } = breach;
  if (!site && helped.length) return T("verdict.helped", { until: inMonth(breach.until), sites: helped.join(", ") });
  if (!site) return T("verdict.no_site", { month: inMonth(breach.month) });
  return T(commissioned ? "verdict.relief" : "verdict.relief_never", { site, name: breach.site_name, cost: N(cost), until: inMonth(commissioned) });
}

function remedy(breach) {
  const lost = worth(breach), { late, safe_start: safe, last_start: last, build_months: months } = breach;
  const prevent = { safe: "verdict.prevent", tight: "verdict.prevent_tight", late: "verdict.prevent_late" }[chance(breach)];
  const said = [ending(breach), lost ? T(breach.until ? "verdict.until_then" : "verdict.by_end", { what: lost }) : "", sayLate(breach), safe && !(late && late.in_time) ? T(prevent, { safe: inDay(safe), last: inDay(last), months: N(months) }) : ""];
  return [h("strong", null, `${label(breach)}:`), ` ${said.filter(Boolean).join(" ")}`];
}

function prevention(breach) {
  const { late } = breach;
  if (late && late.in_time) return T("breach.on_plan", { sites: late.roots.join(", "), date: inShort(late.roots_planned) });
  if (breach.safe_start && chance(breach) === "tight") return T("breach.start_tight", { date: inDay(breach.last_start), months: N(breach.build_months) });
  if (breach.safe_start) return [rich("breach.start_by", { date: inDay(breach.safe_start) }), chance(breach) === "late" ? ` ${T("breach.too_late")}` : ""];
  return T(breach.helped.length ? "breach.sooner" : "breach.new_site", { date: inShort(breach.month) });
}

function breachCard(breach, number) {
  const line = (key, ...value) => [h("dt", null, T(key)), h("dd", null, ...value)];
  const lost = worth(breach), { late } = breach;
  const shortBy = T("breach.short_by", {
    amount: N(-breach.short), unit: unit(breach.unit), firm: N(breach.firm), month: inShort(breach.worst_month),
  });
  const until = breach.until ? T("breach.from_to", { from: inShort(breach.month), to: inShort(breach.until) }) : T("breach.from", { from: inShort(breach.month) });
  return h("li", { class: "breach" },
    h("button", { class: "plain", onclick: () => { setMonth(MONTHS.indexOf(breach.month)); showCapacity(breach.capacity); } },
      h("span", { class: "number" }, String(number)), h("strong", null, breach.capacity), " ",
      h("span", { class: "quiet" }, kindOf(breach.capacity, breach.kind))),
    h("dl", null,
      line("breach.when", until),
      line("breach.short", shortBy),
      lost ? line("breach.lost", lost) : [],
      line("breach.ends", breach.site
        ? `${breach.site} ${breach.site_name}${breach.commissioned ? `, ${inShort(breach.commissioned)}` : ""}`
        : breach.helped.length ? T("breach.helped", { sites: breach.helped.join(", ") }) : T("breach.no_site")),
      line("breach.cost", breach.cost ? T("money.bn", { amount: N(breach.cost) }) : "–"),
      late && late.months ? line("breach.late", [T("breach.late_by", { months: N(late.months), planned: inShort(late.planned) }), late.held_by.length ? `; ${T("breach.held_by", { what: late.held_by.map(waitWord).join(", ") })}` : ""]) : [],
      line("breach.prevent", prevention(breach))));
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
  const first = firstOf(breaches), next = breaches[first.length];
  const costliest = breaches.reduce((worst, breach) => (breach.price > (worst ? worst.price : 0) ? breach : worst), null);
  const lost = sayLost({
    unserved_mwh: DATA.metrics.unserved_energy_mwh || 0, unserved_m3: DATA.metrics.unserved_water_m3 || 0,
    spilled_m3: DATA.metrics.sewage_spilled_m3 || 0,
  });
  $("remedy").replaceChildren(
    ...first.slice(0, 3).map((breach) => h("p", null, remedy(breach))),
    costliest && !first.includes(costliest) ? h("p", null, T("verdict.costliest", { month: inMonth(costliest.month) }), " ", remedy(costliest)) : "",
    h("p", null, breaches.length ? T("verdict.count", { count: N(breaches.length) }) : "", " ",
      next ? `${T("verdict.next", { what: label(next), month: inMonth(next.month) })} ` : "",
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

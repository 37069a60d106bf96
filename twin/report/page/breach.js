// One first breach in words: when, why, what it costs, what ends it, what would prevent it.
function sayLost(lost) {
  return Object.entries(lost).filter(([, amount]) => amount > 0.5).map(([what, amount]) =>
    T(`lost.${what}`, { amount: large(amount, 0) })
  );
}

// the kind of a capacity whose name does not say it
function kindOf(name, kind) {
  const own = named("kind", kind), said = name.toLowerCase();
  return said.includes(own.split(" ")[0].toLowerCase()) || (state.language === "en" && said.includes(kind))
    ? ""
    : own;
}

function label(breach) {
  const kind = kindOf(breach.capacity, breach.kind);
  return kind ? `${called(breach.capacity)} (${kind})` : breach.capacity;
}

// the mark of a figure that rests on an assumption
const ASSUMED = "ᴬ";
const markOf = (table, name) => (DATA.assumed[table].includes(name) ? ASSUMED : "");
const markOfDemand = () => (DATA.assumed.demand ? ASSUMED : "");
const bn = (amount) => T("money.bn", { amount: N(amount) });
const priceOf = (enders) =>
  T("money.bn", {
    amount: N(enders.reduce((sum, own) => sum + (own.cost || 0), 0)) +
      (enders.some((own) => markOf("sites", own.site)) ? ASSUMED : ""),
  });
const span = ([first, last]) => (first === last ? inShort(first) : `${inShort(first)} – ${inShort(last)}`);

function whenShort(breach) {
  const times = breach.stretches.map(span).join("; "), { months_short: count, months_between: all } = breach;
  return T(
    all === 1
      ? "breach.months_one"
      : count < all
      ? "breach.months_of"
      : breach.until
      ? "breach.months"
      : "breach.months_end",
    { times, count: N(count), all: N(all) },
  );
}

function why(breach) {
  const { peak, firm, before, before_month: then, joined, largest } = breach.why, of = unit(breach.unit);
  const said = [
    T(breach.outage ? "why.unit_out" : "why.demand", {
      peak: N(peak, 4) + markOfDemand(),
      firm: N(firm, 4) + markOf("capacities", breach.capacity),
      unit: of,
      outage: short(breach.outage),
    }),
  ];
  if (before !== null) said.push(T("why.before", { before: N(before, 4), unit: of, month: inShort(then) }));
  if (joined) said.push(T("why.joined", { count: N(joined), names: largest.join(", ") }));
  return said.join(" ");
}

function costs(breach) {
  const parts = [...sayLost(breach.lost)];
  if (breach.job_months > 0) {
    parts.push(
      T("lost.waiting", {
        count: N(breach.waiting),
        from: inShort(breach.waiting_from),
        jobs: large(breach.job_months),
      }),
    );
  }
  const said = listed(parts);
  return said && breach.price ? T("breach.worth", { what: said, amount: N(breach.price) }) : said;
}

const ender = ({ site, name }) => (name ? `${site} ${called(name)}` : site);

function endedBy(breach) {
  if (!breach.enders.length) return T("breach.no_site");
  return listed(
    breach.enders.map((own) =>
      `${ender(own)}, ${own.commissioned ? inShort(own.commissioned) : T("calendar.never")}`
    ),
  );
}

function startBy(breach, own) {
  const ahead = (date) => date && date >= DATA.start;
  const lines = [];
  if (ahead(own.last_start)) {
    lines.push(
      T("breach.start_planned", { site: own.site, date: inDay(own.last_start), months: N(own.build_months) }),
    );
  }
  if (own.first && ahead(own.first.last_start)) {
    lines.push(T("breach.start_required", { site: own.first.site, date: inDay(own.first.last_start) }));
  }
  if (ahead(breach.safe_start) && breach.site === own.site) {
    lines.push(rich("breach.start_safe", { date: inDay(breach.safe_start) }));
  }
  if (own.last_start && own.last_start < DATA.start) lines.push(T("breach.too_late"));
  return lines;
}

// a shortage of the last month alone may be a peak that passes
const lasts = (breach) => breach.month !== MONTHS[MONTHS.length - 1];

function prevention(breach) {
  const { late, enders } = breach;
  if (late && late.in_time) {
    return [T("breach.on_plan", { sites: late.roots.join(", "), date: inShort(late.roots_planned) })];
  }
  if (!enders.length && !lasts(breach)) return [T("breach.last_month")];
  if (!enders.length) {
    return [
      T("breach.new_site", {
        date: inShort(breach.month),
        amount: N(-breach.short),
        unit: unit(breach.unit),
      }),
    ];
  }
  return enders.flatMap((own) => startBy(breach, own));
}

function shortBy(breach) {
  return T("breach.short_by", {
    amount: N(-breach.short),
    unit: unit(breach.unit),
    firm: N(breach.firm, 4) + markOf("capacities", breach.capacity),
    month: inShort(breach.worst_month),
  });
}

function lostBy(breach) {
  const homes = breach.housing ? T("lost.housing", { count: N(breach.housing) }) : "";
  return [costs(breach), homes].filter(Boolean).join("; ");
}

// when, why, by how much, at what cost, what ends it and what would prevent it
function breachFacts(breach) {
  const line = (key, ...value) => [h("dt", null, T(key)), h("dd", null, ...value)];
  const lines = (key, list) => line(key, list.map((own) => h("div", null, own)));
  const held = breach.enders.map((own) => [own.site, reasons(own.site)]).filter(([, why]) => why.length);
  const cost = lostBy(breach);
  return h(
    "dl",
    null,
    line("breach.when", whenShort(breach)),
    line("breach.why", why(breach)),
    line("breach.short", shortBy(breach)),
    cost ? line("breach.lost", cost) : [],
    line("breach.ends", endedBy(breach)),
    breach.enders.some((own) => own.cost) ? line("breach.cost", priceOf(breach.enders)) : [],
    held.length
      ? lines("breach.late", held.map(([site, why]) => T("breach.held", { site, why: why.join("; ") })))
      : [],
    lines("breach.prevent", prevention(breach)),
  );
}

// The verdict: what fails first, why, what the run costs, what to do next; then a card per first breach.
const costly = (breach) => breach.state === "lost" || breach.state === "waiting" || breach.state === "short";
const dearest = (a, b) => (b.price || 0) - (a.price || 0) || a.month.localeCompare(b.month);
const firstOf = (breaches) => breaches.filter((breach) => breach.month === breaches[0].month);

function breachCard(breach, number) {
  return h(
    "li",
    { class: `breach is-${breach.state}` },
    h(
      "button",
      {
        class: "plain",
        onclick: () => {
          setMonth(MONTHS.indexOf(breach.month));
          showCapacity(breach.capacity, "start");
        },
      },
      h("span", { class: "number" }, String(number)),
      h("strong", null, breach.capacity),
      " ",
      h("span", { class: "quiet" }, kindOf(breach.capacity, breach.kind)),
    ),
    h("p", { class: "state" }, T(`state.${breach.state}`)),
    breachFacts(breach),
  );
}

// the first months in which service suffers; where nothing does, those in which only the reserve is missing
function leading(breaches) {
  const suffer = breaches.filter(costly);
  return firstOf(suffer.length ? suffer : breaches);
}

function headline(breaches) {
  if (!breaches.length) return T("verdict.none", { end: inMonth(MONTHS[MONTHS.length - 1]) });
  const first = leading(breaches), many = first.length > 1 ? "_many" : "";
  const key = !costly(first[0])
    ? "verdict.reserve"
    : first[0].month === MONTHS[0]
    ? "verdict.start"
    : "verdict.first";
  return T(key + many, { what: listed(first.map(label)), month: inMonth(first[0].month) });
}

function sayEnd(breach) {
  const own = breach.enders[0];
  if (!own) return T("verdict.no_site");
  const said = {
    site: listed(breach.enders.map(ender)),
    cost: priceOf(breach.enders),
    until: inMonth(own.commissioned),
  };
  return T(own.commissioned ? "verdict.relief" : "verdict.relief_never", said);
}

function sayLate({ late, enders }) {
  if (!late || !late.months) return "";
  const why = late.roots.flatMap((site) =>
    reasons(site).map((text) => (enders.some((own) => own.site === site) ? text : `${site}: ${text}`))
  );
  return T(why.length ? "verdict.late_because" : "verdict.late", {
    months: N(late.months),
    planned: inMonth(late.planned),
    why: why.join("; "),
  });
}

function sayTotal() {
  const { cost, metrics } = DATA;
  const losses = [...UTILITIES.values()].flatMap((own) => own.losses);
  const lost = sayLost(Object.fromEntries(losses.map((own) => [own.quantity, metrics[own.metric] || 0])));
  if (!lost.length && DATA.not_computed.length) {
    return T("verdict.not_computed", {
      what: listed(DATA.not_computed.map((name) => named("network", name))),
    });
  }
  if (!cost || !(cost.total > 5e-4)) {
    return lost.length ? T("verdict.lost", { what: listed(lost) }) : T("verdict.all_served");
  }
  return rich("verdict.total", { amount: bn(cost.total), parts: costParts().join(", ") });
}

const costParts = () =>
  Object.entries(DATA.cost.parts).filter(([, amount]) => amount > 5e-4).map(([name, amount]) =>
    T(`cost.${name}`, { amount: N(amount) })
  );

const rootsOf = (late) => listed(late.roots.map((root) => ender(sites.get(root) || { site: root })));

// housing that waits is no demand yet, so that what is short is less than what is needed
function sayPlan(breach) {
  return [
    T("do.plan", {
      what: breach.capacity,
      month: inMonth(breach.month),
      amount: N(-breach.short),
      unit: unit(breach.unit),
    }),
    breach.housing_from ? T("do.housing", { from: inMonth(breach.housing_from) }) : "",
  ].filter(Boolean).join(" ");
}

// what would help most with one shortage: begin its site in time, keep it to its plan, or plan one;
// null if it is too late
function action(breach) {
  const { enders: [own], late } = breach, what = breach.capacity, month = inMonth(breach.month);
  if (!own && !lasts(breach)) return null;
  if (!own) return sayPlan(breach);
  const site = sites.get(own.site) || {}, begins = own.started || site.planned_start || "";
  const told = {
    months: N(own.build_months),
    site: own.site,
    name: own.name,
    cost: priceOf([own]),
    what,
    month,
  };
  const earlier = breach.waiting_from && breach.waiting_from < breach.month
    ? T(own.no_wait_start >= DATA.start ? "do.spare_wait" : "do.waiting", {
      from: inMonth(breach.waiting_from),
      date: inDay(own.no_wait_start),
    })
    : "";
  const keep = site.slip > 0 && own.build_months ? T("do.keep", { slip: N(site.slip) }) : "";
  if (late && late.in_time) {
    return T("do.hold_prevents", { ...told, site: rootsOf(late), planned: inMonth(late.roots_planned) });
  }
  const { first } = own, inTime = own.last_start >= DATA.start && !(first && first.last_start < DATA.start);
  if (inTime && !(begins && begins <= own.last_start)) {
    return [
      T(begins ? "do.start" : "do.start_unplanned", {
        ...told,
        date: inDay(own.last_start),
        begins: inDay(begins),
      }),
      first ? T("do.required", { site: first.site, date: inDay(first.last_start) }) : "",
      earlier,
      keep,
    ].filter(Boolean).join(" ");
  }
  if (late && late.months) {
    return T("do.hold", {
      ...told,
      site: rootsOf(late),
      planned: inMonth(late.roots_planned),
      months: N(late.months),
    });
  }
  if (begins > DATA.start && own.last_start && own.last_start < DATA.start) {
    return T("do.sooner", { ...told, begins: inDay(begins) });
  }
  return null;
}

function actions(breaches) {
  const seen = new Set(), said = [];
  for (const breach of [...breaches].sort(dearest)) {
    const text = action(breach), key = breach.enders.length ? breach.enders[0].site : breach.capacity;
    if (text && !seen.has(key)) {
      seen.add(key);
      said.push(text);
    }
  }
  return said.slice(0, 3);
}

function remedy(breaches) {
  const rows = [],
    row = (key, ...said) => {
      rows.push(h("dt", null, T(key)), h("dd", null, ...said));
    };
  const first = breaches.length ? leading(breaches) : [],
    worst = [...breaches].sort(dearest)[0],
    next = actions(breaches);
  const only = breaches.filter((breach) => breach.state === "reserve" && !first.includes(breach));
  first.slice(0, 2).forEach((breach) =>
    row(
      "verdict.why",
      first.length > 1 ? `${label(breach)}: ` : "",
      [why(breach), sayEnd(breach), sayLate(breach)].filter(Boolean).join(" "),
    )
  );
  row(
    "verdict.costs",
    sayTotal(),
    worst && worst.price && breaches.length > 1
      ? ` ${
        T("verdict.costliest", { what: label(worst), month: inMonth(worst.month), amount: bn(worst.price) })
      }`
      : "",
  );
  if (next.length) {
    row(
      "verdict.next",
      next.length > 1
        ? h(
          "ol",
          null,
          next.map((text) => h("li", null, text)),
        )
        : next[0],
    );
  } else if (first.length) row("verdict.next", T("do.late"));
  if (only.length) {
    row(
      "verdict.only_reserve",
      T("verdict.reserve_is", {
        what: only.slice(0, 4).map((breach) => `${called(breach.capacity)} (${inShort(breach.month)})`).join(
          ", ",
        ),
      }),
    );
  }
  row("verdict.sure", saySure());
  if (DATA.caveats.length) row("verdict.caveats", DATA.caveats.join(" "));
  return rows;
}

// What the figures rest on: how many inputs are assumptions, and that no other future was run
function saySure() {
  const rows = DATA.provenance.tables.flatMap((table) => table.sources);
  const count = (chosen) => chosen.reduce((sum, own) => sum + own.rows, 0);
  const assumed = count(rows.filter((own) => own.standing.includes("assumption")));
  return [
    assumed ? T("verdict.assumed", { assumed: N(assumed), all: N(count(rows)) }) : "",
    T("verdict.no_bands"),
  ].filter(Boolean).join(" ");
}

function tiles() {
  const parts = (name) => {
    if (name !== "service_cost_bn_kzt" || !DATA.cost) return "";
    return h("dd", { class: "quiet" }, costParts().join(", "));
  };
  return DATA.tiles.map((metric) =>
    h(
      "div",
      { class: "tile" },
      h("dt", null, named("metric", metric)),
      h(
        "dd",
        null,
        h("b", null, large(DATA.metrics[metric], aboutMetric(metric).decimals ?? undefined)),
        " ",
        unitOf(metric),
      ),
      parts(metric),
    )
  );
}

// what tells this run from others of its scenario
function sayRun() {
  const { order, means, connection, slips, overrides } = DATA.about;
  const late = Object.entries(slips).map(([site, months]) => T("run.slip", { site, months: N(months) }));
  const some = (list, most) => list.slice(0, most).join(", ") + (list.length > most ? " …" : "");
  const years = `${inDay(DATA.start)} – ${inDay(DATA.end)}`;
  return [
    years,
    order ? T(means === "limited" ? "run.order" : "run.order_at_hand", { order }) : T("run.stages"),
    named("connection", connection),
    T(`run.days.${DATA.about.days}`),
    DATA.about.future ? T("run.future", { number: N(DATA.about.future) }) : T("run.planned_future"),
    late.length ? T("run.late", { sites: some(late, 6) }) : "",
    overrides.length ? T("run.set", { what: some(overrides, 4) }) : "",
  ].filter(Boolean).join(" · ");
}

// what is to be told beside the figures: hours without a solution by network, then lines as they are
function drawWarnings() {
  const gaps = DATA.unsolved.map((gap) =>
    h(
      "li",
      null,
      T("warnings.unsolved", {
        ...gap,
        network: named("network", gap.network),
        hours: N(gap.hours),
        of: N(gap.of),
      }),
      DATA.not_computed.includes(gap.network) ? ` ${T("warnings.rest")}` : "",
    )
  );
  const lines = [...gaps, ...DATA.warnings.map((text) => h("li", null, text))];
  $("warnings").hidden = !lines.length;
  $("warnings").open = gaps.length > 0;
  $("warnings").querySelector("summary").textContent = T("warnings.title", { count: N(lines.length) });
  $("warnings").querySelector("ul").replaceChildren(...lines);
}

function drawVerdict() {
  const breaches = DATA.breaches, early = DATA.status !== "complete";
  const kind = DATA.ended_early || !has(`banner.${DATA.status}`) ? "early" : DATA.status;
  $("subtitle").textContent = sayRun();
  $("headline").textContent = headline(breaches);
  $("remedy").replaceChildren(h("dl", { class: "answers" }, remedy(breaches)));
  $("breaches").replaceChildren(...breaches.slice(0, 12).map((breach, i) => breachCard(breach, i + 1)));
  $("tiles").replaceChildren(...tiles());
  $("banner").hidden = !early;
  if (early) $("banner").textContent = T(`banner.${kind}`, { reason: DATA.reason || DATA.status });
}

function startVerdict() {
  on("look", drawWarnings);
  on("look", drawVerdict);
  on("look", drawStrip);
  addEventListener("hashchange", unfold);
  document.querySelectorAll("nav a").forEach((link) =>
    link.addEventListener("click", () => unfold(link.hash))
  );
  unfold();
}

// A link to a view that is folded opens it
function unfold(hash) {
  const view = $((typeof hash === "string" ? hash : location.hash || "#verdict").slice(1));
  const folded = view && view.querySelector("details.fold");
  if (folded && view.id !== "verdict") folded.open = true;
}

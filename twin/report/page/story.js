// What led to what, and where the numbers come from.
function eventText(node) {
  const when = node.count > 1
    ? T("chain.times", { count: N(node.count), first: inDay(node.first), last: inDay(node.last) })
    : inDay(node.first);
  return [
    h("span", { class: "event" }, named("event", node.kind)),
    " ",
    h("strong", null, short(node.subject)),
    node.detail ? ` · ${node.detail}` : "",
    (node.missing || []).length ? ` · ${T("chain.missing", { sites: node.missing.join(", ") })}` : "",
    " ",
    h("span", { class: "quiet" }, when),
  ];
}

const active = (node) => {
  const month = MONTHS[state.month];
  return (node.first.slice(0, 7) <= month && month <= node.last.slice(0, 7)) || node.then.some(active);
};

function chainItem(node, depth) {
  const item = h(
    "li",
    null,
    eventText(node),
    node.then.length ? h("ul", null, node.then.slice(0, 8).map((next) => chainItem(next, depth + 1))) : "",
  );
  item.node = node;
  return item;
}

function drawChains() {
  const led = DATA.chains.filter((node) => node.then.length || node.loss),
    alone = DATA.chains.filter((node) => !led.includes(node));
  $("chain-list").replaceChildren(...led.map((node) => chainItem(node, 0)));
  $("chain-none").hidden = led.length > 0;
  $("chain-alone").hidden = !alone.length;
  $("chain-alone").replaceChildren(
    h("summary", null, T("chain.alone", { count: N(alone.length) })),
    h("ul", { class: "chain" }, alone.map((node) => chainItem(node, 0))),
  );
  markChains();
}

function markChains() {
  $("chains").querySelectorAll(".chain > li").forEach((item) =>
    item.classList.toggle("now", active(item.node))
  );
}

function startChains() {
  if (!DATA.chains.length) return $("chains").remove();
  on("look", drawChains);
  on("month", markChains);
}

function standingTable() {
  const count = (table, word) =>
    table.sources.filter((own) => own.standing.includes(word)).reduce((sum, own) => sum + own.rows, 0);
  const unstated = (table) =>
    table.sources.filter((own) => !own.standing.length).reduce((sum, own) => sum + own.rows, 0);
  const kinds = ["published", "norm", "assumption"];
  const texts = (table) =>
    table.sources.filter((own) => own.source).slice(0, 6).map((own) => own.source).join("; ");
  return [
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "col" }, T("standing.table")),
        kinds.map((word) => h("th", { scope: "col" }, T(`standing.${word}`))),
        h("th", { scope: "col" }, T("standing.unstated")),
        h("th", { scope: "col" }, T("standing.sources")),
      ),
    ),
    h(
      "tbody",
      null,
      DATA.provenance.tables.map((table) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, named("table", table.table)),
          kinds.map((word) => h("td", { class: "right" }, count(table, word) || "–")),
          h("td", { class: "right" }, unstated(table) || "–"),
          h("td", { class: "quiet" }, texts(table) || "–"),
        )
      ),
    ),
  ];
}

function drawStanding() {
  const own = DATA.provenance,
    pairs = (object) =>
      h(
        "dl",
        { class: "facts" },
        Object.entries(object).map((
          [name, value],
        ) => [
          h("dt", null, named("setting", name)),
          h("dd", null, typeof value === "number" ? N(value, 6) : String(value)),
        ]),
      );
  $("standing-table").replaceChildren(...standingTable());
  $("standing-drawn").textContent = own.drawn ? T("standing.drawn", { count: N(own.drawn) }) : "";
  $("standing-run").replaceChildren(
    h(
      "div",
      null,
      h("h3", null, T("standing.settings")),
      pairs(own.settings),
      own.overrides.length
        ? [
          h("h4", null, T("standing.overrides")),
          h("ul", null, own.overrides.map((text) => h("li", null, h("code", null, text)))),
        ]
        : "",
    ),
    Object.keys(own.prices).length
      ? h(
        "div",
        null,
        h("h3", null, T("standing.prices")),
        h(
          "dl",
          { class: "facts" },
          Object.entries(own.prices).map((
            [name, value],
          ) => [h("dt", null, named("price", name)), h("dd", null, N(value, 6))]),
        ),
      )
      : "",
    h("div", null, h("h3", null, T("standing.versions")), pairs(own.versions)),
    h(
      "details",
      null,
      h("summary", null, T("standing.inputs", { count: N(Object.keys(own.inputs).length) })),
      h(
        "dl",
        { class: "facts sums" },
        Object.entries(own.inputs).map((
          [file, sum],
        ) => [h("dt", null, file), h("dd", null, h("code", null, sum.slice(0, 16)))]),
      ),
    ),
  );
}

function startStanding() {
  on("look", drawStanding);
}

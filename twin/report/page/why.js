// Why another plan costs more or less than the first: sentences, the largest first, that add up.
const MOST_REASONS = 12;
const MOST_PARTING = 4;
const why = { plan: "" };
const reasonOf = () => DATA.why[why.plan];

// what stands in a sentence: months, amounts, lists, and words with values of their own
function told(name, value) {
  if (Array.isArray(value)) return listed(value.map(called));
  if (value && value.key) return T(value.key, { amount: large(value.values.amount) });
  if (typeof value === "number") return N(value);
  return name === "from" || name === "to" ? inShort(value) : value;
}

function sentence(key, values) {
  const said = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, told(name, value)]));
  if (said.from && said.to) {
    said.between = said.from === said.to ? said.from : T("why.between", { from: said.from, to: said.to });
  }
  return T(key, said);
}

function sayParting(parting) {
  if (!parting) return T("why.never_parts");
  const say = (kind, value) =>
    value === "" ? T("plans.never") : kind === "capacity" ? N(Number(value)) : inDay(value);
  const what = parting.what.slice(0, MOST_PARTING).map(({ kind, name, was, now }) =>
    T(`why.part_${kind}`, {
      name,
      first: FIRST,
      plan: why.plan,
      was: say(kind, was),
      now: say(kind, now),
    })
  );
  return T("why.parts", { month: inMonth(parting.month), what: what.join("; ") });
}

function sayDifference(difference) {
  if (difference === null) return T("why.no_cost");
  const way = difference > 0 ? "more" : difference < 0 ? "less" : "same";
  return T(`why.costs_${way}`, {
    first: FIRST,
    plan: why.plan,
    amount: large(Math.abs(difference)),
    unit: unit("bn KZT"),
  });
}

const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${large(Math.abs(value))}`;
const sumOf = (list) => list.reduce((sum, { amount }) => sum + amount, 0);

function reasonRow(kind, text, amount) {
  return h(
    "tr",
    kind ? { "data-kind": kind } : { class: "sum" },
    h("th", { scope: "row" }, kind ? T(`why.kind.${kind}`) : T("why.together")),
    cellOf(text),
    numberCell(h("span", { class: amount > 0 ? "bad" : "good" }, signed(amount))),
  );
}

function drawWhy() {
  const { parting, difference, reasons } = reasonOf();
  const few = reasons.slice(0, MOST_REASONS), smaller = reasons.slice(MOST_REASONS);
  $("parting").textContent = sayParting(parting);
  $("why-difference").textContent = sayDifference(difference);
  const kinds = [...new Set(reasons.map(({ kind }) => kind))].map((kind) => ({
    kind,
    amount: sumOf(reasons.filter((own) => own.kind === kind)),
  }));
  kinds.sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount));
  $("why-kinds").replaceChildren(
    ...kinds.map(({ kind, amount }) => h("li", null, `${T(`why.kind.${kind}`)}: ${signed(amount)}`)),
  );
  fillTable(
    "why-table",
    [
      column(T("why.kind")),
      column(T("why.sentence")),
      column(T("why.amount", { unit: unit("bn KZT") }), { class: "right" }),
    ],
    reasons.length
      ? [
        ...few.map(({ kind, key, values, amount }) => reasonRow(kind, sentence(key, values), amount)),
        smaller.length
          ? reasonRow("rest", T("why.smaller", { number: N(smaller.length) }), sumOf(smaller))
          : "",
        reasonRow("", "", difference),
      ]
      : [],
  );
}

function startWhy() {
  const others = PLANS.filter((name) => name in DATA.why);
  if (!others.length) return $("why").remove();
  why.plan = others[0];
  $("why-plan").replaceChildren(...others.map((name) => h("option", { value: name }, name)));
  $("why-plan").addEventListener("change", () => {
    why.plan = $("why-plan").value;
    drawWhy();
    drawDates();
  });
  on("look", drawWhy);
}

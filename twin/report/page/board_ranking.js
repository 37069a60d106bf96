// All variants side by side: the least costly first; once drawn futures were run, the best in most of them.
const rankOf = (file, metric) => {
  const band = bandsOf(file);
  return band && bands.plans.length > 1 ? band[metric] : null;
};

function ranked(files, metric) {
  const cost = (file) => (answerOf(file) ? answerOf(file).metrics[metric] ?? 0 : Infinity);
  return files.sort((a, b) => {
    const [one, other] = [rankOf(a, metric), rankOf(b, metric)];
    if (one && other) return other.best - one.best || one.regret_mean - other.regret_mean;
    return Boolean(other) - Boolean(one) || cost(a) - cost(b);
  });
}

const MOST_LOST = 5;
const RANKING = ["best", "spread", "regret_mean", "regret_max"];

function rankCell(name, own, metric) {
  const told = !own
    ? "–"
    : name === "best"
    ? percent(own.best)
    : name === "spread"
    ? T("board.range", { low: shown(own.p10, metric), high: shown(own.p90, metric) })
    : shown(own[name], metric);
  return h("td", { class: "right", "data-rank": name }, told);
}

// What some variant loses of service: the figures of a plan that are no money
function lostIn(files) {
  const answers = files.map(answerOf).filter(Boolean), first = answers[0];
  return Object.keys(first ? first.metrics : {}).filter((metric) =>
    (first.told[metric] || {}).better === "less" &&
    !String((first.told[metric] || {}).unit).startsWith("bn KZT") &&
    answers.some((own) => own.metrics[metric] > 0)
  ).slice(0, MOST_LOST);
}

function drawCompared() {
  const first = answerOf(PLANNED), [cost] = first ? Object.keys(first.metrics) : [];
  const files = ranked([PLANNED, ...desk.variants.keys()], cost);
  const ranking = files.some((file) => rankOf(file, cost)) ? RANKING : [];
  const metrics = [cost, ...lostIn(files)].filter(Boolean);
  fillTable(
    "compared-table",
    [
      column(T("board.variant")),
      column(T("board.first_short")),
      column(T("board.months_short"), { class: "right" }),
      metrics.map((metric) => column(`${named("metric", metric)} ${unitIn(metric)}`, { class: "right" })),
      ranking.map((name) =>
        column(T(`board.rank.${name}`), { class: "right", title: T(`board.rank.${name}_is`) })
      ),
    ],
    files.map((file) =>
      h(
        "tr",
        { "data-variant": file },
        h(
          "th",
          { scope: "row" },
          h("button", { class: "plain", onclick: () => show(file) }, labelOf(file)),
        ),
        cellOf(answerOf(file) ? firstShort(answerOf(file)) : T("board.not_asked")),
        numberCell(answerOf(file) ? N(monthsOf(answerOf(file))) : "–"),
        metrics.map((metric) =>
          numberCell(answerOf(file) ? shown(answerOf(file).metrics[metric], metric) : "–")
        ),
        ranking.map((name) => rankCell(name, rankOf(file, cost), cost)),
      )
    ),
  );
  drawRankedBy(ranking.length ? cost : "");
}

// Under how many futures they are ranked, and how far that is
function drawRankedBy(metric) {
  const told = bands.told || {}, busy = bands.asking && told.of;
  $("ranked-by").textContent = metric
    ? T("board.ranked_by", {
      count: N(told.of / bands.plans.length),
      metric: named("metric", metric).toLowerCase(),
    })
    : busy
    ? T("board.ranking", { done: N(told.done), of: N(told.of) })
    : "";
  $("rank-all").disabled = bands.asking || desk.variants.size === 0;
}

// Drawn futures: the same for all plans that are asked for; run in the background.
const bands = { plans: [], told: null, asking: false };
const signature = (file) => `${file} ${revisionOf(file)}`;
const bandsHold = () => bands.plans.every((own) => own.signature === signature(own.file));
const bandsOf = (file) => (bands.told && bands.told.bands && bandsHold() ? bands.told.bands[file] : null);

async function askFutures(files) {
  const asked = [...new Set(files)].filter((file) => !problemsOf(file).length);
  const plans = asked.map((file) => ({ file, signature: signature(file) }));
  Object.assign(bands, { plans, told: null, asking: true });
  drawBoard();
  try {
    while (bands.plans === plans && bandsHold()) {
      const { status, told } = await send("POST", "futures", { plans: asked });
      if (bands.plans !== plans) return;
      bands.told = status === 200 ? told : { reason: (told.problems || []).join("; ") };
      if (bands.told.bands || bands.told.reason) break;
      drawBands();
      drawCompared();
      await new Promise((after) => setTimeout(after, 1500));
    }
  } catch {
    lost();
  }
  bands.asking = false;
  drawBoard();
}

const rangeOf = (one, metric) =>
  T("board.range", { low: shown(one.p10, metric), high: shown(one.p90, metric) });

// A planned figure that no range holds needs a word: the plan is one future, and not the middle of them
function sayOutside(metrics, band) {
  const out = Object.keys(band).filter((name) => name in metrics && has(`metric.${name}`)).find((name) =>
    metrics[name] < band[name].p10 || metrics[name] > band[name].p90
  );
  if (!out) return "";
  const value = shown(metrics[out], out);
  return h(
    "p",
    { class: "quiet", id: "outside" },
    T("board.outside", { value, unit: unitIn(out), range: rangeOf(band[out], out) }),
  );
}

// How the first figure is spread over the futures, in the verdict
function sayBand(own) {
  const metric = Object.keys(own.metrics)[0], band = bandsOf(desk.file);
  if (!metric || !band || !band[metric]) return [];
  const others = bands.plans.length > 1;
  return [
    " ",
    h(
      "span",
      { id: "verdict-band" },
      T(others ? "board.band_best" : "board.band", {
        count: N(bands.told.of / bands.plans.length),
        range: rangeOf(band[metric], metric),
        unit: unitIn(metric),
        share: percent(band[metric].best),
      }),
    ),
  ];
}

function bandRow(metric, own, base) {
  return h(
    "tr",
    { "data-band": metric },
    h("th", { scope: "row" }, named("metric", metric), " ", h("span", { class: "quiet" }, unitIn(metric))),
    numberCell(rangeOf(own, metric)),
    base ? numberCell(rangeOf(base, metric)) : "",
    base ? numberCell(percent(own.best)) : "",
  );
}

function drawBands() {
  const own = bandsOf(desk.file), base = desk.base === desk.file ? null : bandsOf(desk.base);
  if (own) {
    const answer = answerOf(desk.file);
    return $("bands").replaceChildren(...bandTable(own, base), answer ? sayOutside(answer.metrics, own) : "");
  }
  const told = bandsHold() ? bands.told : null;
  $("bands").replaceChildren(
    h("p", { class: "quiet" }, T("board.one_future")),
    told && told.reason ? h("p", { class: "bad" }, told.reason) : "",
    bands.asking && told && told.of
      ? h("p", null, [
        h("progress", { max: told.of, value: told.done, "aria-label": T("board.ask_futures") }),
        ` ${T("board.ranking", { done: N(told.done), of: N(told.of) })}`,
      ])
      : h(
        "button",
        { id: "ask-futures", onclick: () => askFutures([desk.file, desk.base]) },
        T("board.ask_futures"),
      ),
  );
}

function bandTable(own, base) {
  const count = bands.plans.length;
  return [
    h("h3", null, T("board.futures", { count: N(bands.told.of / count) })),
    h(
      "table",
      { id: "bands-table" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          column(T("board.figure")),
          column(labelOf(desk.file), { class: "right" }),
          base ? column(labelOf(desk.base), { class: "right" }) : "",
          base ? column(T(count > 2 ? "board.rank.best" : "board.not_worse"), { class: "right" }) : "",
        ),
      ),
      h(
        "tbody",
        null,
        Object.keys(own).filter((name) => has(`metric.${name}`)).slice(0, 6).map((name) =>
          bandRow(name, own[name], base && base[name])
        ),
      ),
    ),
  ];
}

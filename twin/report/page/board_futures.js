// Other futures of what is shown and of its base: asked for by a button, run in the background.
const bands = { of: "", told: null, asking: false };
const pairOf = () => [desk.file, desk.base].map((file) => `${file} ${revisionOf(file)}`).join(" ");
const bandsNow = () => (bands.of === pairOf() ? bands.told : null);

async function askFutures() {
  bands.of = pairOf();
  bands.told = null;
  if (bands.asking) return;
  bands.asking = true;
  try {
    while (bands.of === pairOf()) {
      const { status, told } = await send("POST", "futures", { plans: [desk.file, desk.base] });
      if (bands.of !== pairOf()) break;
      bands.told = status === 200 ? told : { reason: (told.problems || []).join("; ") };
      drawBands();
      if (bands.told.bands || bands.told.reason) break;
      await new Promise((after) => setTimeout(after, 1500));
    }
  } catch {
    lost();
  } finally {
    bands.asking = false;
  }
}

function bandRow(metric, own, base) {
  const range = (one) => T("board.range", { low: shown(one.p10, metric), high: shown(one.p90, metric) });
  return h(
    "tr",
    { "data-band": metric },
    h("th", { scope: "row" }, named("metric", metric), " ", h("span", { class: "quiet" }, unitIn(metric))),
    numberCell(range(own)),
    base ? numberCell(range(base)) : "",
    base ? numberCell(percent(own.best)) : "",
  );
}

function drawBands() {
  const told = bandsNow(), two = desk.base !== desk.file;
  if (told && told.bands) {
    const own = told.bands[desk.file], base = two ? told.bands[desk.base] : null;
    return $("bands").replaceChildren(
      h("h3", null, T("board.futures", { count: N(told.of / (two ? 2 : 1)) })),
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
            two ? column(labelOf(desk.base), { class: "right" }) : "",
            two ? column(T("board.not_worse"), { class: "right" }) : "",
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
    );
  }
  $("bands").replaceChildren(
    h("p", { class: "quiet" }, T("board.one_future")),
    told && told.reason ? h("p", { class: "bad" }, told.reason) : "",
    told && told.of
      ? h("progress", { max: told.of, value: told.done, "aria-label": T("board.ask_futures") })
      : h("button", { id: "ask-futures", onclick: askFutures }, T("board.ask_futures")),
  );
}

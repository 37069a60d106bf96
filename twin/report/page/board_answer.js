// What the city answers, each as a change against a chosen base.
const MOST_MONEY = 12;
// the first is the second less the third
const MONEY = ["plan_cost_bn_kzt", "service_cost_bn_kzt", "npv_bn_kzt"];
const answerOf = (file) => {
  const kept = desk.answers.get(file);
  const own = desk.variants.get(file);
  return kept && (file === PLANNED || (own && !own.unwritten && kept.revision === own.revision))
    ? kept.answer
    : null;
};

const run = { file: null, key: "", share: 0, date: "", wanted: [] };

// After an edit that was written: the city is asked again, if it is asked as one goes; what it has answered
// before, in another tab or before a reload, is only read
function goesOn() {
  drawBoard();
  const before = [...desk.variants.values()].filter((own) => own.answered).map((own) => own.file);
  ask([...($("as-one-goes").checked ? [PLANNED, desk.base, desk.file] : []), ...before]);
}

// Ask for what has no answer yet, one after another; what runs and is not wanted any more is ended
async function ask(files) {
  run.wanted = [...new Set(files)].filter((file) => !answerOf(file) && !problemsOf(file).length);
  if (run.file !== null) {
    if (!run.wanted.includes(run.file) || run.revision !== revisionOf(run.file)) await end();
    return;
  }
  while (run.wanted.length) {
    const file = run.wanted.shift();
    if (!answerOf(file) && !(await asked(file))) return;
  }
}

const revisionOf = (file) => (desk.variants.get(file) || {}).revision || "";
const problemsOf = (file) => (desk.variants.get(file) || {}).problems || [];

async function end() {
  if (run.key) await send("DELETE", `answers/${run.key}`, {}).catch(lost);
}

async function asked(file) {
  Object.assign(run, { file, key: "", share: 0, date: "", revision: revisionOf(file) });
  drawAsking();
  try {
    const { status, told } = await send("POST", "answers", { variant: file });
    if (status !== 202) complain(told.problems || []);
    else await follow(file, told.key);
    return true;
  } catch {
    lost();
    return false;
  } finally {
    run.file = null;
    drawBoard();
  }
}

async function follow(file, key) {
  run.key = key;
  while (true) {
    const { told } = await send("GET", `answers/${key}`);
    if (told.state === "done") {
      desk.answers.set(file, { revision: run.revision, answer: told.answer });
      return back();
    }
    if (told.state === "failed") return complain([told.reason]);
    if (told.state !== "running") {
      // it was ended because it changed meanwhile
      if (run.revision !== revisionOf(file)) run.wanted.push(file);
      return;
    }
    Object.assign(run, { share: told.share, date: told.date });
    drawAsking();
  }
}

function drawAsking() {
  const busy = run.file !== null;
  $("asking").replaceChildren(
    ...(busy
      ? [
        h("progress", { max: 1, value: run.share, "aria-label": labelOf(run.file) }),
        ` ${
          T("board.asking", {
            name: labelOf(run.file),
            date: run.date ? inMonth(run.date) : T("serve.opening"),
          })
        } `,
        h("button", {
          onclick: () => {
            run.wanted = [];
            end();
          },
        }, T("board.stop")),
      ]
      : []),
  );
}

// A plan's money is told to a tenth: what a change saves is a small part of it
const ofMoney = (metric) => (aboutOf(metric).unit === "bn KZT" ? 1 : undefined);
const shown = (value, metric) =>
  value === undefined
    ? "–"
    : large(value, aboutOf(metric).decimals ?? (Math.abs(value) >= 100 ? ofMoney(metric) : undefined));
const aboutOf = (metric) => {
  const answer = answerOf(desk.file) || answerOf(PLANNED);
  return (answer && answer.told[metric]) || {};
};

// A change as it is printed: where both read the same there is none
function changed(before, after, metric) {
  if (before === undefined || after === undefined) return "";
  if (shown(before, metric) === shown(after, metric)) return h("span", { class: "quiet" }, T("board.same"));
  const by = after - before, good = (by < 0) === (aboutOf(metric).better === "less");
  return h("span", { class: good ? "good" : "bad" }, `${by > 0 ? "+" : "−"}${shown(Math.abs(by), metric)}`);
}

const firstOf = (answer) => answer.breaches[0];
const verdictOf = (answer) =>
  firstOf(answer)
    ? T("board.first", { what: firstOf(answer).capacity, month: inMonth(firstOf(answer).month) })
    : T("board.none_short");

// The verdict beside that of the base: what is still so is said so
function verdictBeside(own, base) {
  const first = firstOf(own);
  if (!base || base === own || !first || verdictOf(own) !== verdictOf(base)) return verdictOf(own);
  const months = (answer) => answer.headroom.find((row) => row.capacity === first.capacity).short.length;
  const [now, before] = [months(own), months(base)];
  const values = { what: first.capacity, month: inMonth(first.month), now: N(now), before: N(before) };
  return T(
    now === before ? "board.first_still" : now < before ? "board.first_less" : "board.first_more",
    values,
  );
}

function drawVerdict() {
  const own = answerOf(desk.file), base = answerOf(desk.base);
  const problems = problemsOf(desk.file), told = (current() || {}).told || [];
  $("headline").textContent = own
    ? verdictBeside(own, base)
    : T(problems.length ? "board.wrong" : "board.provisional");
  $("problems").replaceChildren(
    ...problems.map((line) => h("li", { class: "bad" }, line)),
    ...told.map((line) => h("li", null, h("span", { class: "mark" }, line))),
  );
  $("first-why").textContent = own ? sayFirst(own) : "";
  $("change").replaceChildren();
  if (!own) return problems.length ? undefined : sayProvisional(base);
  if (own.status !== "complete") $("change").append(h("span", { class: "bad" }, own.reason), " ");
  if (!base || desk.base === desk.file) return $("change").append(...sayBand(own));
  $("change").append(
    verdictOf(own) === verdictOf(base)
      ? ""
      : `${T("board.against_base", { base: labelOf(desk.base), verdict: verdictOf(base) })} `,
    ...sayMonths(own, base),
    ...newlyShort(own, base),
    ...sayCost(own, base),
    sayUnbuilt(own, base),
    ...sayBand(own),
  );
}

const monthsOf = (answer) => answer.headroom.reduce((sum, row) => sum + row.short.length, 0);
const firstShort = (answer) =>
  firstOf(answer) ? `${firstOf(answer).capacity}, ${inShort(firstOf(answer).month)}` : T("board.none_short");

// How many more months are short, over all capacities
function sayMonths(own, base) {
  const by = monthsOf(own) - monthsOf(base);
  return [
    h(
      "span",
      { class: by < 0 ? "good" : by > 0 ? "bad" : "quiet", id: "months-change" },
      by ? T(by < 0 ? "board.fewer" : "board.more", { months: N(Math.abs(by)) }) : T("board.as_many"),
    ),
    " ",
  ];
}

// Capacities that fall short and did not in the base, and those that no longer do
function newlyShort(own, base) {
  const names = (answer) => answer.headroom.filter((row) => row.short.length).map((row) => row.capacity);
  const now = names(own), before = names(base);
  const [worse, better] = [[now, before], [before, now]].map(([some, others]) =>
    some.filter((name) => !others.includes(name))
  );
  return [
    worse.length ? h("span", { class: "bad" }, T("board.newly", { list: listed(worse) }), " ") : "",
    better.length ? h("span", { class: "good" }, T("board.no_longer", { list: listed(better) }), " ") : "",
  ];
}

// Sites that the base builds and this does not: it may cost less for that alone
function sayUnbuilt(own, base) {
  const built = new Set(own.sites.filter((row) => row.commissioned).map((row) => row.site));
  const gone = base.sites.filter((row) => row.commissioned && !built.has(row.site)).map((row) => row.site);
  if (!gone.length) return "";
  return h(
    "span",
    { id: "unbuilt" },
    " ",
    T("board.unbuilt", { base: labelOf(desk.base), list: listed(gone) }),
  );
}

// The first figure by which plans are told apart
function sayCost(own, base) {
  const metric = Object.keys(own.metrics)[0];
  if (!metric || base.metrics[metric] === undefined) return [];
  return [
    `${named("metric", metric)}: `,
    changed(base.metrics[metric], own.metrics[metric], metric),
    shown(base.metrics[metric], metric) === shown(own.metrics[metric], metric) ? "" : ` ${unitIn(metric)}`,
    ".",
  ];
}

function drawQueue() {
  const own = answerOf(desk.file), base = answerOf(desk.base);
  if (!own) return $("queue-answer").replaceChildren();
  const longest = own.queue.longest.map((row) =>
    T("board.waited", { name: row.name, months: N(row.months) })
  );
  $("queue-answer").replaceChildren(
    h(
      "p",
      { id: "queue-waited" },
      T("board.wait", { number: N(own.queue.waited) }),
      byMore(base ? own.queue.waited - base.queue.waited : 0),
    ),
    longest.length ? h("p", { class: "quiet" }, T("board.longest", { list: listed(longest) })) : "",
    own.queue.unconnected.length
      ? h("p", { class: "bad" }, T("board.unconnected", { list: listed(own.queue.unconnected) }))
      : "",
  );
}

function drawMoney() {
  const own = answerOf(desk.file) || provisionalOf(desk.file);
  const base = answerOf(desk.base) || provisionalOf(desk.base);
  $("money-mark").hidden = !own || !own.provisional;
  drawYears(own, base);
  $("money-help").hidden = !own || !MONEY.every((metric) => metric in own.metrics);
  if (!own) return $("money-table").replaceChildren();
  const metrics = Object.keys(own.metrics).slice(0, MOST_MONEY);
  const compared = base && desk.base !== desk.file;
  fillTable(
    "money-table",
    [
      column(T("board.figure")),
      column(labelOf(desk.file), { class: "right", title: labelOf(desk.file) }),
      compared ? column(labelOf(desk.base), { class: "right", title: labelOf(desk.base) }) : "",
      compared ? column(T("board.change"), { class: "right" }) : "",
    ],
    metrics.map((metric) =>
      h(
        "tr",
        { "data-metric": metric },
        h(
          "th",
          { scope: "row" },
          named("metric", metric),
          " ",
          h("span", { class: "quiet" }, unitIn(metric)),
        ),
        numberCell(shown(own.metrics[metric], metric)),
        compared ? numberCell(shown(base.metrics[metric], metric)) : "",
        compared ? numberCell(changed(base.metrics[metric], own.metrics[metric], metric)) : "",
      )
    ),
  );
}

const unitIn = (metric) => (aboutOf(metric).unit ? unit(aboutOf(metric).unit) : "");

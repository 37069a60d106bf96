// What utilities looked at beside the run: tables of their own, for the chosen month.
const studyId = (own) => `study-${own.name}`;

function studyHead(own) {
  return own.columns.map(({ name, meaning, text }) =>
    column(named("column", name), { title: meaning, class: text ? null : "right" })
  );
}

function studyRow(own, cells) {
  const [first, ...rest] = cells;
  return h(
    "tr",
    null,
    h("th", { scope: "row" }, typeof first === "number" ? N(first) : first),
    rest.map((cell) => (typeof cell === "number" ? numberCell(N(cell)) : cellOf(cell ?? "–"))),
  );
}

function readStudies() {
  DATA.studies.forEach((own) => {
    const at = own.monthly ? state.month : 0;
    const rows = own.months[at];
    $(`${studyId(own)}-said`).textContent = rows.length
      ? own.left_out[at] ? T("studies.left_out", { shown: N(rows.length), more: N(own.left_out[at]) }) : ""
      : T("studies.none");
    fillTable(studyId(own), studyHead(own), rows.map((cells) => studyRow(own, cells)));
  });
}

function drawStudies() {
  $("studies-tables").replaceChildren(
    ...DATA.studies.map((own) =>
      h(
        "div",
        null,
        h("h3", null, named("table", own.name)),
        h("p", { class: "quiet" }, own.meaning),
        h("p", { class: "quiet", id: `${studyId(own)}-said` }),
        h(
          "div",
          { class: "scroll", tabindex: 0, role: "group", "aria-label": named("table", own.name) },
          h("table", { id: studyId(own) }),
        ),
      )
    ),
  );
  readStudies();
}

function startStudies() {
  if (!DATA.studies.length) return $("studies").remove();
  on("look", drawStudies);
  on("month", readStudies);
}

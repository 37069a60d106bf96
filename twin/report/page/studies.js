// Tables as they are, for the chosen month: utilities' own, and those of every run that have a section.
const studyId = (own) => `study-${own.name}`;
const studySections = () => [...DATA.sections, "studies"];

function studyHead(own) {
  return own.columns.map(({ name, meaning, text }) =>
    column(named("column", has(`column.${own.name}.${name}`) ? `${own.name}.${name}` : name), {
      title: meaning,
      class: text ? null : "right",
    })
  );
}

// what a column's text is the name of; what is lost has its unit in its name
function studyText(name, text) {
  if (name === "network" || name === "utility") return named("network", text);
  if (name === "unit") return text === "1" ? "" : unit(text);
  if (name === "quantity" && has(`lost.${text}`)) {
    return T(`lost.${text}`, { amount: "" }).replace(/\s+/g, " ").trim();
  }
  return ["quantity", "kind", "day"].includes(name) && text ? named(name, text) : text;
}

function studyCell(name, cell) {
  return typeof cell === "number" ? N(cell) : studyText(name, cell ?? "–");
}

function studyRow(own, cells) {
  const [first, ...rest] = cells.map((cell, i) => studyCell(own.columns[i].name, cell));
  return h(
    "tr",
    null,
    h("th", { scope: "row" }, first),
    rest.map((text, i) => (typeof cells[i + 1] === "number" ? numberCell(text) : cellOf(text))),
  );
}

function readStudies() {
  DATA.studies.forEach((own) => {
    const at = own.at[state.month];
    const rows = own.periods[at];
    $(`${studyId(own)}-said`).textContent = rows.length
      ? own.left_out[at] ? T("studies.left_out", { shown: N(rows.length), more: N(own.left_out[at]) }) : ""
      : T("studies.none");
    fillTable(studyId(own), studyHead(own), rows.map((cells) => studyRow(own, cells)));
  });
}

function studyTable(own) {
  const alone = own.section === own.name;
  const title = alone ? T(`${own.name}.title`) : named("table", own.name);
  return h(
    "div",
    null,
    alone ? "" : [h("h3", null, title), h("p", { class: "quiet" }, own.meaning)],
    h("p", { class: "quiet", id: `${studyId(own)}-said` }),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": title },
      h("table", { id: studyId(own) }),
    ),
  );
}

function drawStudies() {
  studySections().filter((id) => $(id)).forEach((id) => {
    const own = DATA.studies.filter((table) => table.section === id);
    $(`${id}-tables`).replaceChildren(...own.map(studyTable));
  });
  readStudies();
}

function startStudies() {
  const there = new Set(DATA.studies.map((own) => own.section));
  studySections().filter((id) => !there.has(id)).forEach((id) => $(id).remove());
  if (!there.size) return;
  on("look", drawStudies);
  on("month", readStudies);
}

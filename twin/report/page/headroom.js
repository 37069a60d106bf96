// Headroom of each capacity by year as a grid of buttons in a table:
// the number stands in the cell, the colour repeats it.
const YEARS = [...new Set(MONTHS.map((month) => month.slice(0, 4)))];
const WAYS = ["firm", "intact", "committed"];
const FEW = 8;
let way = "firm", openCapacity = "", allRows = false;

// the month of the year with the least headroom over what can be relied on
function worstOf(row, year) {
  let found = null;
  MONTHS.forEach((month, i) => {
    if (!month.startsWith(year) || row[way][i] === null || !row.capacity[i]) return;
    const share = row[way][i] / row.capacity[i];
    if (!found || share < found.share) found = { share, month: i, value: row[way][i] };
  });
  return found;
}

const lookOf = (
  share,
) => (share >= 0.5 ? "k0" : share >= 0.2 ? "k1" : share >= 0 ? "k2" : share >= -0.2 ? "k3" : "k4");

function headroomRows() {
  const breached = new Map();
  DATA.breaches.forEach((breach) => {
    if (!breached.has(breach.capacity)) breached.set(breach.capacity, breach.month);
  });
  const rows = [...DATA.headroom.rows].sort((a, b) =>
    (breached.get(a.name) || "9").localeCompare(breached.get(b.name) || "9") || a.name.localeCompare(b.name)
  );
  const every = allRows || document.documentElement.dataset.paper;
  return every || rows.length <= FEW + 5 ? rows : rows.slice(0, Math.max(FEW, breached.size));
}

function cell(row, year, first) {
  const found = worstOf(row, year);
  if (!found) {
    return h("td", { class: "absent", "data-year": year }, h("span", { class: "sr" }, T("headroom.absent")));
  }
  const label = T("headroom.cell", {
    name: row.name,
    month: inShort(MONTHS[found.month]),
    value: N(found.value),
    unit: unit(row.unit),
    share: percent(found.share),
  });
  return h(
    "td",
    { "data-year": year },
    h("button", {
      class: `cell ${lookOf(found.share)}`,
      tabindex: first ? 0 : -1,
      title: label,
      "aria-label": label,
      onclick: () => {
        setMonth(found.month);
        showCapacity(row.name);
      },
    }, percent(found.share)),
  );
}

function drawHeadroom() {
  const rows = headroomRows();
  let first = true;
  const body = rows.map((row) =>
    h(
      "tr",
      null,
      h(
        "th",
        { scope: "row" },
        h("button", { class: "plain", onclick: () => showCapacity(row.name) }, row.name),
        " ",
        h("span", { class: "quiet" }, kindOf(row.name, row.kind)),
        row.site && !row.name.includes(row.site)
          ? h("span", { class: "quiet" }, ` ${T("headroom.by_site", { site: row.site })}`)
          : "",
      ),
      YEARS.map((year) => {
        const own = cell(row, year, first);
        first = first && !own.querySelector("button");
        return own;
      }),
    )
  );
  $("headroom-grid").replaceChildren(
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "col" }, T("headroom.capacity")),
        YEARS.map((year) => h("th", { scope: "col", "data-year": year }, year)),
      ),
    ),
    h("tbody", null, body),
  );
  const hidden = DATA.headroom.rows.length - rows.length;
  $("headroom-more").hidden = !hidden;
  $("headroom-more").textContent = T("headroom.more", { count: N(hidden) });
  markYear();
}

function markYear() {
  const year = MONTHS[state.month].slice(0, 4);
  $("headroom-grid").querySelectorAll("[data-year]").forEach((own) =>
    own.classList.toggle("now", own.dataset.year === year)
  );
}

function moveInGrid(event) {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  const at = event.target.closest("td");
  if (!step || !at) return;
  event.preventDefault();
  let row = at.parentElement, column = at.cellIndex, next = null;
  while (!next) {
    row = step[0] > 0 ? row.nextElementSibling : step[0] < 0 ? row.previousElementSibling : row;
    column += step[1];
    if (!row || column < 1 || column >= row.cells.length) return;
    next = row.cells[column].querySelector("button");
  }
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function showCapacity(name, block) {
  openCapacity = name;
  drawCapacity();
  $("capacity").scrollIntoView({ block: block || "nearest" });
}

function drawCapacity() {
  const parent = $("capacity"), row = DATA.headroom.rows.find((own) => own.name === openCapacity);
  forget(parent);
  parent.hidden = !row;
  if (!row) return;
  parent.replaceChildren(
    h("h3", null, row.name),
    h(
      "p",
      { class: "quiet" },
      row.outage ? T("headroom.outage", { asset: short(row.outage) }) : T("headroom.no_outage"),
    ),
    A && A.members[row.name]
      ? h("button", {
        class: "chip",
        onclick: () => {
          openMember(row.name);
          $("map-view").scrollIntoView();
        },
      }, T("headroom.on_map"))
      : "",
    chart({
      height: 260,
      label: T("headroom.chart_label", { name: row.name }),
      build: () => ({
        traces: [
          {
            ...line(T("headroom.line_firm"), row.capacity, colour("series3"), { shape: "hv", width: 2.5 }),
            fill: "tozeroy",
            fillcolor: colour("wash"),
          },
          line(T("headroom.line_peak"), row.peak, colour("series2")),
          line(
            T("headroom.line_committed"),
            row.capacity.map((
              v,
              i,
            ) => (v === null || row.committed[i] === null ? null : v - row.committed[i])),
            colour("series5"),
            { dash: "dot", width: 1.5 },
          ),
        ],
        layout: { yaxis: yTitle(unit(row.unit)) },
      }),
    }),
  );
}

function startHeadroom() {
  if (!DATA.headroom.rows.length) return $("headroom").remove();
  const choose = WAYS.map((name) =>
    h(
      "label",
      { class: "choice" },
      h("input", {
        type: "radio",
        name: "way",
        value: name,
        checked: name === way,
        onchange: () => {
          way = name;
          drawHeadroom();
          $("way-explain").replaceChildren(...rich(`headroom.${way}_explain`).filter(Boolean));
        },
      }),
      h("span", { "data-word": `headroom.${name}` }),
    )
  );
  $("ways").append(...choose);
  $("headroom-grid").addEventListener("keydown", moveInGrid);
  $("headroom-more").addEventListener("click", () => {
    allRows = true;
    drawHeadroom();
  });
  on("look", () => {
    drawHeadroom();
    drawCapacity();
    $("way-explain").replaceChildren(...rich(`headroom.${way}_explain`).filter(Boolean));
  });
  on("month", markYear);
}

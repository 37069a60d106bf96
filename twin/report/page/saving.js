// Figures and tables as files: pictures of charts and tables as CSV are made by the page itself, also without
// a server; what only the server can make is offered where there is one.
const PICTURE = { width: 1000, scale: 2 };
const nameOf = (label, ending) =>
  `${label.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "table"}.${ending}`;

function hand(name, address) {
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

async function savePicture(own, format) {
  library();
  const { traces, layout } = own.build();
  const figure = {
    data: traces,
    layout: { ...layoutOf(own, layout), paper_bgcolor: colour("card"), plot_bgcolor: colour("card") },
  };
  const size = { width: PICTURE.width, height: own.height, scale: format === "png" ? PICTURE.scale : 1 };
  const address = await Plotly.toImage(figure, { format, ...size });
  hand(nameOf(own.holder.getAttribute("aria-label"), format), address);
}

// A cell that no spreadsheet runs as a formula
function asCell(text) {
  const told = text.replace(/\s+/g, " ").trim();
  const safe = /^[=+\-@]/.test(told) && !Number.isFinite(Number(told)) ? `'${told}` : told;
  return `"${safe.replaceAll('"', '""')}"`;
}

function saveTable(table, label) {
  const rows = [...table.rows].map((row) => [...row.cells].map((own) => asCell(own.textContent)).join(","));
  const address = URL.createObjectURL(new Blob(["\ufeff", rows.join("\r\n")], { type: "text/csv" }));
  hand(nameOf(label, "csv"), address);
  URL.revokeObjectURL(address);
}

const saver = (label, ending, act) =>
  h("button", { "aria-label": `${label}: ${ending}`, onclick: act }, ending);

function drawFiles() {
  const figures = [...charts].map((own) => {
    const label = own.holder.getAttribute("aria-label");
    const buttons = ["svg", "png"].map((format) =>
      saver(label, format.toUpperCase(), () => savePicture(own, format))
    );
    return h("li", { "data-figure": label }, buttons, ` ${label}`);
  });
  const tables = [...document.querySelectorAll("main .scroll > table")].filter((own) => own.rows.length > 1);
  const rows = tables.map((table) => {
    const label = table.parentElement.getAttribute("aria-label");
    return h(
      "li",
      { "data-table": table.id },
      saver(label, "CSV", () => saveTable(table, label)),
      ` ${label}`,
    );
  });
  $("files-list").replaceChildren(...figures, ...rows);
}

// What the server that shows this page can make of the whole
function drawServed() {
  const names = (document.documentElement.dataset.files || "").split(" ").filter(Boolean);
  const address = location.pathname.replace("/page/", "/files/");
  $("files-served").replaceChildren(...names.map((name) => fileLink(address, name)));
}

const fileLink = (address, name) =>
  h(
    "a",
    { class: "file", href: `${address}?as=${name}`, download: name },
    T(`files.${name.replace(".", "_")}`),
  );

function startFiles() {
  const fold = $("files").querySelector("details");
  const draw = () => {
    if (fold.open) drawFiles();
    drawServed();
  };
  fold.addEventListener("toggle", draw);
  on("look", draw);
}

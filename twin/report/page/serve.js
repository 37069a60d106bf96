// The list of results, kept up to date; runs under way with their progress.
let lastShelf = "";

function drawShelf() {
  const chosen = new Set([...document.querySelectorAll("#shelf input:checked")].map((own) => own.value));
  const link = (own) =>
    h("a", { href: `page/${own.path.split("/").map(encodeURIComponent).join("/")}` }, own.path);
  const said = (own) =>
    own.kind !== "run"
      ? (own.status === "complete" ? "" : own.status)
      : own.status === "unsolved"
      ? T("serve.early")
      : own.status !== "complete"
      ? own.status
      : own.first
      ? T("serve.first", { what: own.first.capacity, month: inMonth(own.first.month) })
      : T("serve.nothing_short");
  $("shelf").replaceChildren(
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["serve.choose", "serve.folder", "serve.kind", "serve.name", "serve.says", "serve.changed"].map((
          key,
        ) => h("th", { scope: "col" }, T(key))),
      ),
    ),
    h(
      "tbody",
      null,
      DATA.shelf.map((own) =>
        h(
          "tr",
          null,
          h(
            "td",
            null,
            own.kind === "run"
              ? h("input", {
                type: "checkbox",
                name: "run",
                value: own.path,
                checked: chosen.has(own.path),
                "aria-label": T("serve.choose_one", { name: own.path }),
                onchange: allow,
              })
              : "",
          ),
          h("th", { scope: "row" }, link(own)),
          h("td", null, T(`serve.${own.kind}`)),
          h("td", null, own.name),
          h("td", null, said(own)),
          h("td", { class: "quiet" }, inDay(new Date(own.changed * 1000).toISOString().slice(0, 10))),
        )
      ),
    ),
  );
  allow();
}

function allow() {
  $("compare").disabled = document.querySelectorAll("#shelf input:checked").length < 2;
}

function drawRunning() {
  $("running").hidden = !DATA.running.length;
  $("running-list").replaceChildren(
    ...DATA.running.map((own) =>
      h(
        "div",
        { class: "running" },
        h("strong", null, own.name),
        ` · ${own.date ? inMonth(own.date) : T("serve.opening")} · ${percent(own.share)} `,
        h("progress", { max: 1, value: own.share, "aria-label": own.name }),
        h("ul", { class: "quiet" }, (own.news || []).slice(-6).reverse().map((text) => h("li", null, text))),
      )
    ),
  );
}

async function ask() {
  try {
    Object.assign(DATA, await (await fetch("news.json")).json());
    drawRunning();
    const shelf = JSON.stringify(DATA.shelf);
    if (shelf !== lastShelf) {
      lastShelf = shelf;
      drawShelf();
    }
    $("banner").hidden = true;
  } catch {
    $("banner").hidden = false;
    $("banner").textContent = T("serve.gone");
  }
  setTimeout(ask, DATA.running.length ? 1000 : 4000);
}

startLook();
on("look", drawShelf);
on("look", drawRunning);
tell("look");
lastShelf = JSON.stringify(DATA.shelf);
setTimeout(ask, 1000);
finish();

// The board opens: what was shown before a reload is shown again, what was not written yet is written.
function show(file) {
  choose(file);
  goesOn();
}

function startNames() {
  $("variant").addEventListener("change", () => show($("variant").value));
  $("base").addEventListener("change", () => {
    desk.base = $("base").value;
    show(desk.file);
  });
  for (const [id, key] of [["variant-name", "name"], ["variant-note", "note"]]) {
    $(id).addEventListener("change", () => {
      const value = $(id).value.trim();
      if (key === "name" && !value) return drawNames();
      edit((content) => (content[key] = value));
    });
  }
  $("copy").addEventListener("click", () => {
    const content = contentOf(desk.file), name = T("board.copy_of", { name: labelOf(desk.file) });
    create({ ...content, name }, desk.file);
  });
  $("remove").addEventListener("click", remove);
  $("undo").addEventListener("click", () => step("done", "undone"));
  $("redo").addEventListener("click", () => step("undone", "done"));
  $("run").addEventListener("click", () => ask([PLANNED, desk.base, desk.file]));
  $("rank-all").addEventListener("click", () => askFutures([PLANNED, ...desk.variants.keys()]));
  $("run-all").addEventListener("click", () => ask([PLANNED, ...desk.variants.keys()]));
}

function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const key = event.key.toLowerCase();
    if (key === "z" || key === "y") {
      event.preventDefault();
      key === "y" || event.shiftKey ? step("undone", "done") : step("done", "undone");
    }
  });
  $("other").addEventListener("submit", (event) => {
    event.preventDefault();
    const key = $("other-key").value.trim();
    if (!(key in BOARD.keys) && !key.includes(".")) return say(T("board.no_key", { key }));
    say("");
    setKey(key, typed($("other-value").value));
    $("other-value").value = "";
  });
  $("other-key").addEventListener("change", () => {
    const key = $("other-key").value.trim();
    if (key in BOARD.keys) $("other-value").value = String(BOARD.keys[key]);
  });
  $("keys").replaceChildren(
    ...Object.entries(BOARD.keys).map(([key, value]) =>
      h("option", { value: key, label: `${key} = ${value}` })
    ),
  );
  $("keep-order").addEventListener("submit", keepOrder);
  globalThis.addEventListener("focus", refresh);
}

function startBoard() {
  BOARD.variants.forEach((own) => desk.variants.set(own.file, own));
  const before = remembered("shown");
  if (before && (before.file === PLANNED || desk.variants.has(before.file))) desk.file = before.file;
  if (before && (before.base === PLANNED || desk.variants.has(before.base))) desk.base = before.base;
  for (const [file, draft] of Object.entries(drafts())) {
    const own = desk.variants.get(file);
    if (own) Object.assign(own, { content: draft.content, unwritten: true });
    write(file);
  }
  startNames();
  startKeys();
  drawings.push(drawVerdict, drawAsking, drawNames, drawSettings, drawCalendar, drawCapacities, drawQueue);
  drawings.push(drawMoney, drawBands, drawCompared, drawKeep, drawPlace, drawAnswerFiles);
  startPlace();
  on("look", drawBoard);
}

startLook();
startBoard();
tell("look");
finish();
goesOn();

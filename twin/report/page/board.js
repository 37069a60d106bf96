// The board's variants: what is edited, its history, and keeping it. Nothing is lost by a reload, a lost
// connection or a server that is killed: an edit stands in the browser until the server has written it.
const BOARD = DATA.board;
const PLANNED = "";
const desk = {
  file: PLANNED,
  base: PLANNED,
  variants: new Map(),
  answers: new Map(),
  saving: null,
  gone: false,
};
const KEPT = `twin board ${BOARD.digest}`;
const drawings = [];

const blank = () => ({ name: "", note: "", parent: "", sites: {}, order: [], set: {} });
const current = () => desk.variants.get(desk.file);
const contentOf = (file) => ({ ...blank(), ...(desk.variants.get(file) || {}).content });
const labelOf = (file) => (file === PLANNED ? T("board.planned") : contentOf(file).name || file);
const drawBoard = () => drawings.forEach((draw) => draw());

async function send(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return {
    status: answer.status,
    told: answer.status < 500 || answer.status === 507 ? await answer.json() : {},
  };
}

function remembered(name) {
  try {
    return JSON.parse(sessionStorage.getItem(`${KEPT} ${name}`));
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    sessionStorage.setItem(`${KEPT} ${name}`, JSON.stringify(value));
  } catch {
    // a full or closed store only forgets the history
  }
}

const historyOf = (file) => remembered(`history ${file}`) || { done: [], undone: [] };

// What the server has not written yet, by file; it outlives the tab.
function drafts(change) {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEPT)) || {};
    if (change) {
      change(kept);
      localStorage.setItem(KEPT, JSON.stringify(kept));
    }
  } catch {
    // without a store an edit lives as long as its tab
  }
  return kept;
}

// Change the variant that is shown; as planned, a new one is made for it
async function edit(change) {
  const content = structuredClone(contentOf(desk.file));
  change(content);
  if (desk.file === PLANNED) {
    content.name = T("board.new_name", { number: desk.variants.size + 1 });
    return await create(content, PLANNED);
  }
  const past = historyOf(desk.file);
  past.done.push(contentOf(desk.file));
  remember(`history ${desk.file}`, { done: past.done.slice(-100), undone: [] });
  await put(desk.file, content);
}

async function create(content, parent) {
  try {
    const { status, told } = await send("POST", "variants", { content: { ...content, parent } });
    if (status !== 200) return complain(told.problems || []);
    take(told.variant);
    choose(told.variant.file);
    remember(`history ${desk.file}`, { done: [contentOf(parent)], undone: [] });
    goesOn();
  } catch {
    lost();
  }
}

// The file of the variant that is shown is removed; what it said can be put back, as a new one
async function remove() {
  const { file } = desk, content = contentOf(file), name = labelOf(file);
  try {
    const { status, told } = await send("DELETE", `variants/${file}`, { revision: current().revision });
    if (status === 409) return told.variant ? take(told.variant) : forget(file);
    if (status !== 200) return complain(told.problems || []);
    forget(file);
    goesOn();
  } catch {
    return lost();
  }
  const putBack = () => {
    say("");
    create(content, content.parent);
  };
  const button = h("button", { type: "button", id: "put-back", onclick: putBack }, T("board.put_back"));
  say(T("board.removed", { name }), " ", button);
}

function forget(file) {
  desk.variants.delete(file);
  if (desk.base === file) desk.base = PLANNED;
  choose(desk.file === file ? PLANNED : desk.file);
}

// Undo and redo: what is taken from one pile is put on the other
async function step(from, to) {
  const past = historyOf(desk.file);
  if (!past[from].length) return;
  const content = past[from].pop();
  past[to].push(contentOf(desk.file));
  remember(`history ${desk.file}`, past);
  await put(desk.file, { ...content, name: content.name || contentOf(desk.file).name });
}

async function put(file, content) {
  const own = desk.variants.get(file);
  own.content = content;
  own.unwritten = true; // what the city has answered is of what was before
  const { revision } = own;
  drafts((kept) => {
    kept[file] = { content, revision: kept[file] ? kept[file].revision : revision };
  });
  drawBoard();
  await write(file);
}

// One write at a time; what was edited meanwhile follows
async function write(file) {
  if (desk.saving) return;
  const draft = drafts()[file];
  if (!draft) return;
  desk.saving = file;
  try {
    const { status, told } = await send("PUT", `variants/${file}`, draft);
    desk.saving = null;
    if (status === 409) return conflict(file, draft, told.variant);
    if (status !== 200) return complain(told.problems || []);
    settled(file, draft, told.variant);
  } catch {
    desk.saving = null;
    lost();
  }
}

function settled(file, draft, variant) {
  const now = drafts()[file];
  if (now && JSON.stringify(now.content) !== JSON.stringify(draft.content)) {
    drafts((kept) => (kept[file].revision = variant.revision));
    take({ ...variant, content: now.content, unwritten: true });
    return write(file);
  }
  drafts((kept) => delete kept[file]);
  take(variant);
  back();
  goesOn();
}

// Another tab has written it: what is there is shown, what was edited here becomes a copy
async function conflict(file, draft, variant) {
  drafts((kept) => delete kept[file]);
  if (variant) take(variant);
  const copy = { ...draft.content, name: T("board.copy_of", { name: draft.content.name }) };
  await create(copy, file);
  say(T("board.conflict", { name: labelOf(file) }));
}

function take(variant) {
  desk.variants.set(variant.file, variant);
  drawBoard();
}

function choose(file) {
  desk.file = file;
  remember("shown", { file, base: desk.base });
  drawBoard();
}

function complain(problems) {
  const own = current();
  if (own) own.problems = problems;
  else say(problems.join("; "));
  drawBoard();
}

function say(text, ...beside) {
  $("banner").hidden = !text;
  $("banner").replaceChildren(text || "", ...beside);
}

function lost() {
  say(T("board.lost"));
  if (desk.gone) return;
  desk.gone = true;
  setTimeout(tryAgain, 2000);
}

function back() {
  if (desk.gone) say("");
  desk.gone = false;
}

async function tryAgain() {
  desk.gone = false;
  const waiting = Object.keys(drafts());
  if (waiting.length) return waiting.forEach((file) => write(file));
  try {
    await send("GET", "state.json");
    say("");
    goesOn();
  } catch {
    lost();
  }
}

// What another tab has written is seen when this one is looked at again
async function refresh() {
  try {
    const { told } = await send("GET", "state.json");
    const waiting = drafts();
    for (const variant of told.variants) {
      const own = desk.variants.get(variant.file);
      if (!(variant.file in waiting) && (!own || own.revision !== variant.revision)) take(variant);
    }
    const there = new Set(told.variants.map((variant) => variant.file));
    [...desk.variants.keys()].filter((file) => !there.has(file) && !(file in waiting)).forEach(forget);
  } catch {
    lost();
  }
}

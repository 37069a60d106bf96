// On paper everything is in sight, as wide as the sheet and dark on white: views are drawn anew at that
// width before it is printed, what is folded is open, and what is too wide is made smaller.
const BRIEF = "#brief";
const BRIEF_PX = 1020;
const paper = { before: null };

function toPaper() {
  if (paper.before) return;
  const root = document.documentElement;
  const closed = [...document.querySelectorAll("main details:not([open])")];
  paper.before = { theme: root.dataset.theme, closed };
  root.dataset.paper = "yes";
  root.dataset.theme = "light";
  tell("look");
  document.querySelectorAll("main details").forEach((own) => (own.open = true));
  drawAll();
  document.querySelectorAll(".scroll").forEach((own) => shrink(own, own.scrollWidth, own.clientWidth));
  if (root.dataset.brief) fitSheet($("verdict"));
}

function shrink(element, is, may) {
  element.style.zoom = is > may && may > 0 ? String(may / is) : "";
}

// What is made smaller has room for longer lines: the largest size at which it fits is tried for
function fitSheet(element) {
  for (let size = 1; size > 0.3; size -= 0.05) {
    element.style.zoom = String(size);
    if (element.getBoundingClientRect().height <= BRIEF_PX) return;
  }
}

function fromPaper() {
  if (!paper.before) return;
  const root = document.documentElement, { theme, closed } = paper.before;
  paper.before = null;
  delete root.dataset.paper;
  root.dataset.theme = theme;
  closed.forEach((own) => (own.open = false));
  document.querySelectorAll(".scroll, #verdict").forEach((own) => (own.style.zoom = ""));
  tell("look");
}

// A board shows one view of a page within its own: the address says which
function startOnly() {
  const only = new URLSearchParams(location.search).get("only");
  if (only) document.documentElement.dataset.only = only;
}

// The address of a brief ends in #brief: one sheet with what a reader takes away
function startPaper() {
  startOnly();
  if (location.hash === BRIEF) document.documentElement.dataset.brief = "yes";
  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", fromPaper);
  matchMedia("print").addEventListener("change", (media) => media.matches ? toPaper() : fromPaper());
}

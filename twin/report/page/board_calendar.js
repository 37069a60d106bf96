// The calendar of sites: bars that start and end where they are dragged or moved by keys.
const YEAR = 12;
const monthOf = (day) => {
  const [year, month, number] = day.split("-").map(Number);
  return YEAR * year + month - 1 + (number - 1) / 31;
};
const FIRST_MONTH = Math.floor(monthOf(BOARD.start)), LAST_MONTH = Math.ceil(monthOf(BOARD.end));
const SPAN = LAST_MONTH - FIRST_MONTH;
const placed = (months) => `${(100 * (months - FIRST_MONTH)) / SPAN}%`;
const long = (months) => `${(100 * months) / SPAN}%`;
const SITES = new Map(BOARD.sites.map((own) => [own.site, own]));
// by the build order that the variant chooses, where it chooses one
function plannedSites() {
  const own = current();
  return own && own.sites ? new Map(own.sites.map((site) => [site.site, site])) : SITES;
}

function later(day, months) {
  const [year, month, number] = day.split("-").map(Number);
  const at = YEAR * year + month - 1 + months;
  const two = (value) => String(value).padStart(2, "0");
  return `${Math.floor(at / YEAR)}-${two((at % YEAR) + 1)}-${two(Math.min(number, 28))}`;
}

// A site as the variant has it: its own moves over what is planned
function siteOf(content, name) {
  const own = plannedSites().get(name), moves = content.sites[name] || {};
  return {
    ...own,
    start: moves.start || own.start,
    slip: moves.slip_months ?? own.slip_months,
    cancelled: moves.cancelled ?? own.cancelled,
    moved: Object.keys(moves).length > 0,
  };
}

function inOrder(content) {
  const known = plannedSites(), first = content.order.filter((name) => known.has(name));
  return [...first, ...[...known.keys()].filter((name) => !first.includes(name))];
}

// Note a move of a site; one that is as planned is none
function moveSite(content, name, move) {
  const planned = plannedSites().get(name), moves = { ...content.sites[name], ...move };
  if (moves.start === planned.start) delete moves.start;
  if (moves.slip_months === planned.slip_months) delete moves.slip_months;
  if (moves.cancelled === planned.cancelled) delete moves.cancelled;
  if (Object.keys(moves).length) content.sites[name] = moves;
  else delete content.sites[name];
}

// What is built before the run begins is in none of its figures: no bar is moved there
const soonest = (planned) => (planned < BOARD.start ? planned : BOARD.start);
const shift = (name, months) =>
  edit((content) => {
    const start = later(siteOf(content, name).start, months);
    const first = soonest(plannedSites().get(name).start);
    moveSite(content, name, { start: start < first ? first : start });
  });
const slip = (name, months) =>
  edit((content) => {
    const own = siteOf(content, name);
    moveSite(content, name, { slip_months: Math.max(own.slip + months, -own.build_months) });
  });
const cancel = (name) =>
  edit((content) => moveSite(content, name, { cancelled: !siteOf(content, name).cancelled }));

function rank(name, by) {
  return edit((content) => {
    const names = inOrder(content), from = names.indexOf(name);
    const to = Math.max(0, Math.min(names.length - 1, from + by));
    names.splice(to, 0, ...names.splice(from, 1));
    const planned = [...SITES.keys()];
    const changed = names.findLastIndex((own, i) => own !== planned[i]);
    content.order = names.slice(0, changed + 1);
  });
}

const KEYS = {
  ArrowLeft: (name, event) => (event.shiftKey ? slip(name, -1) : shift(name, -1)),
  ArrowRight: (name, event) => (event.shiftKey ? slip(name, 1) : shift(name, 1)),
  PageDown: (name, event) => (event.shiftKey ? slip(name, -YEAR) : shift(name, -YEAR)),
  PageUp: (name, event) => (event.shiftKey ? slip(name, YEAR) : shift(name, YEAR)),
  ArrowUp: (name) => rank(name, -1),
  ArrowDown: (name) => rank(name, 1),
  Delete: (name) => cancel(name),
};

function keyed(name, event) {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act(name, event);
}

// Drag a bar, or its right end: whole months, shown while it moves, an edit when it is let go; what comes
// meanwhile is drawn after it
let dragging = false;
function dragged(name, down, bar, end) {
  const track = bar.parentElement, from = down.clientX, site = siteOf(contentOf(desk.file), name);
  const months = (event) => Math.round(((event.clientX - from) * SPAN) / track.clientWidth);
  const length = site.build_months + site.slip;
  const show = (event) => {
    const by = months(event);
    if (end) bar.style.width = long(Math.max(0.5, length + by));
    else bar.style.left = placed(monthOf(site.start) + by);
    bar.dataset.told = toldBar({
      ...site,
      start: end ? site.start : later(site.start, by),
      slip: site.slip + (end ? by : 0),
    });
  };
  const stop = (event) => {
    bar.removeEventListener("pointermove", show);
    bar.removeEventListener("pointerup", stop);
    bar.removeEventListener("pointercancel", stop);
    dragging = false;
    const by = event.type === "pointerup" ? months(event) : 0;
    if (by) (end ? slip : shift)(name, by);
    else drawCalendar();
  };
  down.preventDefault();
  dragging = true;
  bar.focus();
  bar.setPointerCapture(down.pointerId);
  bar.addEventListener("pointermove", show);
  bar.addEventListener("pointerup", stop);
  bar.addEventListener("pointercancel", stop);
}

function toldBar(site) {
  if (site.cancelled) return T("board.cancelled", { site: site.site });
  const said = [T("board.bar", { site: site.site, start: inDay(site.start), months: N(site.build_months) })];
  if (site.slip) {
    const word = site.slip > 0 ? "board.bar_slip" : "board.bar_haste";
    said.push(T(word, { months: N(Math.abs(site.slip)) }));
  }
  if (neverServes(site.site)) said.push(T("board.never_serves"));
  return said.join(", ");
}

function barOf(site) {
  const length = site.build_months + site.slip;
  const bar = h("div", {
    class: `bar${site.moved ? " moved" : ""}`,
    role: "slider",
    tabindex: 0,
    "data-site": site.site,
    "aria-label": `${site.site} ${called(site.name)}`,
    "aria-valuemin": 0,
    "aria-valuemax": SPAN,
    "aria-valuenow": Math.round(monthOf(site.start) - FIRST_MONTH),
    "aria-valuetext": toldBar(site),
    "aria-describedby": "sites-help",
    title: toldBar(site),
    onkeydown: (event) => keyed(site.site, event),
    onpointerdown: (event) => dragged(site.site, event, bar, event.target.className === "grip"),
  }, h("span", { class: "grip" }));
  bar.style.left = placed(monthOf(site.start));
  bar.style.width = long(Math.max(0.5, length));
  return bar;
}

function placedSpan(className, from, to, title) {
  const element = h("span", { class: className, title });
  element.style.left = placed(from);
  element.style.width = long(Math.max(0, to - from));
  return element;
}

// When it serves: by the simulation where there is one, else by crews, money and other sites alone
function servedOn(file, name) {
  const answer = answerOf(file);
  if (answer) return (answer.sites.find((own) => own.site === name) || {}).commissioned || "";
  const own = file === PLANNED ? BOARD : desk.variants.get(file);
  return own && own.provisional ? (own.provisional.sites[name] || {}).commissioned || "" : "";
}

// What a site that is ready still waited for, where the city has answered
function waitsFor(name) {
  const answer = answerOf(desk.file), own = answer && answer.sites.find((row) => row.site === name);
  const what = own ? own.waited_for.map((text) => waitWord(text, own)) : [];
  return what.length ? what.join("; ") : T("board.waits");
}

// A site that the run does not bring into service until its end
function neverServes(name) {
  const answer = answerOf(desk.file), own = answer && answer.sites.find((row) => row.site === name);
  return Boolean(own) && !own.commissioned;
}

function rowOfSite(content, name) {
  const site = siteOf(content, name), planned = plannedSites().get(name);
  const ready = monthOf(site.start) + site.build_months + site.slip, served = servedOn(desk.file, name);
  const button = (word, act, text) =>
    h(
      "button",
      { "aria-label": T(word, { site: name }), title: T(word, { site: name }), onclick: act },
      text,
    );
  return h(
    "div",
    { class: `site${site.cancelled ? " cancelled" : neverServes(name) ? " unbuilt" : ""}` },
    h(
      "div",
      { class: "who", title: `${name} ${called(site.name)}` },
      h("strong", null, name),
      " ",
      site.name,
    ),
    h(
      "div",
      { class: "tools" },
      button("board.sooner", () => rank(name, -1), "↑"),
      button("board.later", () => rank(name, 1), "↓"),
      button(site.cancelled ? "board.build" : "board.cancel", () => cancel(name), site.cancelled ? "↺" : "×"),
    ),
    h(
      "div",
      { class: "track" },
      placedSpan("was", monthOf(planned.start), monthOf(planned.ready) + planned.slip_months, T("board.was")),
      barOf(site),
      served && !site.cancelled && monthOf(served) > ready + 0.5
        ? placedSpan("waits", ready, monthOf(served), waitsFor(name))
        : "",
      served && !site.cancelled
        ? placedSpan("served", monthOf(served), monthOf(served), T("board.serves", { day: inDay(served) }))
        : "",
    ),
  );
}

function drawCalendar() {
  if (dragging) return;
  const focused = document.activeElement, held = focused && focused.dataset ? focused.dataset.site : "";
  const content = contentOf(desk.file), years = [];
  for (let month = FIRST_MONTH; month < LAST_MONTH; month += SPAN > 240 ? 60 : YEAR) {
    const label = h("span", null, String(Math.floor(month / YEAR)));
    label.style.left = placed(month);
    years.push(label);
  }
  $("site-axis").replaceChildren(...years);
  $("site-rows").replaceChildren(...inOrder(content).map((name) => rowOfSite(content, name)));
  if (held) document.querySelector(`.bar[data-site="${CSS.escape(held)}"]`)?.focus();
}

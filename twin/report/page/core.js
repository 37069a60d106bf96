// State, words and small helpers. Every text reaches the page through text nodes:
// values from files are never HTML.
const DATA = JSON.parse(document.getElementById("data").textContent);
const MONTHS = DATA.months;
const state = { month: 0, asset: -1, language: "en", playing: null };
const listeners = { month: [], asset: [], look: [] };
const on = (what, listener) => listeners[what].push(listener);
const tell = (what) => listeners[what].forEach((listener) => listener());
const $ = (id) => document.getElementById(id);

function setMonth(month) {
  const next = Math.max(0, Math.min(MONTHS.length - 1, Math.round(month)));
  if (next === state.month) return;
  state.month = next;
  tell("month");
}

function openAsset(asset) {
  state.asset = asset;
  tell("asset");
}

// h("p", { class: "quiet" }, "text", node): attributes that start with "on" are listeners
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "").map(
      called,
    ),
  );
  return element;
}

const column = (text, more) => h("th", { scope: "col", ...more }, text);
const rowOf = (head, ...cells) => h("tr", null, h("th", { scope: "row" }, head), cells);
const cellOf = (...content) => h("td", null, content);
const numberCell = (...content) => h("td", { class: "right" }, content);

function fillTable(id, columns, rows) {
  $(id).replaceChildren(h("thead", null, h("tr", null, columns)), h("tbody", null, rows));
}

// a name of the scenario as the reader's language has it
function called(text) {
  const own = (DATA.names || {})[state.language];
  return own && Object.hasOwn(own, text) ? own[text] : text;
}
const words = () => DATA.words[state.language];
const has = (key) => key in words();

// {months} is a value, and {months|month|months} the form that the language has for so many
function T(key, values = {}) {
  const text = words()[key] ?? DATA.words.en[key] ?? key;
  const said = text.replace(/\{(\w+)(?:\|([^{}]+))?\}/g, (whole, name, forms) => {
    if (!(name in values)) return whole;
    return forms ? formOf(values[name], forms.split("|")) : called(values[name]);
  });
  return said.replace(/([^.])\.\.(?=\s|$)/g, "$1."); // a value may end in an abbreviation's point
}

// by CLDR's plural rules: one and the others, or one, few and many; fractions go with few
function formOf(value, forms) {
  const locale = T("language.numbers"), point = (1.5).toLocaleString(locale)[1];
  const number = Number(
    String(value).replaceAll(/[^\d.,]/g, "").replaceAll(point === "." ? "," : ".", "").replace(",", "."),
  );
  const last = forms.length - 1, few = Math.min(1, last), many = last;
  return forms[{ one: 0, few, many, other: few }[new Intl.PluralRules(locale).select(number)]];
}

// Words with [[term|label]] become text with a tooltip that says what the term means
function rich(key, values) {
  const parts = T(key, values).split(/\[\[(\w+)\|([^\]]+)\]\]/);
  return parts.map((part, i) => {
    if (i % 3 === 0) return part;
    return i % 3 === 1 ? term(part, parts[i + 1]) : null;
  });
}

function term(name, label) {
  const tip = `tip-${name}-${(term.count = (term.count || 0) + 1)}`;
  return h(
    "span",
    { class: "term", tabindex: 0, "aria-describedby": tip },
    label,
    h("span", { class: "tip", role: "tooltip", id: tip }, T(`term.${name}`)),
  );
}

function named(group, name) {
  if (has(`${group}.${name}`)) return T(`${group}.${name}`);
  return called(name) === name ? String(name).replaceAll("_", " ") : called(name);
}

// numbers by the language's own locale; names of months and large numbers are words,
// for browsers know few languages
const numbers = (options) => new Intl.NumberFormat(T("language.numbers"), options);

function N(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return numbers(
    Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: digits },
  ).format(value);
}

function fixed(value, decimals) {
  const told = Math.abs(value) < 0.5 / 10 ** decimals ? 0 : value;
  return numbers({ minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(told);
}

// as the terminal tells amounts: what is given is rounded here, and nowhere before
function large(value, decimals) {
  const size = Math.abs(value);
  if (size >= 1e9) return T("large.billion", { amount: fixed(value / 1e9, 2) });
  if (size >= 1e6) return T("large.million", { amount: fixed(value / 1e6, 2) });
  return decimals === undefined ? N(value) : fixed(value, decimals);
}

const percent = (share) =>
  numbers({ style: "percent", maximumFractionDigits: Math.abs(share) < 0.01 ? 1 : 0 }).format(share);

function inDates(text, pattern, names) {
  if (!text) return "–";
  const [year, month, day] = text.split("-");
  return T(pattern, {
    year,
    number: month,
    day: Number(day || 1),
    two: day || "01",
    month: T(names).split(",")[month - 1],
  });
}

const inMonth = (text) => inDates(text, "date.month", "months.long");
const inShort = (text) => inDates(text, "date.month", "months.short");
const inDay = (text) => inDates(text, "date.day", "months.short");
function listed(items) {
  const own = items.map(called);
  return own.length < 2 ? own.join("") : own.slice(0, -1).join(", ") + T("list.and") + own[own.length - 1];
}
const unit = (name) => named("unit", name);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
// what each utility of the run has declared of itself; its colour follows its place among all
const UTILITIES = new Map((DATA.utilities || []).map((own) => [own.name, own]));
const utilityColour = (name) => `utility${UTILITIES.has(name) ? (UTILITIES.get(name).place % 6) + 1 : 1}`;
const networkClass = (name) => `of-${name} ${utilityColour(name)}`;
// what is told of a metric: its unit, which way is better, its decimals
const aboutMetric = (metric) => (DATA.told || {})[metric] || {};
const unitOf = (metric) => (aboutMetric(metric).unit ? unit(aboutMetric(metric).unit) : "");
const short = (address) => address.replace(/^[^/]+\//, "");

function sayStatic() {
  document.documentElement.lang = state.language;
  document.querySelectorAll("[data-word]").forEach((element) =>
    element.replaceChildren(...rich(element.dataset.word).filter(Boolean))
  );
  document.querySelectorAll("[data-placeholder]").forEach((element) =>
    element.setAttribute("placeholder", T(element.dataset.placeholder))
  );
  document.querySelectorAll("[data-label]").forEach((element) =>
    element.setAttribute("aria-label", T(element.dataset.label))
  );
}

function startLook() {
  const select = $("language");
  const preferred = (navigator.language || "en").slice(0, 2);
  state.language = preferred in DATA.words ? preferred : "en";
  select.replaceChildren(
    ...Object.entries(DATA.words).map(([code, own]) =>
      h("option", { value: code, lang: code }, own["language.name"])
    ),
  );
  select.value = state.language;
  select.addEventListener("change", () => {
    state.language = select.value;
    tell("look");
  });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wear = (theme) => {
    document.documentElement.dataset.theme = theme;
  };
  wear(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => {
    wear(dark.matches ? "dark" : "light");
    tell("look");
  });
  $("theme").addEventListener("click", () => {
    wear(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    tell("look");
  });
  on("look", sayStatic);
}

// Everything is drawn: views that were left out leave the contents too
function finish() {
  document.querySelectorAll(".scroll").forEach((own) =>
    own.before(h("p", { class: "swipe quiet", "data-word": "page.swipe" }, T("page.swipe")))
  );
  $("to-time").hidden = !$("month");
  document.querySelectorAll("nav a").forEach((link) => {
    link.parentElement.hidden = !$(link.hash.slice(1));
  });
  document.documentElement.dataset.ready = "yes";
}

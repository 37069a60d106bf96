// The map: an SVG redrawn when the view moves, recoloured when the month moves. Beyond MOST assets in sight
// it gathers them in cells coloured by the worst within; a click opens a cell.
const SVG = "http://www.w3.org/2000/svg";
const MOST = 1500, CELL = 26;
const LAYERS = [...UTILITIES.keys()];
const A = DATA.atlas;
const unpack = (text) =>
  text.replace(
    /(\D)(\d+)/g,
    (_, letter, count) => ("ABCDE".includes(letter) ? String("ABCDE".indexOf(letter)) : letter).repeat(count),
  );
if (A) {
  A.classes = A.classes.map(unpack);
  for (const [name, classes] of Object.entries(A.plans || {})) A.plans[name] = classes.map(unpack);
}
const view = { k: 1, x: 0, y: 0, width: 0, height: 0, scale: 1 };
const layers = new Set(LAYERS);
let drawn = [], sitesDrawn = [];

function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const px = (x) => (x * view.scale - view.x) * view.k + view.width / 2;
const py = (y) => view.height / 2 - (y * view.scale - view.y) * view.k;
const worst = (asset) => A.classes[asset][state.month];
const PLAIN = { shape: "circle", minor: false, as_mark: false, both_ways: false, serves: false };
const lookOfKind = (asset) =>
  (UTILITIES.get(A.network[asset]) || { kinds: {} }).kinds[A.kind[asset]] || PLAIN;
const isMinor = (asset) => lookOfKind(asset).minor;
const isLink = (asset) => A.from[asset] >= 0 && A.from[asset] !== A.to[asset] && !lookOfKind(asset).as_mark;

function fit() {
  const box = $("map").getBoundingClientRect();
  view.width = box.width;
  view.height = box.height;
  view.k = 1;
  const wide = Math.max(...A.x, ...A.districts.map((d) => d.x + d.radius), 1e-6);
  const high = Math.max(...A.y, ...A.districts.map((d) => d.y + d.radius), 1e-6);
  view.scale = Math.min((view.width - 36) / wide, (view.height - 36) / high);
  view.x = (wide * view.scale) / 2;
  view.y = (high * view.scale) / 2;
}

// before its site stands an asset is an outline; after it is retired it is not drawn
let classOf = function (asset) {
  const letter = worst(asset);
  if (letter !== ".") return letter === "-" ? "free" : `k${letter}`;
  const stood = A.classes[asset].slice(0, state.month).search(/[^.]/) >= 0;
  return A.site[asset] && !stood ? "planned" : "gone";
};

const shapes = {
  square: (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  triangle: (r) => `M0,${-1.2 * r}L${1.1 * r},${0.8 * r}H${-1.1 * r}z`,
  diamond: (r) => `M0,${-r}L${r},0L0,${r}L${-r},0z`,
  circle: (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`,
};
function mark(asset, offset) {
  const look = lookOfKind(asset), grown = Math.min(2.2, Math.sqrt(view.k));
  const radius = (look.minor ? 2.2 : 4 + 6 * Math.sqrt(A.size[asset])) * grown;
  const x = px(A.x[asset]) + offset * (radius + 2), y = py(A.y[asset]);
  return s("path", {
    d: shapes[look.shape](radius),
    transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`,
  });
}

// from end to end, by the points that its file draws between them
function pointsOf(asset) {
  const ends = [A.from[asset], A.to[asset]].map((node) => [A.x[node], A.y[node]]);
  return [ends[0], ...(A.routes[asset] || []), ends[1]];
}

function wire(asset, points) {
  const width = (1.2 + 3 * Math.sqrt(A.size[asset])) * Math.min(2, Math.sqrt(view.k));
  const d = screenPath(points, false);
  return [
    s("path", { d, class: "casing", "stroke-width": (width + 2).toFixed(1) }),
    s("path", { d, "stroke-width": width.toFixed(1) }),
  ];
}

function inSight() {
  const margin = 60, seen = [];
  const sees = (i) => {
    const x = px(A.x[i]), y = py(A.y[i]);
    return x > -margin && x < view.width + margin && y > -margin && y < view.height + margin;
  };
  for (let i = 0; i < A.asset.length; i += 1) {
    if (!layers.has(A.network[i])) continue;
    if (isLink(i) ? sees(A.from[i]) || sees(A.to[i]) || sees(i) : sees(i)) seen.push(i);
  }
  return seen;
}

function drawMap() {
  const svg = $("map"), seen = inSight(), gathered = seen.length > MOST;
  const links = s("g", {}),
    marks = s("g", {}),
    arrows = s("g", {}),
    back = s("g", { class: "districts" }),
    front = s("g", {}),
    labels = [];
  drawn = [];
  drawLand(back, labels);
  drawDistricts(back, labels);
  const single = gathered
    ? seen.filter((i) => isLink(i)).sort((a, b) => A.size[b] - A.size[a]).slice(0, 300)
    : seen;
  const beside = new Map();
  for (const asset of single.sort((a, b) => A.size[a] - A.size[b])) {
    const points = isLink(asset) ? pointsOf(asset) : null;
    const element = points ? wire(asset, points) : [mark(asset, besideOf(beside, asset))];
    const pointer = points && !gathered ? arrow(asset, points) : null;
    if (pointer) arrows.append(pointer.element);
    if (!points) labelAsset(asset, labels);
    const colourOf = element[element.length - 1];
    colourOf.dataset.asset = asset;
    element[0].classList.add(...networkClass(A.network[asset]).split(" "));
    (isLink(asset) ? links : marks).append(...element);
    drawn.push({
      element: colourOf,
      casing: element.length > 1 ? element[0] : null,
      pointer,
      members: [asset],
      base: isLink(asset)
        ? "link"
        : `mark ${networkClass(A.network[asset])}${isMinor(asset) ? " minor" : ""}`,
      shown: "",
    });
  }
  if (gathered) drawCells(seen.filter((i) => !isLink(i)), marks);
  drawSites(front, labels);
  for (const label of placed(labels)) (label.group || front).append(...labelled(label));
  drawScale(front);
  svg.replaceChildren(back, links, arrows, marks, front);
  recolour();
}

function besideOf(beside, asset) {
  if (isMinor(asset)) return 0;
  const key = `${A.x[asset].toFixed(3)},${A.y[asset].toFixed(3)}`, count = beside.get(key) || 0;
  beside.set(key, count + 1);
  return count % 2 ? (count + 1) / 2 : -count / 2;
}

function drawCells(seen, marks) {
  const cells = new Map();
  for (const i of seen) {
    const key = `${Math.floor(px(A.x[i]) / CELL)},${Math.floor(py(A.y[i]) / CELL)}`;
    (cells.get(key) || cells.set(key, []).get(key)).push(i);
  }
  for (const [key, members] of cells) {
    const [cx, cy] = key.split(",").map((n) => (Number(n) + 0.5) * CELL);
    const radius = Math.min(CELL / 2 - 1, 3 + Math.sqrt(members.length));
    const element = s("path", { d: shapes.circle(radius), transform: `translate(${cx},${cy})` });
    element.dataset.cell = `${cx},${cy}`;
    marks.append(element);
    drawn.push({ element, casing: null, pointer: null, members, base: "mark cell", shown: "" });
  }
}

// a district is its outline, where the background has one, else a circle of its area
function drawDistricts(areas, labels) {
  const outlined = new Set(A.land.filter((shape) => shape.kind === "outline").map((shape) => shape.name));
  A.districts.forEach((district) => {
    const x = px(district.x), y = py(district.y), radius = district.radius * view.scale * view.k;
    if (!outlined.has(district.name)) areas.append(s("circle", { cx: x, cy: y, r: radius }));
    const people = peopleIn(district);
    const more = { text: people ? T("map.people", { count: large(people) }) : "", look: "people" };
    labels.push({ x, y: y - 0.8 * radius + 18, text: district.name, look: "place", more, weight: 100 });
  });
}

// the larger ones are named once the map is near enough
function labelAsset(asset, labels) {
  if (view.k < 3 || isMinor(asset) || classOf(asset) === "gone") return;
  const look = { look: "asset", start: true, weight: 10 * A.size[asset] };
  labels.push({ x: px(A.x[asset]) + 12, y: py(A.y[asset]) + 4, text: short(A.asset[asset]), ...look });
}

// to the nearest hundred, as plans tell people; 0 where the run tells none
function peopleIn(district) {
  return 100 * Math.round((district.people[state.month] || 0) / 100);
}

function drawSites(front, labels) {
  sitesDrawn = A.sites.map((site) => {
    const x = px(site.x), y = py(site.y);
    const element = s("g", { class: "site" }, s("circle", { cx: x, cy: y, r: 11 }));
    front.append(element);
    const built = site.commissioned && site.commissioned <= MONTHS[state.month];
    const label = { x: x + 10, y: y + 4, text: site.site, look: "site-name", start: true, group: element };
    if (!built) labels.push({ ...label, weight: 40 });
    return { element, site };
  });
}

function recolour() {
  for (const item of drawn) {
    let look;
    if (item.members.length > 1) {
      let top = ".";
      for (const i of item.members) {
        const letter = worst(i);
        if (letter > top && letter !== ".") top = letter;
      }
      look = top === "." ? "gone" : top === "-" ? "free" : `k${top}`;
    } else look = classOf(item.members[0]);
    const chosen = item.members[0] === state.asset && item.members.length === 1 ? " chosen" : "";
    const shown = `${item.base} ${look}${chosen}`;
    if (shown === item.shown) continue;
    item.shown = shown;
    item.element.setAttribute("class", shown);
    if (item.pointer) item.pointer.element.setAttribute("class", `arrow ${look}`);
    if (item.casing) {
      item.casing.setAttribute("class", `casing ${networkClass(A.network[item.members[0]])} ${look}`);
    }
  }
  for (const { pointer } of drawn) if (pointer) pointer.element.setAttribute("transform", pointer.turn());
  const month = MONTHS[state.month];
  for (const { element, site } of sitesDrawn) {
    element.setAttribute("class", site.commissioned && site.commissioned <= month ? "site built" : "site");
  }
  A.districts.forEach((district) => {
    const label = document.querySelector(`#map text[data-district="${CSS.escape(district.name)}"]`),
      people = peopleIn(district);
    if (label && people) label.textContent = T("map.people", { count: large(people) });
  });
  $("map").setAttribute("aria-label", mapInWords());
}

function mapInWords() {
  const over = A.asset.filter((_, i) => "34".includes(worst(i))).length;
  return T("map.in_words", { month: inMonth(MONTHS[state.month]), over: N(over) });
}

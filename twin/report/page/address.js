// What is found by name, and the address of the page: a link leads to an asset and a month.
const WAIT_MS = 250; // browsers refuse an address that changes too often
let telling = 0;

function tellAddress() {
  clearTimeout(telling);
  telling = setTimeout(() => {
    const told = new URLSearchParams();
    if (state.asset >= 0) told.set("asset", A.asset[state.asset]);
    told.set("month", MONTHS[state.month]);
    history.replaceState(null, "", `#${told.toString().replaceAll("%2F", "/")}`);
  }, WAIT_MS);
}

function followAddress() {
  const told = new URLSearchParams(location.hash.slice(1));
  const month = MONTHS.indexOf(told.get("month")), asset = A.asset.indexOf(told.get("asset"));
  if (month >= 0) setMonth(month);
  if (asset >= 0) show(asset);
}

function show(asset) {
  openAsset(asset);
  centreOn(asset);
  // a page around this one stays where it is
  if (self === top) $("panel").scrollIntoView({ block: "nearest" });
}

const siteLabel = (id) => {
  const own = DATA.calendar.find((site) => site.site === id);
  return own && own.name ? `${id} ${called(own.name)}` : id;
};

// what can be found: each name with how to go there
function places() {
  const there = (x, y) => () => centreAt(x, y);
  const middle = (points) =>
    [0, 1].map((axis) => points.reduce((sum, p) => sum + p[axis], 0) / points.length);
  return [
    ...A.asset.flatMap((name, asset) => [[name, () => show(asset)], [short(name), () => show(asset)]]),
    ...A.sites.flatMap(({ site, x, y }) => {
      const own = A.site.map((name, asset) => [name, asset]).filter(([name]) => name === site);
      const largest = own.sort((a, b) => A.size[b[1]] - A.size[a[1]])[0];
      const go = largest ? () => show(largest[1]) : there(x, y);
      return [[siteLabel(site), go], [site, go]];
    }),
    ...A.districts.flatMap(({ name, x, y }) => [[called(name), there(x, y)], [name, there(x, y)]]),
    ...A.land.filter((shape) => shape.name).flatMap(({ name, parts }) => {
      const go = there(...middle(parts[0]));
      return [[called(name), go], [name, go]];
    }),
  ];
}

function find() {
  const wanted = $("find").value.trim().toLowerCase(), known = places();
  const found = wanted && (known.find(([name]) => name.toLowerCase() === wanted) ||
    known.find(([name]) => name.toLowerCase().includes(wanted)));
  $("find-none").textContent = found || !wanted ? "" : T("find.none");
  if (found) found[1]();
}

function offerNames() {
  const names = [
    ...A.sites.map(({ site }) => siteLabel(site)),
    ...A.districts.map(({ name }) => called(name)),
    ...A.land.map(({ name }) => called(name)).filter(Boolean),
    ...A.asset.slice(0, 4000),
  ];
  $("assets").replaceChildren(...[...new Set(names)].map((name) => h("option", { value: name })));
}

function startAddress() {
  if (!A) return;
  on("look", offerNames);
  $("find").addEventListener("change", find);
  followAddress();
  on("asset", tellAddress);
  on("month", tellAddress);
  addEventListener("hashchange", followAddress);
}

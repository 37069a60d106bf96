// Beside the map: what is short this month; or one asset with its history, limits and what it feeds.
function shortNow() {
  return (DATA.headroom.rows || [])
    .filter((row) => row.peak[state.month] !== null && row.peak[state.month] > row.capacity[state.month])
    .map((row) => ({ row, share: row.peak[state.month] / row.capacity[state.month] - 1 }))
    .sort((a, b) => b.share - a.share);
}

const inCapacity = new Map(
  A ? Object.entries(A.members).flatMap(([name, members]) => members.map((asset) => [asset, name])) : [],
);
const capacityOf = (asset) => inCapacity.get(asset) || "";

function groupsOver() {
  const groups = new Map();
  A.asset.forEach((_, i) => {
    if (!"34".includes(worst(i))) return;
    const key = [A.network[i], A.kind[i], A.district[i], capacityOf(i)].join("|");
    (groups.get(key) || groups.set(key, []).get(key)).push(i);
  });
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

function overview() {
  const capacities = shortNow().map(({ row, share }) =>
    h(
      "li",
      null,
      h(
        "button",
        { onclick: () => openMember(row.name) },
        h("strong", null, row.name),
        h("span", {
          class: `share ${share > 0.2 ? "k4" : "k3"}`,
          title: T("panel.share", { share: percent(share) }),
        }, `−${percent(share)}`),
      ),
    )
  );
  const groups = groupsOver().slice(0, 8).map((members) => {
    const i = members[0],
      place = capacityOf(i) || (A.district[i] ? T("panel.district_of", { name: A.district[i] }) : ""),
      where = place ? ` · ${called(place)}` : "";
    const label = members.length > 1
      ? `${N(members.length)} × ${named("kind", A.kind[i])}`
      : short(A.asset[i]);
    return h(
      "li",
      null,
      h(
        "button",
        {
          onclick: () => {
            openAsset(i);
            centreOn(i);
          },
        },
        h("span", null, `${label}${where}`),
        h("span", { class: "quiet" }, T(`network.${A.network[i]}`)),
      ),
    );
  });
  return [
    h("h3", null, T("panel.short_title", { month: inMonth(MONTHS[state.month]) })),
    capacities.length
      ? h("ul", { class: "picks" }, capacities)
      : h("p", { class: "good" }, T("panel.nothing_short")),
    groups.length ? [h("h3", null, T("panel.over_title")), h("ul", { class: "picks" }, groups)] : [],
    h("p", { class: "quiet" }, T("panel.hint")),
  ];
}

function openMember(name) {
  const members = A.members[name] || [];
  const standing = members.find((i) => worst(i) !== ".") ?? members[0];
  if (standing === undefined) return;
  openAsset(standing);
  centreOn(standing);
}

// What an asset feeds: along the flow, and either way along what its utility says carries both ways
function fedBy(asset) {
  const out = new Map();
  const add = (node, link) => (out.get(node) || out.set(node, []).get(node)).push(link);
  A.asset.forEach((_, i) => {
    if (A.network[i] !== A.network[asset] || A.from[i] < 0 || worst(i) === ".") return;
    const [a, b] = A.flow[i] < 0 ? [A.to[i], A.from[i]] : [A.from[i], A.to[i]];
    add(a, [b, i]);
    if (lookOfKind(i).both_ways) add(b, [a, i]);
  });
  const [a, b] = A.flow[asset] < 0 ? [A.to[asset], A.from[asset]] : [A.from[asset], A.to[asset]];
  const starts = a < 0 ? [asset] : [b], seen = new Set(starts), fed = [];
  for (const node of starts) {
    if (A.district[node]) fed.push(node);
    for (const [other, link] of out.get(node) || []) {
      if (link === asset) continue;
      if (lookOfKind(link).serves) fed.push(link);
      if (!seen.has(other)) {
        seen.add(other);
        starts.push(other);
      }
    }
  }
  return fed;
}

// by kind of link, which of its ends depends on the other
const DEPENDS_ON = new Map([...UTILITIES.values()].flatMap((own) => Object.entries(own.links)));

function feeds(asset) {
  const fed = fedBy(asset), places = new Map();
  fed.forEach((i) => {
    if (A.district[i]) places.set(A.district[i], (places.get(A.district[i]) || 0) + 1);
  });
  const across = new Set(), reached = new Set([asset, ...fed]);
  A.links.forEach(([from, to, kind]) => {
    const [cause, effect] = DEPENDS_ON.get(kind) === "to" ? [from, to] : [to, from];
    if (reached.has(cause)) across.add(effect);
  });
  const joined = new Set();
  A.asset.forEach((_, i) => {
    if (A.from[i] === asset || A.to[i] === asset) joined.add(i);
  });
  [A.from[asset], A.to[asset]].forEach((i) => {
    if (i >= 0) joined.add(i);
  });
  joined.delete(asset);
  return { places, across: [...across], joined: [...joined] };
}

function picks(title, assets) {
  if (!assets.length) return [];
  const buttons = assets.slice(0, 14).map((i) =>
    h("button", {
      class: "chip",
      onclick: () => {
        openAsset(i);
        centreOn(i);
      },
    }, short(A.asset[i]))
  );
  return [
    h("h4", null, title),
    h("p", { class: "chips" }, buttons, assets.length > 14 ? ` … ${N(assets.length)}` : ""),
  ];
}

// a row of a history, which is kept as its lowest value, a step, and steps in two bytes each
function values(row) {
  if (!row.length) return [];
  const [low, step, text] = row, bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return [...new Uint16Array(bytes.buffer)].map((steps) =>
    steps === 65535 ? null : Number((low + step * steps).toPrecision(6))
  );
}

// the signal by which an asset loses service in the chosen month
function loses(asset) {
  const H = DATA.histories;
  const rows = H.yearly ? [] : H.row[A.asset[asset]] || [];
  const row = rows.find((own) => H.kinds[H.kind[own]].lost && values(H.high[own])[state.month] > 1e-9);
  return row === undefined ? "" : H.kinds[H.kind[row]].quantity;
}

function assetFacts(i) {
  const facts = [[T("panel.kind"), `${named("kind", A.kind[i])}, ${T(`network.${A.network[i]}`)}`]];
  if (A.district[i]) facts.push([T("panel.district"), A.district[i]]);
  if (A.capacity[i]) facts.push([T("panel.size"), `${N(A.capacity[i])} ${unit(A.unit[i])}`]);
  if (A.site[i]) facts.push([T("panel.site"), A.site[i]]);
  if (A.retired[i]) facts.push([T("panel.retired"), A.retired[i]]);
  facts.push([T("panel.now"), T(`look.${loses(i) || classOf(i)}`)]);
  return h(
    "dl",
    { class: "facts" },
    facts.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );
}

function opened(i) {
  const { places, across, joined } = feeds(i);
  const rows = DATA.histories.row[A.asset[i]] || [];
  const fed = [...places].map(([name, count]) => `${called(name)} (${N(count)})`);
  return [
    h("button", { class: "back", onclick: () => openAsset(-1) }, `← ${T("panel.back")}`),
    h("h3", { id: "opened", tabindex: -1 }, short(A.asset[i])),
    assetFacts(i),
    rows.length ? h("h4", null, T("panel.history")) : h("p", { class: "quiet" }, T("panel.no_history")),
    rows.slice(0, 4).map((row) => historyChart(row)),
    fed.length ? [h("h4", null, T("panel.feeds")), h("p", null, listed(fed))] : [],
    picks(T("panel.across"), across),
    picks(T("panel.joined"), joined),
  ];
}

function historyChart(row) {
  // flows in the day's unit that capacities are told in
  const H = DATA.histories,
    kind = H.kinds[H.kind[row]],
    { quantity } = kind,
    by = kind.unit === "m3/s" ? 86400 : 1;
  const told = (row) => row.map((value) => (value === null ? null : value * by));
  const ofUnit = by === 1 ? kind.unit : "m3/day", [lower, upper] = told(kind.limit);
  const x = H.yearly ? values(H.mean[row]).map((_, i) => dates[i * 12]) : dates;
  return chart({
    height: 170,
    label: T("panel.history_label", { quantity: named("quantity", quantity) }),
    build: () => {
      const over = (name, y, tint, more) => ({ ...line(name, y, tint, more), x });
      const limit = (value) =>
        value === null
          ? []
          : [over(T("chart.limit"), x.map(() => value), colour("k4"), { dash: "dash", width: 1.5 })];
      return {
        traces: [
          over(T("chart.highest"), told(values(H.high[row])), colour("series1"), { width: 1.5 }),
          over(T("chart.mean"), told(values(H.mean[row])), colour("series4"), { width: 2 }),
          ...(H.low[row].length
            ? [
              over(T("chart.lowest"), told(values(H.low[row])), colour("series2"), {
                width: 1.5,
                dash: "dot",
              }),
            ]
            : []),
          ...limit(lower),
          ...limit(upper),
        ],
        layout: {
          legend: { orientation: "h", x: 1, xanchor: "right", y: 1.0, yanchor: "bottom", font: { size: 10 } },
          margin: { ...MARGIN, t: 26, l: 60 },
          title: {
            text: safe(`${named("quantity", quantity)}, ${unit(ofUnit)}`),
            font: { size: 12 },
            x: 0.02,
            y: 0.97,
          },
        },
      };
    },
  });
}

function drawPanel() {
  forget($("panel"));
  $("panel").replaceChildren(
    ...(state.asset < 0 ? overview() : opened(state.asset)).flat(Infinity).filter(Boolean),
  );
}

function startPanel() {
  if (!A) return;
  on("month", () => {
    if (state.asset < 0) drawPanel();
    else {
      const facts = $("panel").querySelector(".facts");
      if (facts) facts.replaceWith(assetFacts(state.asset));
    }
  });
  on("asset", () => {
    drawPanel();
    const heading = $("opened");
    if (heading) heading.focus({ preventScroll: true });
  });
  on("look", drawPanel);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.asset >= 0) openAsset(-1);
  });
}

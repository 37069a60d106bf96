// The reader's hands on the map: drag, wheel, keys, buttons, layers, and what stands under the pointer.
function zoom(factor, x = view.width / 2, y = view.height / 2) {
  const k = Math.max(0.7, Math.min(60, view.k * factor)), grown = 1 / view.k - 1 / k;
  view.x += (x - view.width / 2) * grown;
  view.y -= (y - view.height / 2) * grown;
  view.k = k;
  redraw();
}

let asked = 0;
function redraw() {
  if (!asked) {
    asked = requestAnimationFrame(() => {
      asked = 0;
      drawMap();
    });
  }
}

function showAll() {
  fit();
  redraw();
}

const centreOn = (asset) => centreAt(A.x[asset], A.y[asset]);

function centreAt(x, y) {
  view.x = x * view.scale;
  view.y = y * view.scale;
  view.k = Math.max(view.k, 2.5);
  redraw();
}

function letDrag(svg) {
  let held = null;
  svg.addEventListener("pointerdown", (event) => {
    held = { x: event.clientX, y: event.clientY, moved: 0 };
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    held = { x: event.clientX, y: event.clientY, moved: held.moved + Math.abs(dx) + Math.abs(dy) };
    if (held.moved < 4) return;
    view.x -= dx / view.k;
    view.y += dy / view.k;
    redraw();
  });
  addEventListener("pointerup", () => {
    setTimeout(() => {
      held = null;
    });
  });
  svg.addEventListener("click", (event) => {
    if (held && held.moved > 4) return;
    const { asset, cell } = event.target.dataset;
    if (asset) openAsset(Number(asset));
    if (cell) zoom(3, ...cell.split(",").map(Number));
  });
}

function letZoom(svg) {
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  $("zoom-in").addEventListener("click", () => zoom(1.6));
  $("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
  $("zoom-all").addEventListener("click", showAll);
}

function obeyKey(event) {
  const step = 60 / view.k;
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
  if (event.key in moves) {
    view.x += moves[event.key][0];
    view.y += moves[event.key][1];
    redraw();
    event.preventDefault();
  }
  if (event.key === "+" || event.key === "=") zoom(1.4);
  if (event.key === "-") zoom(1 / 1.4);
  if (event.key === "0") showAll();
}

function toggleOf(network) {
  const onchange = (event) => {
    if (event.target.checked) layers.add(network);
    else layers.delete(network);
    redraw();
  };
  return h(
    "label",
    { class: `layer ${networkClass(network)}` },
    h("input", { type: "checkbox", checked: true, value: network, onchange }),
    h("span", { "data-word": `network.${network}` }),
  );
}

// an asset that is opened is seen: its layer is shown
function showLayerOf(asset) {
  if (asset < 0 || layers.has(A.network[asset])) return;
  $("layers").querySelector(`input[value="${CSS.escape(A.network[asset])}"]`).click();
}

function hint(event) {
  const box = $("hint"), asset = event.target.dataset ? event.target.dataset.asset : undefined;
  box.hidden = asset === undefined;
  if (asset === undefined) return;
  const look = T(`look.${classOf(Number(asset))}`);
  box.textContent = `${short(A.asset[asset])} · ${named("kind", A.kind[asset])} · ${look}`;
  const around = $("map").getBoundingClientRect();
  box.style.left = `${Math.min(event.clientX - around.left + 14, around.width - 220)}px`;
  box.style.top = `${event.clientY - around.top + 14}px`;
}

function startMap() {
  if (!A) return $("map-view").remove();
  const svg = $("map");
  fit();
  letDrag(svg);
  letZoom(svg);
  svg.addEventListener("keydown", obeyKey);
  svg.addEventListener("mousemove", hint);
  svg.addEventListener("mouseleave", () => {
    $("hint").hidden = true;
  });
  $("layers").append(...LAYERS.filter((name) => A.network.includes(name)).map(toggleOf));
  new ResizeObserver(() => {
    const box = svg.getBoundingClientRect();
    if (box.width && Math.abs(box.width - view.width) > 1) showAll();
  }).observe(svg);
  on("month", recolour);
  on("asset", () => {
    showLayerOf(state.asset);
    recolour();
  });
  on("look", drawMap);
}

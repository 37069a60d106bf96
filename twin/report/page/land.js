// The land beneath the networks, the scale, and labels that give way to each other.
const LETTER_PX = 6.6, LINE_PX = 14, SCALE_PX = 110;

const screenPath = (points, filled) =>
  points.map(([x, y], i) => `${i ? "L" : "M"}${px(x).toFixed(1)},${py(y).toFixed(1)}`).join("") +
  (filled ? "Z" : "");

function drawLand(back, labels) {
  for (const shape of A.land) {
    if (shape.kind === "place") {
      const [x, y] = shape.parts[0][0];
      back.append(s("circle", { cx: px(x), cy: py(y), r: 3, class: "land place" }));
      labels.push({ x: px(x), y: py(y) - 7, text: shape.name, look: "land-name", weight: 80 });
      continue;
    }
    const d = shape.parts.map((part) => screenPath(part, shape.filled)).join("");
    back.append(s("path", { d, class: `land ${shape.kind}`, "fill-rule": "evenodd" }));
    if (shape.name && shape.kind !== "outline") labels.push(...nameAlong(shape));
  }
}

// a line is named where its middle is in sight, a lake in the middle of its box
function nameAlong(shape) {
  const seen = shape.parts[0].filter(([x, y]) =>
    px(x) > 0 && px(x) < view.width && py(y) > 0 && py(y) < view.height
  );
  if (!seen.length) return [];
  const [x, y] = shape.filled
    ? [0, 1].map((axis) => seen.reduce((sum, point) => sum + point[axis], 0) / seen.length)
    : seen[Math.floor(seen.length / 2)];
  const look = `land-name ${shape.kind}`;
  return [{ x: px(x), y: py(y) - 4, text: shape.name, look, weight: shape.filled ? 70 : 20 }];
}

// the heavier first; a label that would lie on another is left out until there is room for it
function placed(labels) {
  const taken = [], kept = [];
  for (const label of labels.sort((a, b) => b.weight - a.weight)) {
    const lines = [label.text, ...(label.more ? [label.more.text] : [])];
    const wide = Math.max(...lines.map((line) => String(called(line)).length)) * LETTER_PX;
    const left = label.start ? label.x : label.x - wide / 2;
    const box = [left, label.y - LINE_PX, left + wide, label.y + LINE_PX * (lines.length - 1) + 3];
    const inside = box[0] > -8 && box[2] < view.width + 8 && box[1] > -4 && box[3] < view.height + 4;
    const free = taken.every((own) =>
      box[0] > own[2] || box[2] < own[0] || box[1] > own[3] || box[3] < own[1]
    );
    if (!inside || !free || !label.text) continue;
    taken.push(box);
    kept.push(label);
  }
  return kept;
}

function labelled(label) {
  const own = { x: label.x.toFixed(1), y: label.y.toFixed(1), class: label.look };
  if (label.start) own["text-anchor"] = "start";
  const text = s("text", own, called(label.text));
  if (!label.more) return [text];
  const more = { x: own.x, y: (label.y + LINE_PX).toFixed(1), class: label.more.look };
  return [text, s("text", { ...more, "data-district": label.text }, label.more.text)];
}

// the longest of 1, 2 and 5 times a power of ten that has room
function drawScale(front) {
  if (!A.km) return;
  const most = A.km * SCALE_PX / (view.scale * view.k), ten = 10 ** Math.floor(Math.log10(most));
  const length = ten * [5, 2, 1].find((times) => times * ten <= most);
  const wide = length / A.km * view.scale * view.k, y = view.height - 14;
  const said = length >= 1
    ? T("map.scale_km", { length: N(length) })
    : T("map.scale_m", { length: N(1000 * length) });
  front.append(
    s("path", { d: `M14,${y - 5}v5h${wide.toFixed(1)}v-5`, class: "scale" }),
    s("text", { x: 20 + wide, y, class: "scale-length" }, said),
  );
}

const flowsBack = (asset) =>
  A.turns[A.asset[asset]] ? A.turns[A.asset[asset]][state.month] === "-" : A.flow[asset] < 0;

// which way it flows in the chosen month, where there is room to say it: what turns the arrow there
function arrow(asset, points) {
  const screen = points.map(([x, y]) => [px(x), py(y)]);
  const lengths = screen.slice(1).map(([x, y], i) => Math.hypot(x - screen[i][0], y - screen[i][1]));
  const longest = lengths.indexOf(Math.max(...lengths));
  if (!(lengths[longest] >= 34) || lookOfKind(asset).both_ways) return null;
  const [a, b] = [screen[longest], screen[longest + 1]];
  // past the middle, so that the arrows of two directions do not lie on each other
  const turn = () => {
    const back = flowsBack(asset), near = back ? 0.58 : 0.42;
    const [x, y] = [0, 1].map((axis) => a[axis] * near + b[axis] * (1 - near));
    const turned = Math.atan2(b[1] - a[1], b[0] - a[0]) * 180 / Math.PI + (back ? 180 : 0);
    return `translate(${x.toFixed(1)},${y.toFixed(1)}) rotate(${turned.toFixed(0)})`;
  };
  return { element: s("path", { d: "M-3,-4L4,0L-3,4" }), turn };
}

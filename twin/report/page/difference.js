// On the map, where another plan does better or worse than the first.
function lookOfDifference(asset) {
  const [a, b] = [FIRST, against].map((name) => A.plans[name][asset][state.month]);
  if (a === "." && b === ".") return "gone";
  if (a === ".") return "only";
  if (b === ".") return "missing";
  return a === b || a === "-" || b === "-" ? "same" : b < a ? "better" : "worse";
}

function drawDifference() {
  const groups = { worse: [], better: [], only: [], missing: [] };
  A.asset.forEach((_, i) => {
    const look = lookOfDifference(i);
    if (look in groups && layers.has(A.network[i])) groups[look].push(i);
  });
  $("panel").replaceChildren(
    ...Object.values(groups).some((assets) => assets.length) ? [] : [h("p", null, T("difference.none"))],
    ...Object.entries(groups).filter(([, assets]) => assets.length).flatMap(([look, assets]) => [
      h("h3", null, `${T(`difference.${look}`)}: ${N(assets.length)}`),
      h(
        "p",
        { class: "chips" },
        assets.slice(0, 12).map((i) =>
          h("button", {
            class: "chip",
            onclick: () => {
              openAsset(i);
              centreOn(i);
            },
          }, short(A.asset[i]))
        ),
        assets.length > 12 ? " …" : "",
      ),
    ]),
    state.asset >= 0
      ? h(
        "p",
        { class: "readout", id: "opened" },
        `${short(A.asset[state.asset])}: `,
        PLANS.filter((name) => name in A.plans).map((name) => {
          const letter = A.plans[name][state.asset][state.month];
          return `${name}: ${T(`look.${letter === "." ? "gone" : letter === "-" ? "free" : `k${letter}`}`)}`;
        }).join("; "),
      )
      : "",
  );
}

function startDifference() {
  if (!A || PLANS.length < 2) return $("difference").remove();
  classOf = lookOfDifference;
  const differs = (month) => A.asset.some((_, i) => A.plans[FIRST][i][month] !== A.plans[against][i][month]);
  state.month = Math.max(0, MONTHS.findIndex((_, month) => differs(month)));
  $("plan").replaceChildren(
    ...PLANS.filter((name) => name !== FIRST && name in A.plans).map((name) =>
      h("option", { value: name }, name)
    ),
  );
  $("plan").addEventListener("change", () => {
    against = $("plan").value;
    recolour();
    drawDifference();
  });
  startMap();
  on("month", drawDifference);
  on("asset", drawDifference);
  on("look", drawDifference);
}

// Each utility as a whole: supply, demand and what was not served.
function supplyChart(own) {
  return chart({
    height: 250,
    label: T("supply.label", { utility: T(`network.${own.utility}`) }),
    build: () => ({
      traces: [
        {
          ...line(T("supply.capacity"), own.capacity, colour("series3"), { shape: "hv", width: 2.5 }),
          fill: "tozeroy",
          fillcolor: colour("wash"),
        },
        line(T("supply.peak"), own.peak, colour("series2")),
      ],
      layout: { yaxis: yTitle(unit(own.unit)) },
    }),
  });
}

function lostChart(own) {
  return chart({
    height: 150,
    label: T("supply.lost_label", { utility: T(`network.${own.utility}`) }),
    build: () => ({
      traces: [bars(T(`supply.lost_${own.utility}`), own.lost, colour("k4"))],
      layout: { yaxis: yTitle(T("chart.per_month", { unit: unit(own.lost_unit) })), showlegend: true },
    }),
  });
}

function drawSupply() {
  const parent = $("supply-charts");
  forget(parent);
  parent.replaceChildren(
    ...DATA.supply.map((own) =>
      h(
        "div",
        { class: "card" },
        h("h3", null, T(`network.${own.utility}`)),
        h("p", { class: "readout", "data-utility": own.utility }),
        own.capacity.some((v) => v !== null) ? supplyChart(own) : "",
        own.lost.some((v) => v > 0.5) ? lostChart(own) : h("p", { class: "good" }, T("supply.nothing_lost")),
      )
    ),
  );
  readSupply();
}

function readSupply() {
  DATA.supply.forEach((own) => {
    const line = document.querySelector(`.readout[data-utility="${own.utility}"]`);
    if (!line) return;
    const at = state.month, lost = own.lost[at] || 0;
    line.textContent = T("supply.readout", {
      month: inShort(MONTHS[at]),
      peak: N(own.peak[at]),
      capacity: N(own.capacity[at]),
      unit: unit(own.unit),
    }) + (lost > 0.5
      ? ` ${T("supply.readout_lost", { amount: large(lost, 0), unit: unit(own.lost_unit) })}`
      : "");
  });
}

function startSupply() {
  if (!DATA.supply.length) return $("supply").remove();
  on("look", drawSupply);
  on("month", readSupply);
}

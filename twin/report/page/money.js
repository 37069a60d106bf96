// Money by month: works by who pays, debt and its service.
const running = (values) => {
  let sum = 0;
  return values.map((value) => (sum += value || 0));
};
const yearly = (values) =>
  MONTHS.map((_, i) =>
    values.slice(Math.max(0, i - 11), i + 1).reduce((sum, value) => sum + (value || 0), 0)
  );
const added = (...lists) => MONTHS.map((_, i) => lists.reduce((sum, list) => sum + (list[i] || 0), 0));

function drawMoney() {
  const parent = $("money-charts"), cash = DATA.cash, names = Object.keys(cash.works);
  forget(parent);
  const service = added(cash.interest, cash.principal, cash.fees);
  parent.replaceChildren(
    h(
      "div",
      null,
      h("h3", null, T("money.spending")),
      chart({
        height: 230,
        label: T("money.spending_label"),
        build: () => ({
          traces: names.flatMap((
            name,
            i,
          ) => (cash.works[name].some((value) => value)
            ? [bars(named("instrument", name), cash.works[name], colour(`series${(i % 6) + 1}`))]
            : [])
          ),
          layout: { barmode: "stack", yaxis: yTitle(T("chart.per_month", { unit: unit("bn KZT") })) },
        }),
      }),
    ),
    h(
      "div",
      null,
      h("h3", null, T("money.debt")),
      chart({
        height: 230,
        label: T("money.debt_label"),
        build: () => ({
          traces: [
            {
              ...line(T("money.liability"), cash.liability, colour("series2")),
              fill: "tozeroy",
              fillcolor: colour("wash"),
            },
            line(T("money.service"), yearly(service), colour("series1")),
            line(T("money.paid"), running(added(cash.own, service)), colour("series3"), { dash: "dot" }),
          ],
          layout: { yaxis: yTitle(unit("bn KZT")) },
        }),
      }),
    ),
  );
  readMoney();
}

function readMoney() {
  const at = state.month, cash = DATA.cash, service = yearly(added(cash.interest, cash.principal, cash.fees));
  $("money-readout").textContent = T("money.readout", {
    month: inShort(MONTHS[at]),
    liability: N(cash.liability[at] || 0),
    service: N(service[at]),
  });
}

function startMoney() {
  if (!DATA.cash) return $("money").remove();
  on("look", drawMoney);
  on("month", readMoney);
}

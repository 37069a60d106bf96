// The connection queue: who asked, who is connected, who waits for what. The longest waits are in sight.
const IN_SIGHT = 6;

function connectedBy(month) {
  return DATA.queue.developments.filter((own) => own.connected && own.connected.slice(0, 7) <= month);
}

function drawQueue() {
  const waiting = DATA.queue.waiting, parent = $("queue-chart"), utilities = Object.keys(waiting);
  forget(parent);
  const asked = MONTHS.map((month) =>
    DATA.queue.developments.filter((own) => own.requested.slice(0, 7) <= month).length
  );
  const connected = MONTHS.map((month) => connectedBy(month).length);
  parent.replaceChildren(
    chart({
      height: 220,
      label: T("queue.label"),
      build: () => ({
        traces: [
          line(T("queue.asked"), asked, colour("muted"), { shape: "hv", dash: "dash" }),
          line(T("queue.connected"), connected, colour("series3"), { shape: "hv" }),
        ],
        layout: { yaxis: yTitle(T("queue.developments")) },
      }),
    }),
    ...(utilities.length
      ? [
        h("p", { class: "quiet" }, T("queue.blocked_label")),
        chart({
          height: 190,
          label: T("queue.blocked_label"),
          build: () => ({
            traces: utilities.map((utility) =>
              bars(
                T("queue.blocked_by", { utility: named("network", utility) }),
                waiting[utility],
                colour(utilityColour(utility)),
              )
            ),
            layout: { barmode: "stack", yaxis: yTitle(T("queue.waiting")) },
          }),
        }),
      ]
      : []),
  );
  readQueue();
}

function blockers(own) {
  return own.blocked_by.map(({ utility, capacity }) =>
    `${named("network", utility)}: ${called(capacity) || T("queue.no_network")}`
  ).join("; ");
}

// the sites that end what blocks a development: those the queue names, else those of the shortages it met
function awaited(own) {
  const until = (own.connected || DATA.end).slice(0, 7);
  const named = own.blocked_by.flatMap(({ capacity, sites: queued }) => {
    const met = DATA.breaches.filter((breach) =>
      breach.capacity === capacity && breach.month <= until &&
      (!breach.until || breach.until >= own.requested.slice(0, 7))
    );
    return queued.length ? queued : met.flatMap((breach) => breach.enders.map((one) => one.site));
  });
  const stood = (site) => sites.has(site) && sites.get(site).commissioned;
  if (!own.connected) {
    return [...new Set(named)].map((site) => (stood(site) ? site : T("queue.site_not_in_run", { site })));
  }
  const came = [...new Set(named)].filter((site) => stood(site) && stood(site) <= own.connected);
  return came.length || !own.blocked_by.length ? came : [T("queue.room_back")];
}

function readQueue() {
  const month = MONTHS[state.month];
  const waits = DATA.queue.developments.filter((own) =>
    own.requested.slice(0, 7) <= month && !(own.connected && own.connected.slice(0, 7) <= month)
  );
  $("queue-readout").textContent = T("queue.readout", {
    month: inShort(month),
    connected: N(connectedBy(month).length),
    waiting: N(waits.length),
    jobs: N(waits.reduce((sum, own) => sum + (own.jobs || 0), 0)),
  }) +
    (DATA.queue.housing[state.month]
      ? ` ${T("queue.readout_housing", { count: N(DATA.queue.housing[state.month]) })}`
      : "");
  const rows = [...DATA.queue.developments].sort((a, b) =>
    (b.waited || 0) - (a.waited || 0) || a.requested.localeCompare(b.requested)
  );
  const shown = waits.length
    ? rows.filter((own) => waits.includes(own))
    : rows.filter((own) => own.waited > 0);
  $("queue-title").textContent = T(
    waits.length ? "queue.who_waits" : shown.length ? "queue.who_waited" : "queue.nobody",
    { month: inShort(month) },
  );
  fillQueue("queue-table", shown.slice(0, IN_SIGHT));
  $("queue-rest").hidden = shown.length <= IN_SIGHT;
  $("queue-rest").querySelector("summary").textContent = T("headroom.more", {
    count: N(shown.length - IN_SIGHT),
  });
  fillQueue("queue-rest-table", shown.slice(IN_SIGHT));
}

function fillQueue(id, shown) {
  const columns = "development district jobs requested connected_on months blocked missing".split(" ");
  if (!shown.length) return $(id).replaceChildren();
  fillTable(
    id,
    columns.map((key) => column(T(`queue.${key}`))),
    shown.map((own) =>
      rowOf(
        own.name,
        cellOf(own.district),
        numberCell(N(own.jobs)),
        cellOf(inShort(own.requested)),
        cellOf(own.connected ? inShort(own.connected) : T("queue.not_yet")),
        numberCell(N(own.waited)),
        cellOf(blockers(own) || "–"),
        cellOf(awaited(own).join(", ") || "–"),
      )
    ),
  );
}

function startQueue() {
  if (!DATA.queue) return $("queue").remove();
  on("look", drawQueue);
  on("month", readQueue);
}

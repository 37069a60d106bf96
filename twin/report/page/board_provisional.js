// What is known of a change before its city is simulated, by the demand as planned; marked as provisional.
function provisionalOf(file) {
  const own = file === PLANNED ? BOARD : desk.variants.get(file), planned = answerOf(PLANNED);
  if (!own || !own.provisional || own.unwritten || !planned) return null;
  return { ...own.provisional, months: planned.months, provisional: true };
}

function sayProvisional(base) {
  const own = provisionalOf(desk.file);
  $("change").append(h("span", { class: "mark" }, T("board.provisional_explain")), " ");
  if (!own || !own.headroom.length) return;
  const order = answerOf(PLANNED).breaches.map((breach) => breach.capacity);
  const place = (row) => order.indexOf(row.capacity) + (order.includes(row.capacity) ? 0 : order.length + 1);
  const short = own.headroom.filter((row) => row.short.length);
  short.sort((a, b) => a.short[0].localeCompare(b.short[0]) || place(a) - place(b));
  $("headline").textContent = short.length
    ? T("board.provisional_first", { what: short[0].capacity, month: inMonth(short[0].short[0]) })
    : T("board.provisional_none");
  const unknown = own.headroom.filter((row) => row.unknown.length).map((row) => row.capacity);
  if (base && desk.base !== desk.file) {
    $("change").append(...(unknown.length ? [] : sayMonths(own, base)), ...newlyShort(own, base));
  }
  if (unknown.length) $("change").append(T("board.unknown", { list: listed(unknown) }));
}

// What is built and what is paid in each year, and its change against the base
function drawYears(own, base) {
  if (!own || !own.years) return $("years-table").replaceChildren();
  const compared = base && base.years && desk.base !== desk.file, unitOf = unit("bn KZT");
  const years = [...new Set([...Object.keys(own.years), ...Object.keys(compared ? base.years : {})])].sort();
  const amount = (told, year, key) => ((told.years || {})[year] || {})[key] || 0;
  const change = (year, key) => {
    const by = amount(own, year, key) - amount(base, year, key);
    return fixed(Math.abs(by), 1) === fixed(0, 1) ? "" : `${by > 0 ? "+" : "−"}${fixed(Math.abs(by), 1)}`;
  };
  const cells = (year, key) => [
    numberCell(fixed(amount(own, year, key), 1)),
    compared ? numberCell(h("span", { class: "quiet" }, change(year, key))) : "",
  ];
  const heads = (word) => [
    column(T(word, { unit: unitOf }), { class: "right" }),
    compared ? column(T("board.change"), { class: "right" }) : "",
  ];
  fillTable(
    "years-table",
    [column(T("board.year")), heads("board.works"), heads("board.paid")],
    years.map((year) =>
      h(
        "tr",
        { "data-year": year },
        h("th", { scope: "row" }, year),
        cells(year, "works"),
        cells(year, "paid"),
      )
    ),
  );
}

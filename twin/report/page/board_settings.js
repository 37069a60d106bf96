// Switches of the scenario, any other key, and what is made of a variant: its command, an order, a search.
const GROWTH = "demand.growth_factor";

function setKey(key, value) {
  return edit((content) => {
    content.set = { ...content.set };
    if (value === undefined || value === BOARD.chosen[key]) delete content.set[key];
    else content.set[key] = value;
  });
}

function switchOf(key, options, value) {
  return h(
    "label",
    null,
    h("span", null, T(`board.set.${key}`)),
    h(
      "select",
      {
        "data-key": key,
        onchange: (event) => setKey(key, options[event.target.selectedIndex].value),
      },
      options.map((own) => h("option", { selected: own.value === value }, own.label)),
    ),
  );
}

function optionsOf(key, content) {
  if (key === GROWTH) {
    const own = Object.entries(BOARD.choices[key]).map(([name, value]) => ({
      value,
      label: T("board.growth", { name: T(`board.growth.${name}`), factor: N(value) }),
    }));
    const value = content.set[key] ?? BOARD.chosen[key];
    return own.some((one) => one.value === value) ? own : [...own, { value, label: N(value) }];
  }
  return BOARD.choices[key].map((value) => ({
    value,
    label: value === ""
      ? T("board.stages")
      : has(`board.value.${value}`)
      ? T(`board.value.${value}`)
      : value.replaceAll("_", " "),
  }));
}

function drawSettings() {
  const content = contentOf(desk.file);
  $("switches").replaceChildren(
    ...Object.keys(BOARD.choices).map((key) =>
      switchOf(key, optionsOf(key, content), content.set[key] ?? BOARD.chosen[key])
    ),
  );
  $("set-list").replaceChildren(
    ...Object.entries(content.set).filter(([key]) => !(key in BOARD.choices)).map(([key, value]) =>
      h(
        "li",
        null,
        `${key} = ${value} `,
        h("button", { "aria-label": T("board.unset", { key }), onclick: () => setKey(key) }, "×"),
      )
    ),
  );
}

// What is typed as a value: a number, true or false, else a word
function typed(text) {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function drawNames() {
  const option = (file) => h("option", { value: file }, labelOf(file));
  for (const [id, chosen] of [["variant", desk.file], ["base", desk.base]]) {
    $(id).replaceChildren(...[PLANNED, ...desk.variants.keys()].map(option));
    $(id).value = chosen;
  }
  const content = contentOf(desk.file), past = historyOf(desk.file);
  for (const [id, value] of [["variant-name", content.name], ["variant-note", content.note]]) {
    if (document.activeElement !== $(id)) $(id).value = value;
    $(id).disabled = desk.file === PLANNED;
  }
  $("undo").disabled = desk.file === PLANNED || !past.done.length;
  $("redo").disabled = desk.file === PLANNED || !past.undone.length;
  $("remove").disabled = desk.file === PLANNED || Boolean(current().unwritten);
  $("keep-order").querySelector("button").disabled = problemsOf(desk.file).length > 0;
}

function drawKeep() {
  const own = current(), command = own ? own.command : BOARD.command;
  $("command").textContent = command;
  $("plan-command").textContent = own
    ? `${command.replace("twin run", "twin plan")} --budget 200`
    : `${command.replace("twin run", "twin plan")} --set build_order=NAME --budget 200`;
  const answer = answerOf(desk.file);
  $("whole").hidden = !answer;
  if (answer) $("whole").href = `page/${answer.folder}`;
}

async function keepOrder(event) {
  event.preventDefault();
  try {
    const { status, told } = await send("POST", "orders", {
      variant: desk.file,
      name: $("order-name").value,
    });
    $("kept").replaceChildren(
      ...(status === 201
        ? [
          h("p", null, T("board.kept", { file: told.file })),
          h("pre", { id: "order-command" }, told.command),
        ]
        : (told.problems || []).map((line) => h("p", { class: "bad" }, line))),
    );
  } catch {
    lost();
  }
}

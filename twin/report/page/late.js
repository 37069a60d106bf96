// Why a site came when it did: of the page's run, or of a run that it was told later.
const sites = new Map(), unitsOf = new Map();

function takeRun(calendar, capacities) {
  sites.clear();
  calendar.forEach((site) => sites.set(site.site, site));
  capacities.forEach((row) => unitsOf.set(row.name || row.capacity, row.unit));
}

if (DATA.calendar && DATA.headroom) takeRun(DATA.calendar, DATA.headroom.rows || []);

function waitWord(text, site) {
  const [kind, name] = text.split(/ (.*)/);
  if (kind === "trigger" && site && site.trigger) {
    return T("wait.trigger_when", { what: condition(site.trigger) });
  }
  return has(`wait.${kind}`)
    ? T(`wait.${kind}`, { name: name ? named("trade", named("money", name)) : "" })
    : text;
}

function condition({ capacity, utilisation_above_percent: use, headroom_below: room }) {
  return use === undefined
    ? T("trigger.room", { capacity, value: N(room), unit: unitOfCapacity(capacity) })
    : T("trigger.use", { capacity, value: N(use) });
}

// why a site came when it did, against its plan
function whyThen(site) {
  if (!site.started && site.trigger) return T("wait.trigger_never", { what: condition(site.trigger) });
  if (site.planned && site.commissioned && site.commissioned <= site.planned) return T("calendar.as_planned");
  return reasons(site.site).join("; ") || "–";
}

const unitOfCapacity = (name) => (unitsOf.has(name) ? unit(unitsOf.get(name)) : "");

// why a site stood late: its works took longer, or what it waited for
function reasons(name) {
  const site = sites.get(name);
  if (!site) return [];
  return [
    ...(site.slip > 0 ? [T("wait.slip", { months: N(site.slip) })] : []),
    ...(site.slowed > 0 ? [T("wait.slowed", { days: N(site.slowed, 2), place: site.slowed_at })] : []),
    ...site.waited_for.map((text) => waitWord(text, site)),
  ];
}

"""Names of what is accounted of resources, apart from what accounts it: words need no engine."""

GENERATED = "generated_mwh"
CHARGED, DISCHARGED, LOST = BATTERIES = ("charged_mwh", "discharged_mwh", "battery_losses_mwh")
CALLED, CALLED_H = CONTRACTS = ("called_mwh", "called_h")

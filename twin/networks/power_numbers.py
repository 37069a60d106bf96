"""Which columns of a pandapower file must hold numbers, numbers above zero, and buses that exist."""

_POWER = ("p_mw", "q_mvar", "scaling")
_PHASES = (*(f"{kind}_{phase}_{unit}" for kind, unit in (("p", "mw"), ("q", "mvar")) for phase in "abc"),)
_WARD = ("ps_mw", "qs_mvar", "pz_mw", "qz_mvar")
_SIDES = ("hv", "mv", "lv")
_WINDINGS = tuple(f"{what}_{side}_{unit}" for what, unit in (("vn", "kv"), ("sn", "mva")) for side in _SIDES)

NUMBERS: dict[str, tuple[str, ...]] = {
    "bus": ("vn_kv",),
    "load": _POWER,
    "sgen": _POWER,
    "storage": _POWER,
    "gen": ("p_mw", "vm_pu", "scaling"),
    "ext_grid": ("vm_pu", "va_degree"),
    "motor": ("pn_mech_mw", "loading_percent", "efficiency_percent", "cos_phi", "scaling"),
    "asymmetric_load": (*_PHASES, "scaling"),
    "asymmetric_sgen": (*_PHASES, "scaling"),
    "ward": _WARD,
    "xward": (*_WARD, "r_ohm", "x_ohm", "vm_pu"),
    "shunt": ("p_mw", "q_mvar", "step"),
    "line": ("length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "parallel"),
    "trafo": (
        *("sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent"),
        *("pfe_kw", "i0_percent", "shift_degree", "parallel"),
    ),
    "trafo3w": (
        *_WINDINGS,
        *(f"{what}_{side}_percent" for what in ("vk", "vkr") for side in _SIDES),
        *("pfe_kw", "i0_percent", "shift_mv_degree", "shift_lv_degree"),
    ),
    "impedance": ("rft_pu", "xft_pu", "rtf_pu", "xtf_pu", "sn_mva"),
    "dcline": ("p_mw", "loss_percent", "loss_mw", "vm_from_pu", "vm_to_pu"),
}
"""Columns that pandapower computes with: each must be there and finite."""

POSITIVE: dict[str, tuple[str, ...]] = {
    "bus": ("vn_kv",),
    "gen": ("vm_pu",),
    "ext_grid": ("vm_pu",),
    "motor": ("efficiency_percent", "cos_phi"),
    "xward": ("vm_pu",),
    "line": ("parallel",),
    "trafo": ("sn_mva", "vn_hv_kv", "vn_lv_kv", "parallel"),
    "trafo3w": tuple(
        f"{what}_{side}_{unit}" for what, unit in (("vn", "kv"), ("sn", "mva")) for side in _SIDES
    ),
    "impedance": ("sn_mva",),
    "dcline": ("vm_from_pu", "vm_to_pu"),
}

_ENDS = ("from_bus", "to_bus")

REFERENCES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("load", "sgen", "storage", "gen", "ext_grid", "motor", "asymmetric_load"),
            *("asymmetric_sgen", "ward", "xward", "shunt", "switch"),
        ),
        ("bus",),
    ),
    "line": _ENDS,
    "impedance": _ENDS,
    "dcline": _ENDS,
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
}
"""Columns that name buses."""

SWITCHED = {"b": "bus", "l": "line", "t": "trafo", "t3": "trafo3w"}
"""What a switch of each type switches beside its bus."""

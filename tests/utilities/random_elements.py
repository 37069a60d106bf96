"""Small meshed grids from a seed: elements of every kind at any bus, slack buses too, and random options."""

import numpy as np
import pandapower as pp

_NAN = float("nan")


def any_grid(seed: int) -> pp.pandapowerNet:
    """Make two voltage levels in a ring or two, a supply or two, and a dozen elements of random kinds."""
    rng = np.random.default_rng(seed)
    net = pp.create_empty_network(sn_mva=float(rng.choice([1.0, 100.0])))
    high = [int(pp.create_bus(net, 110.0)) for _ in range(int(rng.integers(2, 5)))]
    low = [int(pp.create_bus(net, 20.0)) for _ in range(int(rng.integers(2, 6)))]
    for level, ka in ((high, 0.6), (low, 0.4)):
        for at in range(1, len(level)):
            _line(net, rng, level[int(rng.integers(0, at))], level[at], ka)
        if len(level) > 2:
            _line(net, rng, level[0], level[-1], ka)
    for _ in range(2):
        tap = int(rng.integers(-3, 4))
        pp.create_transformer_from_parameters(
            *(net, int(rng.choice(high)), low[0], 40.0, 110.0, 20.0, 0.4, 11.0, 20.0, 0.05),
            tap_side="hv",
            tap_neutral=0,
            tap_min=-9,
            tap_max=9,
            tap_pos=tap,
            tap_step_percent=1.5,
            tap_changer_type="Ratio",
            shift_degree=0,
        )
    pp.create_ext_grid(net, high[0], vm_pu=1.02)
    if rng.random() < 0.3:
        pp.create_ext_grid(net, high[0], vm_pu=1.02, slack_weight=3.0)
    if rng.random() < 0.3:
        pp.create_gen(net, high[-1], 10.0, vm_pu=1.01, slack=True)
    for _ in range(int(rng.integers(4, 14))):
        _element(net, rng, int(rng.choice(high + low)))
    _options(net, rng)
    return net


def _line(net: pp.pandapowerNet, rng: np.random.Generator, a: int, b: int, ka: float) -> None:
    pp.create_line_from_parameters(net, a, b, float(rng.uniform(1.0, 8.0)), 0.12, 0.35, 9.0, ka)


def _element(net: pp.pandapowerNet, rng: np.random.Generator, bus: int) -> None:
    mw, mvar = float(rng.uniform(0.2, 2.0)), float(rng.uniform(-0.5, 0.8))
    kind = int(rng.integers(0, 14))
    on = bool(rng.random() < 0.9)
    if kind <= 2:
        pp.create_load(net, bus, mw * float(rng.choice([1.0, 1.0, -1.0])), mvar, scaling=0.9, in_service=on)
    elif kind == 3:
        pp.create_sgen(net, bus, mw, mvar, scaling=1.1, in_service=on)
    elif kind == 4:
        pp.create_storage(net, bus, mw * float(rng.choice([1.0, -1.0])), 5.0, q_mvar=mvar, in_service=on)
    elif kind == 5:
        pp.create_motor(net, bus, mw, 0.85, efficiency_percent=93.0, loading_percent=80.0, in_service=on)
    elif kind == 6:
        pp.create_asymmetric_load(net, bus, mw, 0.1, 0.3, mvar, 0.1, 0.0, in_service=on)
    elif kind == 7:
        pp.create_asymmetric_sgen(net, bus, 0.3, mw, 0.1, 0.0, mvar, 0.1, in_service=on)
    elif kind == 8:
        pp.create_ward(net, bus, mw, mvar, 0.5, 0.2, in_service=on)
    elif kind == 9 and bus not in net.gen.bus.to_numpy():
        pp.create_xward(net, bus, mw, mvar, 0.3, 0.1, 0.5, 4.0, 1.0, in_service=on)
    elif kind == 10:
        pp.create_shunt(net, bus, mvar, 0.05, in_service=on)
    elif kind == 11:
        other = int(rng.choice(net.bus.index[net.bus.vn_kv == net.bus.vn_kv.at[bus]]))
        if other != bus:
            pp.create_impedance(net, bus, other, 0.02, 0.08, 20.0, in_service=on)
    elif kind == 12 and _free(net, bus):
        other = int(net.bus.index[0])
        if _free(net, other):
            pp.create_dcline(net, bus, other, mw, 2.0, 0.05, 1.01, 1.01, in_service=on)
    elif kind == 13 and _free(net, bus):
        limit = float(rng.uniform(0.1, 3.0))
        pp.create_gen(net, bus, mw, vm_pu=1.01, min_q_mvar=-limit, max_q_mvar=limit, in_service=on)


def _free(net: pp.pandapowerNet, bus: int) -> bool:
    """Return whether nothing at a bus holds its voltage yet."""
    held = [net.ext_grid.bus, net.gen.bus, net.xward.bus, net.dcline.from_bus, net.dcline.to_bus]
    return all(bus not in buses.to_numpy() for buses in held)


def _options(net: pp.pandapowerNet, rng: np.random.Generator) -> None:
    options = {"trafo_model": str(rng.choice(["t", "pi"]))}
    choice = rng.random()
    if choice < 0.3:
        options["enforce_q_lims"] = True  # type: ignore[assignment]
    elif choice < 0.5:
        options["distributed_slack"] = True  # type: ignore[assignment]
        net.gen["slack_weight"] = rng.uniform(0.0, 1.0, len(net.gen)) * rng.integers(0, 2, len(net.gen))
        net.dcline = net.dcline.iloc[:0]
        net.xward["slack_weight"] = 0.0
    # pandapower lets a generator at its limit follow the voltage with the loads at its bus; the twin does not
    if "enforce_q_lims" not in options and rng.random() < 0.4:
        for part in ("z_p", "i_p", "z_q", "i_q"):
            net.load[f"const_{part}_percent"] = rng.uniform(0.0, 50.0, len(net.load))
    pp.set_user_pf_options(net, **options)

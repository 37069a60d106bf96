"""What a pandapower file holds that the twin takes otherwise than its reader may think."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from twin.errors import Mistake, listed
from twin.networks.base import Mask
from twin.networks.power_compile import in_service
from twin.networks.power_elements import CONSUMERS, consumer_powers, generator_powers

_GENERATORS = ("gen", "sgen", "asymmetric_sgen")
Text = tuple[str, ...]


def warn(net: Any, names: Mapping[str, Sequence[str]], file: str) -> tuple[Mistake, ...]:
    """Return the warnings of a net, with the names of its elements by table."""
    return tuple(Mistake(file, 0, *text) for part in _PARTS for text in part(net, names))


def _some(names: Sequence[str], rows: Mask) -> str:
    return listed([name for name, row in zip(names, rows, strict=True) if row])


def _generators(net: Any, names: Mapping[str, Sequence[str]]) -> Iterator[Text]:
    for table in _GENERATORS:
        if not len(net[table]):
            continue
        power, on = generator_powers(net, table), in_service(net, table)
        if table == "gen":
            on = on & ~net.gen.slack.to_numpy(dtype=bool)
        if (on & (power > 0.0)).any():
            which = _some(names[table], on & (power > 0.0))
            yield f"{table} {which}: p_mw is fed in day and night", "p_mw as a yearly mean, or out of service"
        if (on & (power < 0.0)).any():
            which = _some(names[table], on & (power < 0.0))
            yield f"{table} {which}: p_mw is below zero: drawn while energised, never unserved", "a load"


def _consumers(net: Any, names: Mapping[str, Sequence[str]]) -> Iterator[Text]:
    for table in CONSUMERS:
        if not len(net[table]):
            continue
        power, on = consumer_powers(net, table)[0], in_service(net, table)
        if table == "storage":
            if (on & (power != 0.0)).any():
                which = _some(names[table], on & (power != 0.0))
                yield f"storage {which}: p_mw is constant, no charge is accounted", "p_mw 0 without charging"
        elif (on & (power < 0.0)).any():
            which = _some(names[table], on & (power < 0.0))
            yield f"{table} {which}: power below zero is fed in day and night", "an sgen, or out of service"
        if table == "asymmetric_load" and on.any():
            yield f"{table} {_some(names[table], on)}: phases are summed and taken as balanced", "loads"


def _ratings(net: Any, names: Mapping[str, Sequence[str]]) -> Iterator[Text]:
    if len(net.line):
        amps = net.line.max_i_ka.to_numpy(dtype=float) * net.line.df.to_numpy(dtype=float)
        without = in_service(net, "line") & ~(np.isfinite(amps) & (amps > 0.0))
        if without.any():
            which = _some(names["line"], without)
            yield f"line {which}: max_i_ka is missing, so no loading is told", "max_i_ka above zero"
    if net.user_pf_options.get("trafo_loading", "current") != "current":
        yield "user_pf_options trafo_loading is not used: loading is by current", "trafo_loading current"


def _reactive(net: Any, names: Mapping[str, Sequence[str]]) -> Iterator[Text]:
    """Yield reactive limits that are not enforced, or asked for and not there."""
    if not len(net.gen):
        return
    on = in_service(net, "gen") & ~net.gen.slack.to_numpy(dtype=bool)
    limits = [net.gen[c].to_numpy(dtype=float) for c in ("min_q_mvar", "max_q_mvar") if c in net.gen]
    given = np.isfinite(np.stack(limits)).all(axis=0) if len(limits) == 2 else np.zeros(len(net.gen), bool)
    if not net.user_pf_options.get("enforce_q_lims"):
        if (on & given).any():
            problem = f"gen {_some(names['gen'], on & given)}: reactive limits are not enforced"
            yield problem, "user_pf_options enforce_q_lims true"
        return
    if (on & ~given).any():
        yield f"gen {_some(names['gen'], on & ~given)}: without reactive limits", "min_q_mvar and max_q_mvar"
    if (on & given).any():
        yield "outages are judged with the generators that are at their reactive limits before", ""


_PARTS = (_generators, _consumers, _ratings, _reactive)

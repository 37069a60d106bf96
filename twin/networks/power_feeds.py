"""What is fed into a grid beside its supplies, at any solution: generators, negative consumers, DC lines."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from twin.networks.base import Vector
from twin.networks.power_compile import Compiled, bus_rows, in_service
from twin.networks.power_elements import CONSUMERS, consumer_powers, generator_powers


class Feeds(NamedTuple):
    """What a switching state's generators of all kinds feed in.

    Attributes
    ----------
    fed_mw, drawn_mw
        What is fed in at energised buses, and what generators draw there.
    lost_mw
        What direct-current lines take at one end and do not give at the other.
    slack_mw, slack_weight, slack_count
        Power, weights and number of slack generators at each internal bus.
    """

    fed_mw: float
    drawn_mw: float
    lost_mw: float
    slack_mw: Vector
    slack_weight: Vector
    slack_count: Vector


def fed_in(net: Any, compiled: Compiled) -> Feeds:
    """Return what generators, negative consumers and direct-current lines feed in."""
    parts = list(_parts(net, compiled))
    power = np.concatenate([part for part in parts if len(part)] or [np.zeros(0)])
    lines_mw, lost_mw = _dc_lines(net, compiled)
    power = np.concatenate([power, lines_mw])
    slack_mw, weight, count = np.zeros((3, len(compiled.start)))
    gen = net.gen
    if len(gen):
        bus = compiled.bus[bus_rows(net, "gen")]
        on = in_service(net, "gen") & gen.slack.to_numpy(dtype=bool) & (bus >= 0)
        np.add.at(slack_mw, bus[on], generator_powers(net, "gen")[on])
        np.add.at(weight, bus[on], gen.slack_weight.to_numpy(dtype=float)[on])
        np.add.at(count, bus[on], 1.0)
    return Feeds(
        float(np.maximum(power, 0.0).sum()),
        float(np.maximum(-power, 0.0).sum()),
        lost_mw,
        slack_mw,
        weight,
        count,
    )


def _parts(net: Any, compiled: Compiled) -> Iterator[Vector]:
    """Yield what each generator and negative consumer at an energised bus feeds in, by table, MW."""
    for table in (*CONSUMERS, "gen", "sgen", "asymmetric_sgen"):
        if not len(net[table]):
            continue
        alive = in_service(net, table) & (compiled.bus[bus_rows(net, table)] >= 0)
        if table in CONSUMERS:
            yield np.maximum(-consumer_powers(net, table)[0], 0.0)[alive]
        else:
            if table == "gen":
                alive = alive & ~net.gen.slack.to_numpy(dtype=bool)
            yield generator_powers(net, table)[alive]


def _dc_lines(net: Any, compiled: Compiled) -> tuple[Vector, float]:
    """Return what direct-current lines give or take where only one end is energised, and lose else, MW."""
    table = net.dcline
    if not len(table):
        return np.zeros(0), 0.0
    rows = [net.bus.index.get_indexer(table[end].to_numpy()) for end in ("from_bus", "to_bus")]
    live = np.stack([compiled.bus[row] >= 0 for row in rows]) & in_service(net, "dcline")
    asked = table.p_mw.to_numpy(dtype=float)
    sent = np.abs(asked)
    given = sent * (1.0 - table.loss_percent.to_numpy(dtype=float) / 100.0) - table.loss_mw.to_numpy(float)
    ends = np.where(asked > 0.0, np.stack([-sent, given]), np.stack([given, -sent]))
    whole = live.all(axis=0)
    return (ends * (live & ~whole)).sum(axis=0), float(-ends[:, whole].sum())

"""What a grid holds and the twin takes otherwise is a warning by name."""

import re
from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

from tests.networks.grid_of_all_kinds import add, backbone, opened


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("sgen", "sgen sgen-0: p_mw is fed in day and night"),
        ("gen", "gen gen-0: p_mw is fed in day and night"),
        ("negative_sgen", "sgen sgen-0: p_mw is below zero"),
        ("negative_load", "load load-0: power below zero is fed in day and night"),
        ("feeding_ward", "ward ward-0: power below zero is fed in"),
        ("storage", "storage storage-0: p_mw is constant"),
        ("asymmetric_load", "asymmetric_load-0: phases are summed"),
    ],
)
def test_what_is_constant_or_turned_round_is_told(kind: str, words: str, tmp_path: Path) -> None:
    net = backbone()
    add(net, kind, 2, 0.3)
    assert any(re.search(words, str(warning)) for warning in opened(net, tmp_path).warnings)


@pytest.mark.parametrize("rating", [np.nan, 0.0, np.inf])
def test_a_line_without_rating_is_told_and_has_no_loading(rating: float, tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 2, 0.3)
    net.line.loc[1, "max_i_ka"] = rating
    network = opened(net, tmp_path)
    assert [str(w) for w in network.warnings] == [
        "power.json: line line-1: max_i_ka is missing, so no loading is told (max_i_ka above zero)"
    ]
    on = {(s.asset, s.quantity): a for s, a in zip(network.signals, network.active(), strict=True)}
    assert not on["power/line-1", "loading_percent"]
    assert on["power/line-1", "power_mw"]
    assert on["power/line-0", "loading_percent"]
    assert np.isfinite(network.read()).all()


def test_limits_that_are_not_enforced_or_not_there_are_told(tmp_path: Path) -> None:
    net = backbone()
    add(net, "gen", 2, 0.3)
    pp.create_gen(net, 4, 0.1, vm_pu=1.01, min_q_mvar=-1.0, max_q_mvar=1.0)
    said = " ".join(map(str, opened(net, tmp_path).warnings))
    assert "gen gen-1: reactive limits are not enforced" in said
    pp.set_user_pf_options(net, enforce_q_lims=True)
    said = " ".join(map(str, opened(net, tmp_path).warnings))
    assert "gen gen-0: without reactive limits" in said


def test_a_plain_grid_has_no_warnings(tmp_path: Path) -> None:
    net = backbone()
    add(net, "load", 2, 0.3)
    assert opened(net, tmp_path).warnings == ()

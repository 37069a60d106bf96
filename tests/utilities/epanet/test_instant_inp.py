"""Lines of a user's file in an instant: what is of the instant is in it, all else as it was."""

from pathlib import Path

import numpy as np
import pytest
import wntr
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InvalidInput
from twin.utilities.epanet.inp import read_rows, split_words
from twin.utilities.epanet.inp_text import joined, rewritten
from twin.utilities.epanet.instant_inp import left_out
from twin.utilities.water.network import WaterNetwork
from twin.utilities.water.settings import WaterSettings

FILE = """\
[TITLE]
what every kind of line becomes  ; and its comment stays
[JUNCTIONS]
A 10 5 day
B 10 5
"C D" 10
[RESERVOIRS]
R 60 day
[TANKS]
T 40 2 0 4 10 0
[PIPES]
P1 A B 100 200 130 0 OPEN
P2 B T 100 200 130 0.5 CLOSED
P3 R A 100 200 130 CV
P4 B "C D" 100 200 130 0 CV
[PUMPS]
PU R B POWER 4 SPEED 0.9 PATTERN day
[VALVES]
V A "C D" 200 TCV 5 0
[DEMANDS]
A 3 day ; houses
A 2
[STATUS]
V OPEN
[PATTERNS]
day 1 1.2
constant-1 1
[CONTROLS]
LINK P1 CLOSED AT TIME 5
LINK PU CLOSED IF NODE T ABOVE 3.5
LINK PU OPEN AT CLOCKTIME 6 AM
[RULES]
RULE 1
IF SYSTEM TIME > 10
THEN PIPE P1 STATUS IS CLOSED
RULE 2
IF TANK T LEVEL > 3.9
THEN PUMP PU STATUS IS CLOSED
[OPTIONS]
UNITS LPS
Demand Multiplier 2
PRESSURE METERS
ACCURACY 0.0001
UNBALANCED STOP
QUALITY NONE
[TIMES]
DURATION 24
PATTERN TIMESTEP 1:00
START CLOCKTIME 0 AM
[COORDINATES]
A 1 2
[END]
after the end
"""


@pytest.fixture
def network(tmp_path: Path) -> WaterNetwork:
    (tmp_path / "town.inp").write_text(FILE)
    network = WaterNetwork(tmp_path / "town.inp", WaterSettings())
    network.set_demand(np.zeros(0), 1.5)
    network.solve()
    return network


def rows(network: WaterNetwork, folder: Path) -> dict[str, dict[str, list[str]]]:
    path = folder / "out.inp"
    network.snapshot().write(path)
    return {name: {row.words[0]: row.words for row in own} for name, own in read_rows(path).items()}


def test_each_line_is_of_the_instant(network: WaterNetwork, tmp_path: Path) -> None:
    out = rows(network, tmp_path)
    assert out["JUNCTIONS"]["A"] == ["A", "10", "15.0", "constant-2"]
    assert out["JUNCTIONS"]["C D"] == ["C D", "10", "0.0", "constant-2"]
    assert "DEMANDS" not in out or not out["DEMANDS"]
    assert out["RESERVOIRS"]["R"] == ["R", "60.0"]
    assert out["TANKS"]["T"] == ["T", "40", "2.0", "0", "4", "10", "0"]
    assert out["PIPES"]["P2"] == ["P2", "B", "T", "100", "200", "130", "0.5"]
    assert out["STATUS"]["P2"] == ["P2", "CLOSED"]
    assert out["STATUS"]["V"] == ["V", "OPEN"]
    assert out["PIPES"]["P3"][-1] == out["PIPES"]["P4"][-1] == "CV"
    assert out["PUMPS"]["PU"] == ["PU", "R", "B", "POWER", "4", "SPEED", "1.0"]
    text = (tmp_path / "out.inp").read_text()
    assert "what every kind of line becomes  ; and its comment stays" in text
    assert "after the end" not in text
    assert "STOP" not in text
    assert out["TIMES"]["DURATION"] == ["DURATION", "0"]
    assert out["COORDINATES"]["A"] == ["A", "1", "2"]


def test_controls_and_rules_that_cannot_hold_are_left_out_and_told(
    network: WaterNetwork, tmp_path: Path
) -> None:
    text = [" ".join(words) for own in [rows(network, tmp_path)["CONTROLS"]] for words in own.values()]
    assert "AT TIME" not in " ".join(text)
    told = [str(mistake) for mistake in left_out(tmp_path / "town.inp", frozenset({"PU"}))]
    assert [line.split(": ", 1)[1] for line in told] == [
        "left out of an instant: 1 control at a time since the start",
        "left out of this instant, which holds closed PU: 2 controls",
        "rule 1 is left out of this instant: a link that it names is held, or a time",
        "rule 2 is left out of this instant: a link that it names is held, or a time",
    ]


def test_wntr_reads_it_unless_an_id_is_quoted_which_is_told(network: WaterNetwork) -> None:
    with pytest.raises(InvalidInput, match=r"water\.inp: WNTR cannot read this.*the file itself, in EPANET"):
        network.snapshot().model()
    path = network._engine.path
    path.write_text(path.read_text().replace('"C D"', "C-D"))
    plain = WaterNetwork(path, WaterSettings())
    plain.set_demand(np.zeros(0))
    plain.solve()
    model = plain.snapshot().model()
    assert isinstance(model, wntr.network.WaterNetworkModel)
    assert model.get_node("T").init_level == 2.0
    assert model.options.hydraulic.demand_model == "PDA"


words = st.text(
    st.characters(codec="ascii", exclude_characters='"\r\n\t\0;', categories=["L", "N", "P", "Zs"])
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(words.filter(lambda word: word.strip() == word and word), min_size=1, max_size=5))
def test_words_that_are_written_are_read_again(line: list[str]) -> None:
    assert split_words(joined(line)) == line


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=200))
def test_a_file_without_changes_keeps_every_line(text: str) -> None:
    before = text.split("\n")
    kept = before[
        : next((i for i, line in enumerate(before) if line.strip().upper().startswith("[END]")), None)
    ]
    assert rewritten(text, {}, {}).split("\n")[: len(kept)] == kept

"""Mutated network files, opened and run a short while, each in a process of its own."""

import json
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from reliability.commands import REFUSED, UNSOLVED, broken_results, command, where
from reliability.forked import apart, shared
from reliability.grid_mutations import mutate_grid
from reliability.inp_mutations import mutate_inp

SECONDS, MEMORY_BYTES = 60.0, 2 << 30
_GRIDS = (
    *("example_simple", "example_multivoltage", "case4gs", "case5", "case6ww", "case9", "case14", "case33bw"),
    *(
        "simple_four_bus_system",
        "simple_mv_open_ring_net",
        "panda_four_load_branch",
        "create_cigre_network_mv",
    ),
    *("create_cigre_network_lv", "mv_oberrhein", "ieee_european_lv_asymmetric"),
)
_SMALL_BYTES = 40_000
_SCENARIO = """\
name: mutated
start: 2026-01-01
end: 2026-01-02
days: every
networks:
  {kind}: {{file: {file}}}
"""


@dataclass(slots=True)
class Found:
    """What became of the files: how many ran, were refused, had no solution; and a line for each failure."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, one: dict[str, Any]) -> None:
        """Take in what became of one file."""
        self.counts[str(one["became"])] += 1
        if one["became"] == "failed":
            self.failures.append(f"{one['number']} {one['of']}: {one['why']}")


def mutated_networks(count: int, seed: int, tell: Callable[[str], None] = lambda _: None) -> Found:
    """Open and run so many mutated grids and pipe networks."""
    found = Found()
    _bases()
    _warm()
    for done, one in enumerate(shared(partial(_one, seed), range(count)), start=1):
        found.add(one)
        if done % 50 == 0 or one["became"] == "failed":
            tell(f"{done} of {count}: {dict(found.counts)} {one.get('why', '')}")
    return found


def mutant(seed: int, number: int) -> tuple[str, str, str]:
    """Return of one mutated file: what it was, the kind of network, and its text."""
    rng = np.random.default_rng([seed, number])
    bases = _bases()
    kind = "power" if rng.random() < 0.5 else "water"
    names = [name for name in bases if name.startswith(kind)]
    name = names[int(rng.integers(len(names)))]
    if kind == "power":
        return name, kind, mutate_grid(bases[name], rng)
    return name, "wastewater" if rng.random() < 0.15 else "water", mutate_inp(bases[name], rng)


def _one(seed: int, number: int) -> dict[str, Any]:
    name, kind, text = mutant(seed, number)
    with tempfile.TemporaryDirectory(prefix="mutated-") as folder:
        one = apart(partial(_through, kind, text, Path(folder)), SECONDS, MEMORY_BYTES)
    if "ended" in one:
        one = {"became": "failed", "why": one["ended"]}
    return {"number": number, "of": name if kind != "wastewater" else f"{name} as sewers", **one}


def _through(kind: str, text: str, folder: Path) -> dict[str, Any]:
    """Take a file through all that reads it: `new`, `validate`, `run`."""
    file = folder / ("network.json" if kind == "power" else "network.inp")
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    if kind != "wastewater":
        made = command("new", folder / "made", f"--{kind}", file)
        if made.code not in (0, REFUSED):
            return {"became": "failed", "why": f"new: {where(made)}"}
    scenario = folder / "scenario"
    scenario.mkdir()
    file.rename(scenario / file.name)
    (scenario / "scenario.yaml").write_text(_SCENARIO.format(kind=kind, file=file.name), encoding="utf-8")
    return through(scenario)


def through(scenario: Path, *overrides: str) -> dict[str, Any]:
    """Validate a scenario and run it; return what became of it, and why if it failed."""
    words = [word for override in overrides for word in ("--set", override)]
    valid = command("validate", scenario, *words)
    if valid.code not in (0, REFUSED):
        return {"became": "failed", "why": f"validate: {where(valid)}"}
    out = scenario.parent / "results"
    ran = command("run", scenario, "--out", out, *words)
    if ran.code not in (0, REFUSED, UNSOLVED):
        return {"became": "failed", "why": f"run: {where(ran)}"}
    if ran.code == REFUSED:
        lines = ran.text.strip().splitlines()
        if not valid.code:
            return {"became": "failed", "why": f"valid, and refused by run: {lines[-1:]}"}
        return (
            {"became": "refused", "why": lines[-1][:200]} if lines else {"became": "failed", "why": "no word"}
        )
    wrong = broken_results(out)
    if wrong or valid.code:
        return {"became": "failed", "why": wrong or f"run, and refused by validate: {valid.text[-200:]}"}
    return {"became": "unsolved" if ran.code else "ran"}


@cache
def _bases() -> dict[str, str]:
    """Return the small networks that ship with pandapower and WNTR, and their text."""
    import pandapower as pp
    import pandapower.networks as networks
    import wntr

    root = Path(wntr.__file__).parent
    files = sorted(path for path in root.rglob("*.inp") if path.stat().st_size < _SMALL_BYTES)
    water = {f"water {path.name}": path.read_text(encoding="utf-8", errors="replace") for path in files}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandapower's own, of its own networks
        grids = {f"power {name}": pp.to_json(getattr(networks, name)()) for name in _GRIDS}
    return {**grids, **water}


def _warm() -> None:
    """Load all compiled code before anything is forked."""
    for kind, name in (("power", "power example_simple"), ("water", "water Net1.inp")):
        with tempfile.TemporaryDirectory(prefix="mutated-") as folder:
            _through(kind, _bases()[name], Path(folder))


def main(arguments: list[str]) -> None:
    """Print what becomes of so many files (`COUNT SEED`)."""
    count, seed = map(int, arguments)
    found = mutated_networks(count, seed, lambda line: print(line, flush=True))
    print(json.dumps({"counts": found.counts, "failures": found.failures}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])

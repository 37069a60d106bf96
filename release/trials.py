"""What a stranger does with the package on a first evening, and with each extra."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from release.environment import Environment

_LOADED = """\
# what a run imports, and the five packages that the program is made of
import json, sys
from importlib.metadata import packages_distributions, requires
from twin.cli.main import main
sys.argv = ["twin", "run", "demo/town", "--out", "results/town", "--force"]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
import simpy, numpy, pandapower, wntr, matplotlib
owners = packages_distributions()
loaded = {name for module in {key.split(".")[0] for key in sys.modules} for name in owners.get(module, ())}
declared = [line for line in requires("twin") if "extra ==" not in line]
json.dump({"loaded": sorted(loaded), "declared": declared}, open("loaded.json", "w"))
"""

_ON_A_TERMINAL = """
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn([sys.executable, "loaded.py"])))
"""
"""Progress is shown on terminals alone, and takes a package of its own."""

_FILES = """
import shutil, pandapower as pp, pandapower.networks as networks, wntr
from pathlib import Path
pp.to_json(networks.create_cigre_network_mv(), "grid.json")
shutil.copy(Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp", "net.inp")
"""

_CASE = """\
function mpc = two
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 0 0 0 0 1 1 0 110 1 1.1 0.9;
2 1 20 5 0 0 1 1 0 110 1 1.1 0.9;
];
mpc.gen = [1 0 0 300 -300 1 100 1 250 0];
mpc.branch = [1 2 0.01 0.05 0.02 60 60 60 0 0 1 -360 360];
"""

_COMPLETE = re.compile(r"^status +complete$", re.MULTILINE)
_SWEEP = """\
name: growth
scenario: demo/town
set: {end: 2026-03-01}
matrix:
  growth:
    plan: {}
    fast: {population.Town.2030.population_k: 40}
"""

_SAMPLED = """\
name: people
scenario: demo/town
set: {end: 2026-02-01}
uncertain:
  samples: 4
  variables:
    people: {multiply: population.*.2025.population_k, uniform: {low: 0.9, high: 1.2}}
"""


class Trial(NamedTuple):
    """A wheel, and the environment in which it is tried."""

    environment: Environment
    wheel: Path

    def twin(self, *arguments: str, code: int = 0) -> str:
        """Run the command line and return what it printed."""
        return self.environment.run("twin", *arguments, code=code)

    def write(self, name: str, text: str) -> None:
        """Write a file where commands run."""
        path = self.environment.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def tell(self, what: str, holds: bool, printed: str = "") -> None:
        """Say what was tried; end if it does not hold."""
        print(f"{'ok' if holds else 'FAILED'}: {what}", flush=True)
        if not holds:
            sys.exit(printed)


def base(trial: Trial) -> None:
    """Install the wheel alone: demo, run, `new`; and each direct dependency is one that a run imports."""
    trial.environment.install(str(trial.wheel))
    printed = trial.twin("demo", "demo")
    trial.tell("twin demo writes the scenarios that come with the wheel", "demo/town" in printed, printed)
    trial.write("loaded.py", _LOADED)
    printed = trial.environment.run("python", "-c", _ON_A_TERMINAL)
    trial.tell("twin run on the small scenario", " complete " in printed, printed[-2000:])
    found = json.loads((trial.environment.cwd / "loaded.json").read_text(encoding="utf-8"))
    loaded = {_plain(name) for name in found["loaded"]}
    unused = {_plain(re.split(r"[<>=!\s;\[]", line)[0]) for line in found["declared"]} - loaded
    trial.tell(
        "the base holds what a run imports and nothing else", not unused, f"not imported: {sorted(unused)}"
    )
    trial.environment.run("python", "-c", _FILES)
    trial.twin("new", "mine", "--power", "grid.json", "--water", "net.inp")
    printed = trial.twin("run", "mine", "--out", "results/mine")
    trial.tell("twin new and run on CIGRE MV and Net3", _COMPLETE.search(printed) is not None, printed)
    printed = trial.twin("report", "results/town", code=2)
    trial.tell("a missing extra is one line", "pip install 'twin[report]'" in printed, printed)


def _report(trial: Trial) -> None:
    trial.twin("report", "results/town")
    page = trial.environment.cwd / "results" / "town" / "report.html"
    trial.tell("report: a page", page.is_file() and page.stat().st_size > 100_000)


def _sweep(trial: Trial) -> None:
    trial.write("sweep.yaml", _SWEEP)
    trial.twin("sweep", "sweep.yaml", "--out", "results/sweep")
    asked = trial.twin("query", "results/sweep", "SELECT count(*) AS runs FROM runs")
    trial.tell("sweep: two runs, and SQL over them", "2" in asked, asked)


def _sensitivity(trial: Trial) -> None:
    trial.write("people.yaml", _SAMPLED)
    trial.twin("sweep", "people.yaml", "--out", "results/people")
    printed = trial.twin("sensitivity", "results/people", "--metric", "water_served_m3")
    trial.tell("sensitivity: what a metric hangs on", "people" in printed, printed)


def _serve(trial: Trial) -> None:
    printed = trial.twin("serve", "--help")
    trial.environment.run("python", "-c", "import twin.serve.server")
    trial.tell("serve: the server's parts are there", "loopback" in printed or "machine" in printed, printed)


def _plan(trial: Trial) -> None:
    trial.write(
        "demo/town/build_orders/as_planned.csv", "site,start\nSS2,2026-01-01\nW2,2027-07-01\nS2,2027-07-01\n"
    )
    printed = trial.twin(
        "plan", "demo/town", "--budget", "3", "--held-back", "0", "--out", "results/plan",
        "--set", "build_order=as_planned", "--set", "end=2028-01-01",
    )  # fmt: skip
    trial.tell("plan: a search of three evaluations", "3 evaluations" in printed, printed)


def _weather(trial: Trial) -> None:
    trial.environment.run("python", "-c", "import holidays, pvlib")
    trial.tell("weather: its packages import", True)


def _convert(trial: Trial) -> None:
    trial.write("two.m", _CASE)
    printed = trial.twin("new", "converted", "--power", "two.m")
    trial.tell("convert: twin new takes a MATPOWER case", "next: twin run" in printed, printed)


def _gas(trial: Trial) -> None:
    trial.environment.run("python", "-c", "import pandapipes")
    trial.tell("gas: its package imports", True)


def _gis(trial: Trial) -> None:
    trial.twin("export", "results/town", "--gis", "town.geojson")
    trial.tell("gis: a map", (trial.environment.cwd / "town.geojson").is_file())


def _xlsx(trial: Trial) -> None:
    trial.twin("export", "results/town", "--xlsx", "town.xlsx")
    trial.tell("xlsx: a workbook", (trial.environment.cwd / "town.xlsx").is_file())


EXTRAS: dict[str, Callable[[Trial], None]] = {
    "report": _report,
    "sweep": _sweep,
    "sensitivity": _sensitivity,
    "serve": _serve,
    "plan": _plan,
    "weather": _weather,
    "convert": _convert,
    "gas": _gas,
    "gis": _gis,
    "xlsx": _xlsx,
}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

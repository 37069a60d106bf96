"""Tries every network and says what came out: `make compatibility`, `make compatibility DIR=path`."""

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from compatibility.apart import apart
from compatibility.cases import Case, below, shipped
from compatibility.outcome import EXCUSABLE, INTERNAL, NO_SOLUTION, PARITY, REFUSED, TIMED_OUT, Row, row

PAGE = Path(__file__).parents[1] / "docs" / "compatibility.md"
EXCEPTIONS = Path(__file__).parent / "exceptions.csv"
RESULTS = Path("results/compatibility")
MOST_REFUSALS = 5
_INTRO = """\
# Compatibility: other people's networks
Made by `make compatibility`: every network that comes with pandapower and WNTR, taken up as `twin new`
takes up a stranger's file, run for a day, and put beside the bare engine. `make compatibility DIR=path`
does the same with every INP file and every pandapower JSON below a folder and writes
`results/compatibility/outcomes.csv`.

**Parity** of a grid: voltages, loadings and external grids' power within 1e-6 (per unit, of rating, of the
whole supply) of `pandapower.runpp` with the file's own options, solved to 1e-10 MVA.

Parity of a water network: water delivered and pump energy within 0.1 % of EPANET at the instants at which
the twin solves, and within 0.5 % and 1 % of EPANET in steps of 10 s (30 s with more than 3,000 nodes), or
within twice the difference between those and steps of 60 s where that is more. The bare EPANET has the
file's options, the twin's demand model (0 to 20 m, exponent 0.5) and a day that begins at midnight. It
tries rules at the file's rule step only. What its tanks make at their limits, out of a second of rounding,
and what it delivers and pumps at instants that it leaves unbalanced or where a pump of constant power
lowers the head, is not held against the twin.

**Engine has no solution**: the twin says so too.
"""


def try_all(cases: Iterable[Case]) -> Iterator[Row]:
    """Yield what became of each case, one process after the other."""
    _import_engines()
    for case in cases:
        yield row(case, apart(case))


def exceptions() -> dict[str, dict[str, str]]:
    """Return what is known to differ or to be refused, and why that is right, by network."""
    with EXCEPTIONS.open(encoding="utf-8", newline="") as file:
        return {line["network"]: line for line in csv.DictReader(file)}


def faults(rows: Sequence[Row]) -> list[str]:
    """Return what must not be: what nobody has shown to be right."""
    known = exceptions()
    wrong = [
        f"{r.name}: {r.outcome}: {r.detail}"
        for r in rows
        if r.outcome not in (PARITY, NO_SOLUTION)
        and not (r.outcome in EXCUSABLE and known.get(r.name, {}).get("outcome") == r.outcome)
    ]
    refused = [r.name for r in rows if r.outcome == REFUSED]
    if len(refused) > MOST_REFUSALS:
        wrong.append(f"{len(refused)} networks are refused, more than {MOST_REFUSALS}: {', '.join(refused)}")
    return wrong


def page(rows: Sequence[Row]) -> str:
    """Return the page in Markdown."""
    grids, water = ([r for r in rows if r.kind == kind] for kind in ("grid", "water"))
    lines = [_INTRO, "| outcome | grids of pandapower | EPANET files of WNTR |", "|---|---|---|"]
    counts = Counter((r.kind, r.outcome) for r in rows)
    for word in dict.fromkeys(r.outcome for r in rows):
        lines.append(f"| {word} | {counts['grid', word]} | {counts['water', word]} |")
    lines += ["", "## Grids of pandapower's collection", "| network | buses | outcome |", "|---|---|---|"]
    lines += [f"| {r.name} | {r.size} | {_told(r)} |" for r in grids]
    lines += ["", "## EPANET files of WNTR's package", f"| network | nodes | {' | '.join(_DAYS)} | outcome |"]
    lines += ["|---" * (len(_DAYS) + 3) + "|"]
    lines += [f"| {r.name} | {r.size} | {' | '.join(map(_short, r.days))} | {_told(r)} |" for r in water]
    proofs = [f"- **{name}** ({line['outcome']}): {line['proof']}" for name, line in exceptions().items()]
    return "\n".join([*lines, "", "## What is right though it is not parity", *proofs, ""])


_DAYS = (
    "water m3: twin",
    "EPANET, same instants",
    "EPANET, fine steps",
    "pumps MWh: twin",
    "EPANET, same instants",
    "EPANET, fine steps",
)


def _told(r: Row) -> str:
    return f"{r.outcome}: {r.detail}".removesuffix(": ").replace("|", "/")


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _import_engines() -> None:
    """Import once what every process needs: they part from this one."""
    for module in (
        "pandapower.networks",
        "twin.utilities.power.network",
        "twin.utilities.water.network",
        "twin.simulation.clock",
    ):
        import_module(module)


def _tell(rows: Iterable[Row], file: Path) -> list[Row]:
    """Print and save rows as they come."""
    file.parent.mkdir(parents=True, exist_ok=True)
    told = []
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["kind", "network", "outcome", "detail", "size", "open_s", "run_s", *_DAYS])
        for r in rows:
            told.append(r)
            times = [f"{s:.2f}" if s is not None else "" for s in (r.open_s, r.run_s)]
            table.writerow([r.kind, r.name, r.outcome, r.detail, r.size, *times, *map(_short, r.days)])
            stream.flush()
            print(f"{r.kind:5} {r.name[-60:]:60} {r.outcome}: {r.detail[:100]}", flush=True)
    return told


def main() -> None:
    """Try what ships with the dependencies, or what lies below a folder; fail where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="default: what ships with the dependencies")
    folder = parser.parse_args().folder
    os.nice(10)
    rows = _tell(try_all(below(folder) if folder else shipped()), RESULTS / "outcomes.csv")
    for (kind, word), count in sorted(Counter((r.kind, r.outcome) for r in rows).items()):
        print(f"{kind:5} {word:24} {count}")
    if folder:
        wrong = [r.name for r in rows if r.outcome in (INTERNAL, TIMED_OUT)]
    else:
        PAGE.write_text(page(rows), encoding="utf-8")
        wrong = faults(rows)
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

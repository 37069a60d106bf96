"""Equilibria of the public collection of test networks beside its best known flows: ``make validate-roads``.

The collection (Transportation Networks for Research) is for academic use only: it is read from where its user
keeps it. Without its files this fails.
"""

import sys
from pathlib import Path

import numpy as np

from twin.errors import InvalidInput
from twin.text import read_text
from twin.utilities.roads.network import links_of
from twin.utilities.roads.tntp import read_tntp
from validation.roads import assignment_of, objective

GAP, ALLOWED_VEH = 1e-14, 1e-3
CASES = {"SiouxFalls": 4231335.287107440, "Anaheim": None}
"""By folder, the best known objective, if one is published with so many digits."""


def main(folder: Path) -> int:
    """Print each network's worst difference; return 1 if any is too large or anything is missing."""
    failed = 0
    for name, best in CASES.items():
        paths = {part: folder / name / f"{name}_{part}.tntp" for part in ("net", "trips", "flow")}
        if missing := [path for path in paths.values() if not path.is_file()]:
            print(f"{name}: no file {', '.join(map(str, missing))}")
            failed = 1
            continue
        try:
            failed |= _case(name, paths, best)
        except InvalidInput as error:
            print(error)
            failed = 1
    return failed


def _case(name: str, paths: dict[str, Path], best: float | None) -> int:
    plan = read_tntp(paths["net"], None, paths["trips"])
    roads = assignment_of(plan)
    ended = roads.solve(plan.trips, GAP)
    lines = read_text(paths["flow"]).splitlines()[1:]
    published = {f"{int(w[0])}-{int(w[1])}": float(w[2]) for line in lines if (w := line.split())}
    own = {road.name: volume for road, volume in zip(plan.roads, roads.volume, strict=True)}
    if published.keys() != own.keys():
        print(f"{name}: {paths['flow'].name} has other links than the network")
        return 1
    worst = max(own, key=lambda link: abs(own[link] - published[link]))
    difference = abs(own[worst] - published[worst])
    least = objective(links_of(plan), roads.volume)
    off = abs(least / best - 1.0) if best else 0.0
    within = ended.reached and difference <= ALLOWED_VEH and off < 1e-12 and bool(np.isfinite(least))
    verdict = "within" if within else "NOT within"
    print(
        f"{name}: gap {ended.gap:.1e}, objective {least:.10g}, "
        f"worst link {worst} differs by {difference:.1e} veh: {verdict} {ALLOWED_VEH:g}"
    )
    return 0 if within else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit(
            "make validate-roads DIR=path: the folder of the collection, with SiouxFalls and Anaheim in it"
        )
    sys.exit(main(Path(sys.argv[1])))

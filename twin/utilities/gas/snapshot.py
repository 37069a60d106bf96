"""A solved gas network apart from its engine: a pandapipes net with what is drawn, stands and is held."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.errors import InvalidInput, Mistake
from twin.utilities.base import Snapshot, Vector
from twin.utilities.gas.installed import pandapipes
from twin.utilities.gas.names import BRANCHES, own_field
from twin.utilities.gas.structures import HOLDS, LOSSLESS, PASSES, RESISTS, SHARES
from twin.utilities.trusted import refuse_foreign_classes

if TYPE_CHECKING:
    from twin.utilities.gas.network import GasNetwork

_SAME = 1e-6
_NO_PANDAPIPES = "a snapshot of it is made by pandapipes", "pip install 'twin[gas]'"
_TIGHT = {"tol_p": 1e-9, "tol_m": 1e-9, "tol_res": 1e-7, "max_iter_hyd": 100}


class GasSnapshot:
    """A gas network at an instant.

    Parameters
    ----------
    path
        The user's file.
    tables
        By table and column, what stands there at the instant in the place of the file's values.
    options
        For `pandapipes.pipeflow`.
    pressure
        The twin's solution, bar above the atmosphere, of each junction; nan where no gas comes.
    told
        What pandapipes cannot hold.
    """

    file = "gas.json"

    def __init__(
        self,
        path: Path,
        tables: dict[str, dict[str, Any]],
        options: dict[str, Any],
        pressure: Vector,
        told: list[Mistake],
    ) -> None:
        self._path, self._tables, self._options, self._pressure = path, tables, options, pressure
        self._kept = tuple(told)
        self._net: Any = None

    @property
    def told(self) -> tuple[Mistake, ...]:
        """Return where pandapipes' solution is another than the twin's, and what it cannot hold."""
        return (*self._kept, *self._differences(self.model()))

    def model(self) -> Any:
        """Return the net with its results.

        Raises
        ------
        InvalidInput
            If pandapipes is not installed, or finds no solution.
        """
        if self._net is None:
            self._net = self._solved()
        return self._net

    def series(self, seconds: Sequence[int], later: Sequence[Snapshot]) -> Any:
        """Return None: the net holds its results."""
        return None

    def write(self, path: Path) -> None:
        """Write the net with its results."""
        pandapipes().to_json(self.model(), str(path))

    def _solved(self) -> Any:
        try:
            own = pandapipes()
        except ImportError:
            raise InvalidInput([Mistake(self._path.name, 0, *_NO_PANDAPIPES)]) from None
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            net = own.from_json_string(_checked(self._path))
            for table, columns in self._tables.items():
                for column, values in columns.items():
                    net[table][column] = values
            try:
                own.pipeflow(net, **self._options)
            except Exception as error:  # pandapipes raises many kinds; each means no solution from here
                problem = f"pandapipes finds no solution of what the twin has solved: {error!s:.100}"
                raise InvalidInput([Mistake(self._path.name, 0, problem)]) from error
        return net

    def _differences(self, net: Any) -> list[Mistake]:
        own = net.res_junction.p_bar.to_numpy()
        both = np.isfinite(own) & np.isfinite(self._pressure)
        gap = float(np.max(np.abs(own - self._pressure)[both] / (np.abs(own[both]) + 1.0), initial=0.0))
        if gap <= _SAME:
            return []
        return [
            Mistake(self._path.name, 0, f"pandapipes' pressures differ from the twin's by up to {gap:.1g}")
        ]


def _checked(path: Path) -> str:
    """Return the text of a file that names no class which is no part of a network."""
    text = path.read_text(encoding="utf-8-sig")
    refuse_foreign_classes(json.loads(text), path.name)
    return text


def take_snapshot(network: "GasNetwork") -> Snapshot:
    """Return a gas network as it is at its last solution."""
    file, grid, own = network.file, network.grid, network.regulation
    standing, now = network.standing, grid.now
    tables: dict[str, dict[str, Any]] = {
        table: {own_field(table): standing.now(table)} for table in file.names if len(file.names[table])
    }
    told: list[Mistake] = []
    if "sink" in tables:
        served = (now.wanted * now.part).sum(axis=1)
        tables["sink"] |= {"mdot_kg_per_s": served + network.asked.fed_by_sinks(), "scaling": 1.0}
    for table in ("source", "mass_storage"):
        if table in tables:
            sign = -1.0 if table == "source" else 1.0
            flow = sign * file.draws[table].kg_per_s * network.asked.native
            tables[table] |= {"mdot_kg_per_s": flow, "scaling": 1.0}
    if "press_control" in tables:
        _regulators(tables["press_control"], network)
    for node in own.full:
        names = [file.names["ext_grid"][row] for row in own.at_node[node]]
        bar = float(np.sqrt(now.square[node]) - file.nodes.outer_bar[node])
        column = tables["ext_grid"].setdefault("p_bar", file.sources.bar.copy())
        column[own.at_node[node]] = bar
        told.append(Mistake(file.file, 0, f"{', '.join(names)} feeds in all it can, at {bar:.4g} bar"))
    if any(
        BRANCHES[t] == "pipe" and f for t, f in zip(file.branches.table, file.branches.factor, strict=True)
    ):
        told.append(Mistake(file.file, 0, "pandapipes knows no friction factor given by pipe"))
    above = np.sqrt(now.square) - file.nodes.outer_bar
    pressure = np.where(grid.reached, above, np.nan)[: file.junctions]
    options = _TIGHT | {"friction_model": file.friction, "mode": "hydraulics"}
    return GasSnapshot(network.path, tables, options, pressure, told)


def _regulators(columns: dict[str, Any], network: "GasNetwork") -> None:
    """Write what regulators do: what passes less than it could holds the pressure that it finds."""
    file, grid = network.file, network.grid
    branch = file.regulators.branch
    kind = grid.kind[branch]
    bar = np.sqrt(grid.now.square) - file.nodes.outer_bar
    stands = np.array(columns["in_service"])
    shut = (kind == PASSES) & (np.abs(grid.now.flow[branch]) == 0.0)
    columns["in_service"] = stands & ~shut
    columns["control_active"] = np.isin(kind, (HOLDS, SHARES, PASSES)) & ~np.isin(kind, (RESISTS, LOSSLESS))
    columns["controlled_p_bar"] = np.where(
        kind == PASSES, bar[file.regulators.controlled], file.regulators.target_bar
    )

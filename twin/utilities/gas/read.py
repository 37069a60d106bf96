"""Reading a pandapipes network of a gas: what cannot be right is refused, all of it at once, by the element.

The file is read as plain data, without pandapipes: nothing that it names is built or called.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InvalidInput, Mistake, listed
from twin.utilities.base import Vector
from twin.utilities.frames import NOT_READ, no_text, read_frame
from twin.utilities.gas.columns import Columns, Index
from twin.utilities.gas.fluid import NORMAL_BAR, numbers_in, read_fluid
from twin.utilities.gas.gas_file import FRICTIONS, GIVEN, Branches, Draws, GasFile, Nodes, Regulators, Sources
from twin.utilities.gas.names import BRANCHES, DRAWING, TABLES, element_names, own_field, read_net

_WITH_HEAT = ("heat_consumer", "heat_exchanger", "circ_pump_mass", "circ_pump_pressure")
_SILENT = ("junction_geodata", "pipe_geodata", "std_types", "std_type", "component_list")
_MOST_SECTIONS = 1000
_STANDARD_DIAMETER = 0.1


def read_gas(path: Path, friction: str = "file") -> GasFile:
    """Return a gas network.

    Parameters
    ----------
    friction
        One of `FRICTIONS`; `file`: as the file's own options say.

    Raises
    ------
    InvalidInput
        With every mistake that is found.
    """
    content, frames = read_net(path)
    file = path.name
    mistakes: list[Mistake] = []
    fluid, wrong = read_fluid(content["fluid"])
    mistakes += [Mistake(file, 0, *problem) for problem in wrong]
    names = element_names(frames)
    mistakes += no_text(names, file)
    warnings = list(_beside(content, file, mistakes))
    model = _friction(content, friction, file, mistakes)
    tables = {name: Columns(name, frames.get(name), file, mistakes) for name in TABLES}
    rows = {index: row for row, index in enumerate(tables["junction"].index)}
    if len(rows) < len(tables["junction"]):
        mistakes.append(Mistake(file, 0, "junction: an index stands twice", "each once"))
    built = {name: table.flags(own_field(name)) for name, table in tables.items()}
    parts = _Parts(tables, rows, content)
    nodes, branches = parts.network(model)
    regulators = parts.regulators(branches)
    sources = parts.sources()
    draws = {name: parts.draws(tables[name]) for name in DRAWING}
    control = tables["flow_control"]
    flows = control.numbers("controlled_mdot_kg_per_s"), control.flags("control_active")
    ratios = tables["compressor"].numbers("pressure_ratio", None, 0.0, above=True)
    curves = list(parts.curves())
    if not (built["ext_grid"] & sources.holds).any() and not mistakes:
        mistakes.append(Mistake(file, 0, "has no source", "a row of ext_grid in service, of type p or pt"))
    if mistakes or fluid is None:
        raise InvalidInput(mistakes)
    warnings += _followed(tables, file)
    return GasFile(
        file,
        fluid,
        _all(names),
        built,
        nodes,
        branches,
        regulators,
        sources,
        draws,
        flows,
        ratios,
        curves,
        FRICTIONS[model],
        tuple(warnings),
    )


def _all(names: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {table: names.get(table, []) for table in TABLES}


def _friction(content: dict[str, Any], wanted: str, file: str, mistakes: list[Mistake]) -> int:
    """Return which model of friction counts."""
    options = content.get("user_pf_options")
    own = options.get("friction_model", FRICTIONS[0]) if isinstance(options, dict) else FRICTIONS[0]
    model = own if wanted == "file" else wanted
    if model not in FRICTIONS:
        mistakes.append(Mistake(file, 0, f"friction_model is {model!r:.40}", ", ".join(FRICTIONS)))
        return 0
    return FRICTIONS.index(model)


def _beside(content: dict[str, Any], file: str, mistakes: list[Mistake]) -> Iterator[Mistake]:
    """Yield tables that are not used; note those without which the answer would be another."""
    for name, value in content.items():
        if name in TABLES or name in _SILENT or name.startswith(("res_", "_")):
            continue
        try:
            frame = read_frame(value)
        except NOT_READ:
            continue
        columns = frame["columns"]
        joins = {"junction", "from_junction", "return_junction"}.intersection(map(str, columns))
        at = columns.index("in_service") if "in_service" in columns else -1
        count = sum(at < 0 or row[at] is not False for row in frame["data"])
        if count and (joins or name in _WITH_HEAT):
            problem = f"{count} of {name} in service: the twin does not compute them"
            mistakes.append(Mistake(file, 0, problem, "out of service, or a network without them"))
        elif frame["index"]:
            yield Mistake(file, 0, f"table {name} is not used: {len(frame['index'])} rows")


def _followed(tables: Mapping[str, Columns], file: str) -> Iterator[Mistake]:
    """Yield what is taken in a simplified way."""
    storage = tables["mass_storage"]
    if len(storage):
        told = listed([storage.told(row) for row in range(len(storage))])
        yield Mistake(file, 0, f"{told}: takes what the file says; what it holds is not followed")


class _Parts:
    """The parts of a file, from its tables."""

    def __init__(
        self, tables: Mapping[str, Columns], rows: Mapping[int, int], content: dict[str, Any]
    ) -> None:
        self._tables, self._rows, self._content = tables, rows, content

    def network(self, model: int) -> tuple[Nodes, Branches]:
        """Return nodes and branches, pipes cut into their sections."""
        own = self._tables["junction"]
        height, kelvin = own.numbers("height_m", 0.0), own.numbers("tfluid_k", None, 0.0, above=True)
        nominal = own.numbers("pn_bar", None)
        found: list[dict[str, Any]] = []
        extra: list[tuple[float, float, float]] = []
        count = len(own)
        for number, name in enumerate(BRANCHES):
            for part in self._branches(number, name, model):
                ends = [part["start"]]
                a, b, cuts = part["start"], part["end"], part.pop("sections")
                for cut in range(1, cuts):
                    share = cut / cuts
                    extra.append(tuple(v[a] + (v[b] - v[a]) * share for v in (height, kelvin, nominal)))
                    ends.append(count + len(extra) - 1)
                ends.append(b)
                outlet = kelvin[b]
                found += [
                    part | {"start": first, "end": last, "length": part["length"] / cuts, "outlet_k": outlet}
                    for first, last in pairwise(ends)
                ]
        found, extra = self._at_pipes(found, extra, count, (height, kelvin, nominal))
        more = np.array(extra, dtype=float).reshape(-1, 3).T
        height, kelvin, nominal = (
            np.concatenate(own) for own in zip((height, kelvin, nominal), more, strict=True)
        )
        outer = NORMAL_BAR * np.power(np.maximum(1.0 - height * 0.0065 / 288.15, 1e-3), 5.255)
        kinds = {
            name: np.intp if name in ("table", "row", "start", "end", "friction") else float
            for name in Branches._fields
        }
        branches = Branches(
            *(np.array([part[name] for part in found], dtype=kinds[name]) for name in Branches._fields)
        )
        return Nodes(height, kelvin, outer, nominal), branches

    def _branches(self, number: int, name: str, model: int) -> Iterator[dict[str, Any]]:
        """Yield the branches of a table."""
        own, rows = self._tables[name], self._rows
        pipe, old_valve = name == "pipe", name == "valve" and "junction" not in own
        first, last = (
            ("junction", "element") if name == "valve" and not old_valve else ("from_junction", "to_junction")
        )
        start = own.rows_in(first, rows)
        end = start.copy() if name == "valve" and "et" in own else own.rows_in(last, rows)
        if name == "valve" and "et" in own:
            self._valve_ends(own, end)
        length = own.numbers("length_km", None, 0.0) * 1000.0 if pipe else np.zeros(len(own))
        diameter = self._diameter(own) if name in ("pipe", "valve") else np.full(len(own), _STANDARD_DIAMETER)
        rough = own.numbers("k_mm", None, 0.0) / 1000.0 if pipe else np.full(len(own), 1e-3)
        losing = name in ("pipe", "valve", "press_control")
        loss = own.numbers("loss_coefficient", 0.0, 0.0) if losing else np.zeros(len(own))
        sections = own.numbers("sections", 1.0, 1.0) if pipe else np.ones(len(own))
        factor = own.numbers("friction_factor", 0.0, 0.0) if pipe else np.zeros(len(own))
        for row in range(len(own)):
            if sections[row] != int(sections[row]) or sections[row] > _MOST_SECTIONS:
                own.wrong(row, f"sections is {sections[row]:g}", f"a whole number up to {_MOST_SECTIONS}")
                continue
            if start[row] == end[row] and name != "valve":
                own.wrong(row, "begins and ends at one junction", "two junctions")
            yield {
                "table": number,
                "row": row,
                "start": int(start[row]),
                "end": int(end[row]),
                "length": length[row],
                "diameter": diameter[row],
                "roughness": rough[row],
                "loss": loss[row],
                "friction": GIVEN if factor[row] else model,
                "factor": factor[row],
                "sections": int(sections[row]),
            }

    def _diameter(self, own: Columns) -> Vector:
        """Return inner diameters, m; older files have them in m."""
        if "inner_diameter_mm" in own or "diameter_m" not in own:
            return own.numbers("inner_diameter_mm", None, 0.0, above=True) / 1000.0
        return own.numbers("diameter_m", None, 0.0, above=True)

    def _valve_ends(self, own: Columns, end: Index) -> None:
        """Write where valves end: junctions; -1 less its row for a pipe."""
        pipes = {index: row for row, index in enumerate(self._tables["pipe"].index)}
        at = {"ju": (self._rows, "junction"), "pi": (pipes, "pipe")}
        for row, (kind, cell) in enumerate(zip(own.cells("et"), own.cells("element"), strict=True)):
            rows, what = at.get(kind, (None, ""))
            if rows is None:
                own.wrong(row, f"et is {kind!r:.40}", "ju or pi")
            elif not isinstance(cell, int | float) or rows.get(cell) is None:
                own.wrong(row, f"element {cell!r:.40} is not a {what}", f"the index of a {what}")
            else:
                end[row] = rows[cell] if kind == "ju" else -1 - rows[cell]

    def _at_pipes(
        self, found: list[dict[str, Any]], extra: list[Any], count: int, own: tuple[Vector, ...]
    ) -> tuple[list[dict[str, Any]], list[Any]]:
        """Put valves at ends of pipes between these and their junctions, with a node for each end."""
        ends: dict[tuple[int, int], int] = {}
        valve, pipe = BRANCHES.index("valve"), BRANCHES.index("pipe")
        for part in found:
            if part["table"] != valve or part["end"] >= 0:
                continue
            row, junction = -1 - part["end"], part["start"]
            sections = [p for p in found if p["table"] == pipe and p["row"] == row]
            part["end"], part["outlet_k"] = junction, own[1][junction]
            key = row, junction
            if key not in ends:
                at_start = bool(sections) and sections[0]["start"] == junction
                if not at_start and not (sections and sections[-1]["end"] == junction):
                    self._tables["valve"].wrong(part["row"], "its pipe does not reach its junction")
                    continue
                ends[key] = count + len(extra)
                extra.append(tuple(v[junction] for v in own))
                section = sections[0 if at_start else -1]
                section["start" if at_start else "end"] = ends[key]
            part["end"] = ends[key]
        return found, extra

    def regulators(self, branches: Branches) -> Regulators:
        """Return what holds pressures."""
        own = self._tables["press_control"]
        of = np.flatnonzero(branches.table == BRANCHES.index("press_control"))
        column = "controlled_junction" if "controlled_junction" in own else "to_junction"
        acts = own.flags("control_active")
        targets = own.numbers("controlled_p_bar", 0.0 if not acts.any() else None)
        return Regulators(of, own.rows_in(column, self._rows), targets, acts)

    def sources(self) -> Sources:
        """Return what holds pressures, or brings temperatures."""
        own = self._tables["ext_grid"]
        kinds = own.cells("type")
        holds = np.array([kind in (None, "p", "pt") for kind in kinds], dtype=bool)
        brings = np.array([kind in (None, "t", "pt") for kind in kinds], dtype=bool)
        bar = own.numbers("p_bar", 0.0 if not holds.any() else None)
        kelvin = np.where(brings, own.numbers("t_k", 293.15, 0.0, above=True), np.nan)
        return Sources(own.rows_in("junction", self._rows), bar, holds, kelvin)

    def draws(self, own: Columns) -> Draws:
        """Return what draws, kg/s; what is not given draws nothing, as in pandapipes."""
        sign = -1.0 if own.table == "source" else 1.0
        flow = own.numbers("mdot_kg_per_s", 0.0) * own.numbers("scaling", 1.0) * sign
        return Draws(own.rows_in("junction", self._rows), flow)

    def curves(self) -> Iterator[Vector]:
        """Yield the polynomial of each pump."""
        own = self._tables["pump"]
        known = self._content.get("std_types", self._content.get("std_type"))
        types = known.get("pump", {}) if isinstance(known, dict) else {}
        for row, name in enumerate(own.cells("std_type")):
            try:
                value = types[name]["_object"]
                inner = json.loads(value) if isinstance(value, str) else value
                curve = numbers_in(inner["reg_par"])
                if not len(curve) or not np.isfinite(curve).all():
                    raise ValueError("no polynomial")
            except NOT_READ:
                own.wrong(row, f"std_type {name!r:.40} has no curve", "a pump of std_types")
                curve = np.zeros(1)
            yield curve

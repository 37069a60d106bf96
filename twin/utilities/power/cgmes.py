"""CGMES archives, converted by pandapower after they have been looked through."""

import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from twin.errors import InvalidInput, Mistake
from twin.extras import needs
from twin.utilities.power.archives import read_members

_CLASS = re.compile(rb"<cim:(\w+)\s+rdf:ID=")
_TABLES = {
    "ACLineSegment": ("line", "switch"),
    "PowerTransformer": ("trafo", "trafo3w"),
    "EnergyConsumer": ("load",),
    "ConformLoad": ("load",),
    "NonConformLoad": ("load",),
    "SynchronousMachine": ("gen", "sgen", "ext_grid"),
    "ExternalNetworkInjection": ("ext_grid",),
    "EnergySource": ("ext_grid",),
}
_NOT_CONVERTED = (
    *("CsConverter", "VsConverter", "GroundingImpedance", "PetersenCoil", "RatioTapChangerTable"),
    *("MutualCoupling", "LoadResponseCharacteristic", "ReactiveCapabilityCurve", "ControlArea"),
    *("OperationalLimitSet", "EnergySchedulingType", "WindGeneratingUnit", "SolarGeneratingUnit"),
)


def convert_cgmes(path: Path) -> tuple[Any, list[Mistake]]:
    """Return an archive's grid as a pandapower net, and what is left out of it.

    Raises
    ------
    InvalidInput
        If it holds no XML, or what no CGMES archive needs.
    """
    needs("lxml", "convert")
    from pandapower.converter.cim.cim2pp.from_cim import from_cim

    members = read_members(path)
    profiles = {name: raw for name, raw in members.items() if name.lower().endswith(".xml")}
    if not profiles:
        others = ", ".join(sorted(members)[:3]) or "nothing"
        problem = f"holds no XML of CGMES, but {others:.200}"
        raise InvalidInput([Mistake(path.name, 0, problem, "the profiles' XML files, packed")])
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, (name, raw) in enumerate(profiles.items()):
            own = re.sub(r"[^A-Za-z0-9_.-]", "_", Path(name).name)[-100:]
            file = Path(folder) / f"{number}-{own}"
            file.write_bytes(raw)
            files.append(str(file))
        net = from_cim(file_list=files)
    return net, _lost(net, profiles, path.name)


def _lost(net: Any, profiles: dict[str, bytes], file: str) -> list[Mistake]:
    """Return classes of which the grid holds fewer elements than the archive, and those it does not use."""
    count = Counter(name.decode() for raw in profiles.values() for name in _CLASS.findall(raw))
    lost = [
        Mistake(file, 0, f"{number} {name} left out")
        for name, number in count.items()
        if name in _NOT_CONVERTED
    ]
    for name, tables in _TABLES.items():
        kept = sum(
            int((net[table].get("origin_class", ()) == name).sum()) if "origin_class" in net[table] else 0
            for table in tables
        )
        if count[name] > kept:
            lost.append(Mistake(file, 0, f"{count[name] - kept} of {count[name]} {name} left out"))
    return lost

"""Which networks are tried: what ships with the dependencies, or what lies below a folder."""

import hashlib
import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# what makes a network, among what `pandapower.networks` also imports
_NETWORK_MODULES = "pandapower.networks."
_NEEDS_A_NETWORK = ("create_dickert_lv_feeders",)
_WITH_DER = ("pv_wind", "all")


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """One network file of somebody else.

    Attributes
    ----------
    kind
        ``grid``, a pandapower net, or ``water``, an EPANET file.
    name
        What tells it from all others of its list.
    source
        The file, or the function of `pandapower.networks` that builds the net.
    """

    kind: Literal["grid", "water"]
    name: str
    source: str

    def write(self, folder: Path) -> Path:
        """Return the file, built in a folder if a function makes it."""
        if Path(self.source).is_file():
            return Path(self.source)
        import pandapower as pp
        import pandapower.networks as networks

        function, _, argument = self.source.partition(" ")
        make = getattr(networks, function)
        net = make(with_der=argument) if argument else make()
        path = folder / "own.json"
        pp.to_json(net, str(path))
        return path


def shipped() -> list[Case]:
    """Return the collection of pandapower and every INP file of WNTR's package."""
    import wntr

    root = Path(wntr.__file__).parent
    files = sorted(
        root.rglob("*.inp"), key=lambda path: (path.parts[len(root.parts)] != "library", path.stem)
    )
    water = [Case("water", path.name, str(path)) for path in files]
    return [*_collection(), *water]


def below(folder: Path) -> list[Case]:
    """Return every EPANET file and every pandapower net below a folder, each content once, in order."""
    seen: set[str] = set()
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        suffix = path.suffix.lower()
        if suffix not in (".inp", ".json"):
            continue
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest in seen or (suffix == ".json" and not _is_net(content)):
            continue
        seen.add(digest)
        name = str(path.relative_to(folder))
        found.append(Case("water" if suffix == ".inp" else "grid", name, str(path)))
    return found


def _collection() -> Iterator[Case]:
    """Yield the nets that `pandapower.networks` builds without arguments, and CIGRE's with its generators."""
    import pandapower.networks as networks

    for name, function in sorted(inspect.getmembers(networks, inspect.isfunction)):
        if not function.__module__.startswith(_NETWORK_MODULES) or name.startswith("_"):
            continue
        parameters = inspect.signature(function).parameters.values()
        if any(p.default is p.empty and p.kind is not p.VAR_KEYWORD for p in parameters):
            continue
        yield Case("grid", name, name)
        if "with_der" in inspect.signature(function).parameters:
            yield from (Case("grid", f"{name} {der}", f"{name} {der}") for der in _WITH_DER)


def _is_net(content: bytes) -> bool:
    """Return whether JSON is a net of pandapower or of one of its sisters, which it must tell apart."""
    try:
        read = json.loads(content)
    except ValueError:
        return b"pandapowerNet" in content
    return isinstance(read, dict) and str(read.get("_class")) in ("pandapowerNet", "pandapipesNet")

"""Small gas networks, made for tests."""

from pathlib import Path
from typing import Any

import pandapipes as pp

from compatibility.gas import TIGHT, quiet
from twin.utilities.gas.network import GasNetwork
from twin.utilities.gas.settings import GasSettings

__all__ = ["TIGHT", "quiet"]
M3_PER_KG = 293.15 / 273.15 / 0.7  # of the gas made here


def written(net: Any, folder: Path) -> Path:
    """Write a net and return its path."""
    path = folder / "gas.json"
    with quiet():
        pp.to_json(net, str(path))
    return path


def fluid(compressibility: float = 1.0) -> Any:
    """Return a gas of constant properties, 0.7 kg/m3 at normal conditions."""
    properties = {
        "density": 0.7,
        "viscosity": 1.1e-5,
        "compressibility": compressibility,
        "der_compressibility": 0.0,
        "heat_capacity": 2200.0,
        "molar_mass": 16.5,
    }
    return pp.properties.fluids.create_constant_fluid("made", "gas", **properties)


def empty() -> Any:
    """Return a net of that gas without anything in it."""
    with quiet():
        net = pp.create_empty_network()
        net["fluid"] = fluid()
    return net


def junctions(net: Any, count: int, bar: float = 3.0, height: float = 0.0) -> list[int]:
    """Make junctions J0, J1 and so on."""
    there = len(net.junction)
    return [
        int(pp.create_junction(net, bar, 293.15, height_m=height, name=f"J{there + i}")) for i in range(count)
    ]


def pipe(net: Any, start: int, end: int, km: float = 1.0, mm: float = 200.0, **more: Any) -> int:
    """Make a pipe named after its place in the table."""
    name = more.pop("name", f"P{len(net.pipe)}")
    return int(
        pp.create_pipe_from_parameters(net, start, end, km, inner_diameter_mm=mm, k_mm=0.1, name=name, **more)
    )


def source(net: Any, junction: int, bar: float, name: str = "GRS") -> None:
    """Make an external grid."""
    pp.create_ext_grid(net, junction, p_bar=bar, t_k=293.15, name=name)


def sink(net: Any, junction: int, m3_per_h: float, name: str) -> None:
    """Make a sink that draws m3/h at 20 C and 101.325 kPa."""
    pp.create_sink(net, junction, m3_per_h / 3600.0 / M3_PER_KG, name=name)


def regulator(net: Any, start: int, end: int, bar: float, name: str, at: int | None = None) -> None:
    """Make a regulator that holds the pressure of its outlet, or of another junction."""
    pp.create_pressure_control(net, start, end, end if at is None else at, bar, name=name)


def opened(net: Any, folder: Path, settings: dict[str, Any] | None = None, **more: Any) -> GasNetwork:
    """Open a net that is written to a folder."""
    return GasNetwork(written(net, folder), GasSettings(**(settings or {})), **more)


def reading(network: GasNetwork, asset: str, quantity: str) -> float:
    """Return one value of the last solution."""
    places = {(s.asset, s.quantity): i for i, s in enumerate(network.signals)}
    return float(network.read()[places[f"gas/{asset}", quantity]])

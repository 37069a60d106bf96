"""What a result depends on beside its inputs: this program, and the versions of its engines."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

_ENGINES = ("lightsim2grid", "numba", "numpy", "owa-epanet", "pandapower", "scipy", "simpy")


@cache
def program() -> str:
    """Return the digest of the source of `twin`, and the engines' versions."""
    root = Path(__file__).parent
    source = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        source.update(path.relative_to(root).as_posix().encode())
        source.update(path.read_bytes())
    return " ".join([f"twin-{source.hexdigest()[:12]}", *(f"{name}-{version(name)}" for name in _ENGINES)])


@cache
def processor() -> str:
    """Return the model of the processor: compiled code may round otherwise on another."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")

"""What a network saved as JSON may hold: data, and the classes that pandapower and pandapipes write.

Their reader imports and calls whatever class a file names, in any cell and in any string that is JSON.
So each name is compared with a list before any of it is built.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from twin.errors import InvalidInput, Mistake

_NESTED = 12
_NUMPY = r"array|bool_?|u?int\d*|u?intc|u?longlong|float\d*|complex\d*|str_"
_GEOMETRY = r"(Multi)?(Point|LineString|Polygon)|GeometryCollection|LinearRing"
_ALLOWED = tuple(
    (re.compile(module), re.compile(name))
    for module, name in (
        (r"pandapower\.auxiliary", r"pandapowerNet"),
        (r"pandapower\.(control|timeseries|protection)(\.\w+)*", r"[A-Z]\w*"),
        (r"pandapipes\.pandapipes_net", r"pandapipesNet"),
        (r"pandapipes\.component_models\.\w+", r"[A-Z]\w*"),
        (r"pandapipes\.properties\.fluids", r"Fluid\w*"),
        (r"pandapipes\.std_types\.std_type_class", r"\w*StdType"),
        (r"pandas\.core\.frame", r"DataFrame"),
        (r"pandas\.core\.series", r"Series"),
        (r"pandas", r"\w*Index"),
        (r"numpy", _NUMPY),
        (r"builtins", r"tuple|set|frozenset|complex"),
        (r"networkx", r"(Multi)?(Di)?Graph"),
        (r"shapely", _GEOMETRY),
        (r"geopandas\.geodataframe", r"GeoDataFrame"),
        (r"geopandas\.geoseries", r"GeoSeries"),
    )
)


def refuse_foreign_classes(content: Any, file: str) -> None:
    """Refuse a file that names a class which is no part of a network; nothing of it is imported or called.

    Parameters
    ----------
    content
        The file's JSON, read as plain data.

    Raises
    ------
    InvalidInput
        With every such name once.
    """
    foreign = dict.fromkeys(name for name in _named(content) if not _is_allowed(*name))
    if foreign:
        remedy = "a network as its own program saves it"
        raise InvalidInput(
            [
                Mistake(file, 0, f"names {module}.{name}, which is no part of a network: not opened", remedy)
                for module, name in foreign
            ]
        )


def _is_allowed(module: str, name: str) -> bool:
    return any(of.fullmatch(module) and called.fullmatch(name) for of, called in _ALLOWED)


def _named(content: Any) -> Iterator[tuple[str, str]]:
    """Yield module and class of every object that pandapower's reader would build."""
    waiting: list[tuple[Any, int]] = [(content, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict):
            if "_module" in value or "_class" in value:
                yield str(value.get("_module", "")), str(value.get("_class", ""))
            waiting += [(inner, depth) for inner in value.values()]
        elif isinstance(value, list):
            waiting += [(inner, depth) for inner in value if isinstance(inner, dict | list | str)]
        elif isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"'):
            if depth >= _NESTED:
                yield "", "JSON in JSON without end"
                continue
            try:
                waiting.append((json.loads(value), depth + 1))
            except (ValueError, RecursionError):
                if "_module" in value:
                    yield "", "JSON that cannot be read"

"""YAML: plain values, where each of them stands, and keys that are given twice."""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from twin.errors import Mistake
from twin.model import whole_text

Places = dict[tuple[str, ...], tuple[str, int]]


class NotYaml(ValueError):
    """Text that is no YAML, and the line where that shows; 0 if none does."""

    def __init__(self, problem: str, line: int = 0) -> None:
        self.line = line
        super().__init__(problem)


class _Constructor(SafeConstructor):
    """Leaves dates as they are written: the schema reads them, and says what is wrong with them."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_str)


def load_value(text: str) -> Any:
    """Return the value that a piece of YAML says.

    Raises
    ------
    NotYaml
        If it is none.
    """
    return _build(text)[1]


def load_yaml(text: str, file: str, places: Places, mistakes: list[Mistake]) -> Any:
    """Return what a text says; note the place of each value, and keys that are given twice.

    Raises
    ------
    NotYaml
        If it is no YAML.
    """
    node, content = _build(text)
    if node is not None:
        for key, line, first in _walk(node, (), set()):
            if first:
                problem = f"{'.'.join(key)} again"
                mistakes.append(Mistake(file, line, problem, f"once; first in line {first}"))
            places.setdefault(key, (file, line))
    return content


def _build(text: str) -> tuple[Node | None, Any]:
    loader = YAML(typ="safe", pure=True)
    loader.Constructor = _Constructor
    loader.allow_duplicate_keys = True
    try:
        node = loader.compose(text)
        return node, None if node is None else loader.constructor.construct_document(node)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(str(error.problem or error.context), mark.line + 1 if mark else 0) from None
    except RecursionError:
        raise NotYaml("nested too deep") from None
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        # its reader and its constructors raise many kinds, some with a position in the text
        at = getattr(error, "position", None)
        line = text.count("\n", 0, at) + 1 if isinstance(at, int) else 0
        raise NotYaml(str(getattr(error, "reason", error)).split("\n")[0], line) from None


def _walk(node: Node, key: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield the path and line of each value, and the line of an earlier one with the same key, 0 if none.

    What is said once and meant in several places (an anchor) is told where it stands first.
    """
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, MappingNode):
        lines: dict[str, int] = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            if not isinstance(name, ScalarNode) or str(name.tag).endswith(":merge"):
                continue
            own = whole_text(str(name.value))
            yield (*key, own), line, lines.get(own, 0)
            lines.setdefault(own, line)
            yield from _walk(value, (*key, own), seen)
    elif isinstance(node, SequenceNode):
        for number, value in enumerate(node.value):
            yield (*key, str(number)), value.start_mark.line + 1, 0
            yield from _walk(value, (*key, str(number)), seen)

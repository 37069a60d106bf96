"""YAML: plain values, where each of them stands, and keys that are given twice; nothing without bounds."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from twin.bounds import (
    MOST_CHARACTERS,
    MOST_DIGITS,
    MOST_NAME,
    MOST_YAML_DEPTH,
    MOST_YAML_VALUES,
)
from twin.errors import Mistake
from twin.model import whole_text

Places = dict[tuple[str, ...], tuple[str, int]]

_CORE = "tag:yaml.org,2002:"
_PLAIN = {
    f"{_CORE}{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "map", "seq")
}
_NUMBERS = (f"{_CORE}int", f"{_CORE}float")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class NotYaml(ValueError):
    """Text that is no YAML, and the line where that shows; 0 if none does."""

    def __init__(self, problem: str, line: int = 0) -> None:
        self.line = line
        super().__init__(problem)


class _Constructor(SafeConstructor):
    """Leaves dates as they are written: the schema reads them, and says what is wrong with them."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """Construct a value; one that is not what its tag says is named with its line."""
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, KeyError) as error:
            if isinstance(error, NotYaml) or not isinstance(node, ScalarNode):
                raise
            kind = str(node.tag).replace(_CORE, "!!")
            raise NotYaml(f"{node.value[:60]!r} is no {kind}", node.start_mark.line + 1) from None


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_str)


class _Composer(Composer):
    """Counts what a text says, aliases written out, while it is read: what grows is refused as it begins."""

    def __init__(self, most: int, loader: Any = None) -> None:
        super().__init__(loader=loader)
        self._most = most
        # a run's own file has the names of tables as keys, and so what a cell may hold
        self._longest = MOST_NAME if most <= MOST_YAML_VALUES else MOST_CHARACTERS
        self.warn_double_anchors = False
        self._deep = self._composed = 0
        self._sizes: dict[int, tuple[int, int]] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a value and refuse it beyond bounds."""
        line = self.parser.peek_event().start_mark.line + 1
        self._deep += 1
        self._composed += 1
        self._refuse_beyond(self._composed, self._deep, line)
        node = super().compose_node(parent, index)
        self._deep -= 1
        if id(node) not in self._sizes:
            if node.end_mark is None:
                raise NotYaml("an anchor that contains itself", line)
            self._sizes[id(node)] = _measure(node, self._sizes, self._longest)
        self._refuse_beyond(*self._sizes[id(node)], line)
        return node

    def _refuse_beyond(self, values: int, depth: int, line: int) -> None:
        if depth > MOST_YAML_DEPTH:
            raise NotYaml(f"nested deeper than {MOST_YAML_DEPTH} levels", line)
        if values > self._most:
            raise NotYaml(f"more than {self._most:,} values, aliases written out", line)


def _measure(node: Node, sizes: dict[int, tuple[int, int]], longest: int) -> tuple[int, int]:
    """Return how many values a node holds and how deep they are nested; refuse what is no plain value."""
    tag = node.tag
    if tag not in _PLAIN:
        shown = str(tag).replace(_CORE, "!!")
        raise NotYaml(f"{shown} is no plain value (text, a number, true, false)", node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        _refuse_scalar(node)
        return 1, 1
    inner = node.value
    if isinstance(node, MappingNode):
        for name, _ in node.value:
            if isinstance(name, ScalarNode) and len(name.value) > longest:
                raise NotYaml(f"a key of more than {longest:,} characters", name.start_mark.line + 1)
        inner = [each for pair in node.value for each in pair]
    within = [sizes[id(each)] for each in inner]
    return 1 + sum(values for values, _ in within), 1 + max((depth for _, depth in within), default=0)


def _refuse_scalar(node: ScalarNode) -> None:
    text, line = node.value, node.start_mark.line + 1
    if len(text) > MOST_CHARACTERS:
        raise NotYaml(f"a text of more than {MOST_CHARACTERS:,} characters", line)
    if len(text) > MOST_DIGITS and node.tag in _NUMBERS:
        raise NotYaml(f"a number of more than {MOST_DIGITS} digits", line)
    if _NO_TEXT.search(text):
        # a letter beyond the first plane, as JSON writes it: two escapes
        node.value = text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if _NO_TEXT.search(text):
        raise NotYaml("a character that no text holds (NUL, half of a surrogate pair)", line)


def load_value(text: str, most: int = MOST_YAML_VALUES) -> Any:
    """Return the value that a piece of YAML says.

    Parameters
    ----------
    most
        Keys and values beyond which it is refused.

    Raises
    ------
    NotYaml
        If it is none.
    """
    return _build(text, most)[1]


def load_yaml(text: str, file: str, places: Places, mistakes: list[Mistake]) -> Any:
    """Return what a text says; note the place of each value, and keys that are given twice.

    Raises
    ------
    NotYaml
        If it is no YAML.
    """
    node, content = _build(text, MOST_YAML_VALUES)
    if node is not None:
        for key, line, first in _walk(node, (), set()):
            if first:
                problem = f"{'.'.join(key)} again"
                mistakes.append(Mistake(file, line, problem, f"once; first in line {first}"))
            places.setdefault(key, (file, line))
    return content


def _build(text: str, most: int) -> tuple[Node | None, Any]:
    loader = YAML(typ="safe", pure=True)
    loader.Composer = partial(_Composer, most)  # type: ignore[assignment]
    loader.Constructor = _Constructor
    loader.allow_duplicate_keys = True
    try:
        node = loader.compose(text)
        return node, None if node is None else loader.constructor.construct_document(node)
    except NotYaml:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(str(error.problem or error.context), mark.line + 1 if mark else 0) from None
    except RecursionError:
        raise NotYaml("nested too deep") from None
    except Exception as error:  # its reader and its constructors raise many kinds
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

"""The variants of a scenario on disk: read, written whole, and never over what another has written."""

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML

from twin.errors import InvalidInput, Mistake
from twin.files import regular, write_text
from twin.locks import locked
from twin.scenario import Scenario, load_scenario
from twin.scenario.reach import Reach
from twin.scenario.variants import Variant, VariantFile, base_digest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
"""What a variant and a build order may be called."""
_WAIT_S = 5.0
_FIRST = "variant"


class Conflict(Exception):
    """Another tab or program has written the file meanwhile, or it is there already."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A variant as it lies on disk.

    Attributes
    ----------
    file
        Its name without ending.
    revision
        Of its content; another one stands there after each change.
    content
        What it says, None if it cannot be read.
    problems
        Why it cannot be run, one line each.
    """

    file: str
    revision: str
    content: dict[str, Any] | None
    problems: tuple[str, ...] = ()


class Desk:
    """The variants of one scenario.

    Parameters
    ----------
    scenario
        Its folder or YAML file.
    folder
        Where variants lie; made when the first is written. Nothing else is written there.
    overrides
        Changes of the scenario before any variant, such as those of the run that a board was opened on.

    Raises
    ------
    InvalidInput
        If the scenario cannot be loaded.
    """

    def __init__(self, scenario: Path, folder: Path, reach: Reach, overrides: tuple[str, ...] = ()) -> None:
        self.scenario, self.folder, self.reach, self.overrides = scenario, folder, reach, overrides
        self._writing = threading.Lock()
        self.base()

    def base(self, further: tuple[str, ...] = ()) -> Scenario:
        """Return the scenario as its files are now, with further overrides."""
        return load_scenario(self.scenario, (*self.overrides, *further), self.reach)

    def read(self) -> list[Kept]:
        """Return all variants of this scenario, those that cannot be read with why."""
        files = sorted(self.folder.glob("*.yaml")) if self.folder.is_dir() else []
        kept = [self.one(path.stem) for path in files if NAME.fullmatch(path.stem) and regular(path)]
        return [own for own in kept if own is not None]

    def one(self, name: str) -> Kept | None:
        """Return a variant, None if there is none of that name, or it is of another scenario."""
        path = self._path(name)
        if not NAME.fullmatch(name) or not regular(path):
            return None
        revision = _revision(path)
        try:
            variant = Variant(path, self.reach)
        except InvalidInput as error:
            return Kept(name, revision, None, tuple(map(str, error.mistakes)))
        if not _same(variant.scenario, self.scenario):
            return None
        return Kept(name, revision, variant.asked.model_dump(mode="json", exclude_none=True))

    def load(self, name: str, further: tuple[str, ...] = ()) -> tuple[Scenario, tuple[str, ...]]:
        """Return the scenario as a variant changes it, and what is to be told of it; empty: as planned.

        Raises
        ------
        InvalidInput
            If it cannot be run, or there is no such variant.
        """
        if not name:
            return self.base(further), ()
        if self.one(name) is None:
            raise InvalidInput([Mistake(name, 0, "no variant of this name")])
        variant = Variant(self._path(name), self.reach)
        loaded = variant.load((*self.overrides, *further), self.scenario)
        return loaded, tuple(f"{own.problem} ({own.remedy})" for own in variant.told(loaded))

    def write(self, name: str, content: Mapping[str, Any], revision: str) -> Kept:
        """Write a variant whole, if its file is still what its writer has seen.

        Parameters
        ----------
        revision
            Of what the writer saw; empty for a file that must be new.

        Raises
        ------
        InvalidInput
            If it is no variant, one line per mistake.
        Conflict
            If another has written it.
        OSError
            If it cannot be written.
        """
        if not NAME.fullmatch(name):
            raise InvalidInput([Mistake(name, 0, "is no name for a variant", "letters, digits, - and _")])
        text = self._text(content)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(name)
        with self._writing, locked(self.folder / name, _WAIT_S):
            if (_revision(path) if os.path.lexists(path) else "") != revision:
                raise Conflict(name)
            write_text(path, text)
        return self.one(name) or Kept(name, "", None)

    def remove(self, name: str, revision: str) -> None:
        """Remove a variant's file, if it is still what its reader has seen.

        Raises
        ------
        Conflict
            If it is not, or there is none.
        OSError
            If it cannot be removed.
        """
        if self.one(name) is None:
            raise Conflict(name)
        path = self._path(name)
        with self._writing, locked(self.folder / name, _WAIT_S):
            if not os.path.lexists(path) or _revision(path) != revision:
                raise Conflict(name)
            path.unlink()

    def new_name(self) -> str:
        """Return a name that no file has yet."""
        number = 1
        while os.path.lexists(self._path(f"{_FIRST}-{number}")):
            number += 1
        return f"{_FIRST}-{number}"

    def _text(self, content: Mapping[str, Any]) -> str:
        """Return a variant as YAML: what is empty is left out."""
        base = content.get("base") or base_digest(self.base())
        place = os.path.relpath(self.scenario.resolve(), self.folder.resolve())
        try:
            asked = VariantFile.model_validate({**content, "scenario": place, "base": base})
        except ValidationError as error:
            raise InvalidInput([_told(own) for own in error.errors(include_url=False)]) from None
        told = asked.model_dump(mode="json", exclude_none=True)
        yaml, stream = YAML(), StringIO()
        yaml.width = 110
        yaml.dump({key: value for key, value in told.items() if value not in ("", {}, [])}, stream)
        return stream.getvalue()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"


def _told(detail: Any) -> Mistake:
    return Mistake(".".join(map(str, detail["loc"])) or "variant", 0, detail["msg"])


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(_file(one)) == os.path.realpath(_file(other))


def _file(scenario: Path) -> Path:
    return scenario / "scenario.yaml" if scenario.is_dir() else scenario


def _revision(path: Path) -> str:
    return blake2b(path.read_bytes(), digest_size=8).hexdigest()

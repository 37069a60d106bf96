"""Variants: named changes of a scenario, each in one YAML file that holds the changes alone."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, Strict, ValidationError

from twin.errors import InvalidInput, Mistake
from twin.model import Day, Flag, Model
from twin.scenario.currency import told as in_currency
from twin.scenario.document import Document, read_yaml
from twin.scenario.loading import input_files, load_scenario, note_all
from twin.scenario.reach import WITHIN, Reach
from twin.scenario.schema import Scenario

FOLDER = "variants"
"""Beside a scenario, where its variants lie."""


class SiteMove(Model):
    """What a variant does to a site; what is left out stays as it is."""

    start: Day | None = None
    """It starts no earlier."""
    slip_months: Annotated[float, Strict(), Field(ge=-1200, le=1200)] | None = None
    """Its works take so many months longer."""
    cancelled: Flag | None = None
    """It is not built."""


class VariantFile(Model):
    """What a variant's file holds."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    scenario: str = ".."
    """Folder or YAML file, as seen from this file."""
    base: str = ""
    """Digest of the scenario's files when the variant was made."""
    parent: str = ""
    """The variant it was made from; this file alone tells all the changes."""
    note: Annotated[str, Field(max_length=10_000)] = ""
    sites: dict[str, SiteMove] = {}
    order: tuple[str, ...] = ()
    """Sites that crews and money serve first, in this order."""
    set: dict[str, Any] = {}
    """Other keys of the scenario, as in `--set`."""


class Variant:
    """A variant's file that was read.

    Parameters
    ----------
    path
        The file.
    reach
        Which files it may name beside those in the scenario's folder.

    Attributes
    ----------
    asked
        What it says.
    changes
        The same by key of the scenario: what a sweep may choose.
    overrides
        The same as ``KEY=VALUE``.

    Raises
    ------
    InvalidInput
        With every mistake of the file.
    """

    def __init__(self, path: Path, reach: Reach = WITHIN) -> None:
        if not os.path.isfile(path):
            raise InvalidInput([Mistake(str(path), 0, "no variant here", "a YAML file: docs/board.md")])
        self.path, self._reach = path, reach
        self._document = Document(reach=reach.beside(path.parent))
        self._document.places[()] = (path.name, 1)
        read_yaml(path, self._document, "name: ..., scenario: ..")
        asked = _validate(self._document)
        if asked is None or self._document.mistakes:
            raise InvalidInput(self._document.mistakes)
        self.asked = asked
        said = list(_changes(asked))
        self.changes = {name: value for name, value, _ in said}
        self._places = {f"{name}={_text(value)}": place for name, value, place in said}
        self.overrides = tuple(self._places)

    @property
    def scenario(self) -> Path:
        """Return the path of the scenario that it changes."""
        return Path(os.path.normpath(self.path.parent / self.asked.scenario))

    def load(self, overrides: Sequence[str] = (), scenario: Path | None = None) -> Scenario:
        """Return the changed scenario, named after both.

        Parameters
        ----------
        overrides
            Further ones, on top of its own.
        scenario
            The scenario, if it lies elsewhere than the file says.

        Raises
        ------
        InvalidInput
            With every mistake; one that a line of the file made, at that line.
        """
        # a path that the file sets is not the user's own
        reach = replace(self._reach, overrides=False)
        try:
            loaded = load_scenario(scenario or self.scenario, [*self.overrides, *overrides], reach)
        except InvalidInput as error:
            raise InvalidInput([self._placed(mistake) for mistake in error.mistakes]) from None
        return loaded.model_copy(update={"name": f"{loaded.name}, {self.asked.name}"})

    def told(self, scenario: Scenario) -> list[Mistake]:
        """Return what is to be told of a variant that was loaded: what is not counted, a changed base."""
        told = []
        if self.asked.base and self.asked.base != (now := base_digest(scenario)):
            problem = "the scenario has changed since this variant was made"
            told.append(self._at(("base",), problem, f"look at it again, then base: {now}"))
        for site, move in self.asked.sites.items():
            price = in_currency(f"sites.{site}.cost_bn_kzt", scenario.currency)
            if (move.slip_months or 0.0) < 0.0 and price not in self.asked.set:
                problem = (
                    f"the works of {site} are cut short at no higher price: what haste costs is not known"
                )
                told.append(
                    self._at(("sites", site, "slip_months"), problem, f"{price} with what haste costs")
                )
            if move.start is not None and move.start < scenario.start:
                problem = (
                    f"{site} starts before the run does, {scenario.start}: what is built and paid until then"
                )
                told.append(self._at(("sites", site, "start"), f"{problem} is not counted", "a later start"))
        return told

    def _at(self, key: tuple[str, ...], problem: str, remedy: str) -> Mistake:
        return Mistake(*self._document.place(key), problem, remedy)

    def _placed(self, mistake: Mistake) -> Mistake:
        """Return what a scenario says about an override, at the line of the file that made it."""
        override = mistake.file.removeprefix("--set ")
        key = self._places.get(override) if override != mistake.file else None
        if key is None:
            return mistake
        file, line = self._document.place(key)
        return Mistake(file, line, f"{override}: {mistake.problem}", mistake.remedy)


def load_changed(
    path: Path | None, variant: Path | None, overrides: Sequence[str], reach: Reach
) -> tuple[Scenario, list[Mistake]]:
    """Return a scenario as the command line asks for it, and what is to be told of its variant.

    Raises
    ------
    InvalidInput
        If it names neither a scenario nor a variant, or with every mistake of them.
    """
    if variant is None:
        if path is None:
            raise InvalidInput([Mistake("SCENARIO", 0, "none is named", "a scenario, or --variant FILE")])
        return load_scenario(path, overrides, reach), []
    chosen = Variant(variant, reach)
    loaded = chosen.load(overrides, path)
    return loaded, chosen.told(loaded)


def base_digest(scenario: Scenario) -> str:
    """Return a digest of the files that a scenario was loaded from, whatever overrides changed it."""
    digest = hashlib.blake2b(digest_size=16)
    if any(own.partition("=")[0].strip() == "build_order" for own in scenario.overrides):
        # the file of an order that an override chose is none of the base's
        document = Document()
        read_yaml(scenario.folder / scenario.file, document)
        order = str(document.content.get("build_order") or "")
        scenario = scenario.model_copy(update={"build_order": order})
    for path in sorted(input_files(scenario)):
        name = Path(os.path.relpath(path, scenario.folder)).as_posix().encode("utf-8", "surrogateescape")
        for part in (name, path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _changes(asked: VariantFile) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Yield each change: a key of the scenario, its value, and where the file says it."""
    for name, value in asked.set.items():
        yield name, value, ("set", name)
    if asked.order:
        yield "order", list(asked.order), ("order",)
    for site, move in asked.sites.items():
        for field, value in move.model_dump(mode="json", exclude_none=True).items():
            table = "sites" if field == "slip_months" else "order"
            yield f"{table}.{site}.{field}", value, ("sites", site, field)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _validate(document: Document) -> VariantFile | None:
    if document.mistakes:
        return None
    try:
        return VariantFile.model_validate(document.content)
    except ValidationError as error:
        note_all(document, error, VariantFile)
    return None

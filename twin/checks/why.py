"""Why a run or sweep may differ from its baseline: versions, inputs, and what in them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from twin.checks.baseline import Baseline, read_baseline
from twin.errors import listed
from twin.results.differences import resolved
from twin.scenario.changes import differences, sentences

_MOST_OF_A_KIND = 5


def reasons(before: Baseline, folder: Path) -> list[str]:
    """Return a line for each thing that differs between a baseline and the results in a folder."""
    if not before.about:
        return ["the baseline holds metrics alone: --update-baseline keeps versions and inputs beside them"]
    now = read_baseline(folder)
    found = [*_versions(before.about, now.about), *_inputs(before.about, now.about)]
    found += _scenario(before.scenario, now.scenario)
    return found or ["inputs, versions and program are those of the baseline"]


def _versions(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = old.get("versions", {}), new.get("versions", {})
    moved = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    for name in moved:
        yield f"version of {name}: {before.get(name, 'none')} -> {after.get(name, 'none')}"
    if not moved and old.get("program") != new.get("program"):
        yield "the program's source differs, its version does not"


def _inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = old.get("inputs_sha256", {}), new.get("inputs_sha256", {})
    for words, names in (
        ("changed", [n for n in after if n in before and before[n] != after[n]]),
        ("new", [n for n in after if n not in before]),
        ("gone", [n for n in before if n not in after]),
    ):
        if names:
            yield f"inputs {words}: {listed(sorted(names))}"
    if old.get("overrides") != new.get("overrides"):
        yield f"overrides: {_overrides(old)} -> {_overrides(new)}"
    asked, now = (about.get("asked") or {} for about in (old, new))
    differing = [key for key in dict.fromkeys((*asked, *now)) if asked.get(key) != now.get(key)]
    if differing:
        yield f"the sweep file differs in {listed(differing)}"


def _overrides(about: Mapping[str, Any]) -> str:
    return listed([str(own) for own in about.get("overrides") or ()]) or "none"


def _scenario(old: str, new: str) -> Iterator[str]:
    """Yield what differs in the resolved scenarios; one that cannot be read is of another program."""
    before, after = resolved(old), resolved(new)
    if before and after:
        yield from sentences(differences(before, after), _MOST_OF_A_KIND)

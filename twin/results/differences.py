"""Results folders side by side: what differs, from when, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from twin.bounds import MOST_RESULT_VALUES
from twin.errors import InvalidInput, Mistake
from twin.results.formats import read_object, read_own, read_table, refuse_other
from twin.scenario.currency import known_keys, stated
from twin.scenario.markup import NotYaml, load_value

_NEWS = ("site commissioned", "development connected")
_FAR = "9999"
Row = Mapping[str, str]
Lines = list[tuple[str, ...]]


@dataclass(frozen=True)
class Folder:
    """What a comparison reads of a results folder."""

    name: str
    metrics: Mapping[str, float]
    sites: Mapping[str, Row]
    developments: Mapping[str, Row]
    news: Mapping[tuple[str, str], str]
    cashflow: Sequence[Row]
    headroom: Sequence[Row]
    path: Path = Path()

    @cached_property
    def known(self) -> frozenset[str]:
        """Return the sites of the scenario, those too that its order leaves out."""
        return frozenset(resolved(read_own(self.path / "scenario.yaml")).get("sites") or {})


def read_folder(path: Path) -> Folder:
    """Read a results folder; a missing table counts as empty.

    Raises
    ------
    InvalidInput
        If it is none, or of another format.
    """
    if not (path / "metrics.json").is_file():
        raise InvalidInput([Mistake(str(path), 0, "no results folder", "a folder that twin run wrote")])
    refuse_other(path)
    events = read_table(path / "events.csv")
    currency = stated(read_object(path / "run.json"))
    return Folder(
        path.name,
        read_object(path / "metrics.json"),
        {row["site"]: row for row in read_table(path / "sites.csv")},
        {row["development"]: row for row in read_table(path / "developments.csv")},
        {(e["kind"], e["subject"]): e["time"][:10] for e in events if e["kind"] in _NEWS},
        [known_keys(row, currency) for row in read_table(path / "cashflow.csv")],
        read_table(path / "headroom.csv"),
        path,
    )


def resolved(text: str) -> Mapping[str, Any]:
    """Return what the resolved scenario of a results folder says, empty where it cannot be read."""
    try:
        content = load_value(text, MOST_RESULT_VALUES)
    except NotYaml:
        return {}
    return content if isinstance(content, Mapping) else {}


def metric_lines(folders: Sequence[Folder]) -> Lines:
    """Return the metrics of each folder; after the first, with the difference from it."""
    names = dict.fromkeys(name for folder in folders for name in folder.metrics)
    first = folders[0].metrics
    lines: Lines = [("metric", *(folder.name for folder in folders))]
    for name in names:
        cells = []
        for folder in folders:
            value, base = folder.metrics.get(name), first.get(name)
            cells.append(number(value) + _change(value, base))
        lines.append((name, *cells))
    return lines


def site_lines(folders: Sequence[Folder]) -> Lines:
    """Return when each site is commissioned, of those whose dates differ, and what it waited for."""
    names = dict.fromkeys(site for folder in folders for site in folder.sites)
    lines: Lines = [("site", *(folder.name for folder in folders))]
    for name in names:
        dates = [_date(folder, name) for folder in folders]
        if len(set(dates)) > 1:
            lines.append((name, *(_told(folder, name) for folder in folders)))
    return lines


def first_difference(folders: Sequence[Folder]) -> str:
    """Return the first day on which the cities differ, what differs, and why."""
    keys = dict.fromkeys(key for folder in folders for key in folder.news)
    differing = [key for key in keys if len({folder.news.get(key, _FAR) for folder in folders}) > 1]
    if not differing:
        return "the same sites and developments, on the same days"
    kind, subject = key = min(differing, key=lambda k: min(f.news.get(k, _FAR) for f in folders))
    day = min(folder.news.get(key, _FAR) for folder in folders)
    parts = []
    for folder in folders:
        row = (folder.sites if kind == _NEWS[0] else folder.developments).get(subject, {})
        why = (row.get("waited_for") or row.get("blocked_by") or "").replace(";", ", ")
        parts.append(f"{folder.name} {folder.news.get(key, 'never')}" + (f" ({why})" if why else ""))
    return f"{day}: {subject} {kind.split()[-1]}: {'; '.join(parts)}"


def year_lines(folders: Sequence[Folder]) -> Lines:
    """Return cash and capacity by year: what is paid and owed, and the months in which each was short."""
    years = sorted({row["month"][:4] for folder in folders for row in (*folder.cashflow, *folder.headroom)})
    lines: Lines = [("year", *(f"{f.name}: paid, owed bn; short" for f in folders))]
    for year in years:
        lines.append((year, *(_year(folder, year) for folder in folders)))
    return lines


def number(value: float | None) -> str:
    """Return a metric as people read it."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:,.4g}"


def _change(value: float | None, base: float | None) -> str:
    """Return by how much a metric differs, in brackets; nothing where both are printed alike."""
    if value is None or base is None or number(value) == number(base):
        return ""
    return f" ({'+' if value > base else ''}{number(value - base)})"


def _year(folder: Folder, year: str) -> str:
    paid = 0.0
    owed: dict[str, float] = {}
    for row in folder.cashflow:
        if row["month"].startswith(year):
            outflow = ("own", "interest", "principal", "fees")
            paid += sum(float(row[f"{name}_bn_kzt"]) for name in outflow) - float(row["damages_bn_kzt"])
            owed[row["site"]] = float(row["liability_bn_kzt"])
    short = _short(row for row in folder.headroom if row["month"].startswith(year))
    return f"{paid:.1f}, {sum(owed.values()):.1f}; {short or 'none'}"


def _short(rows: Iterable[Row]) -> str:
    """Return the months in which a capacity was short, the most first."""
    months: dict[str, int] = {}
    for row in rows:
        if float(row["peak"]) > float(row["capacity"]):
            months[row["capacity_name"]] = months.get(row["capacity_name"], 0) + 1
    return ", ".join(f"{name} {count}" for name, count in sorted(months.items(), key=lambda m: -m[1]))


def _date(folder: Folder, site: str) -> str:
    """Return when a site is commissioned; one without a date may be cancelled, or unknown to the scenario."""
    if site in folder.sites:
        return folder.sites[site].get("commissioned") or "after the end"
    return "cancelled" if site in folder.known else "not in this scenario"


def _told(folder: Folder, site: str) -> str:
    why = folder.sites.get(site, {}).get("waited_for", "").replace(";", ", ")
    return _date(folder, site) + (f" ({why})" if why else "")


def as_data(folders: Sequence[Folder]) -> dict[str, Any]:
    """Return runs side by side for the JSON document: metrics, sites of other dates, what differs first."""
    names = dict.fromkeys(name for folder in folders for name in folder.metrics)
    return {
        "runs": [folder.name for folder in folders],
        "metrics": {name: [folder.metrics.get(name) for folder in folders] for name in names},
        "sites": {row[0]: list(row[1:]) for row in site_lines(folders)[1:]},
        "first_difference": first_difference(folders),
    }


def texts(folders: Sequence[Folder]) -> Iterator[tuple[str, Lines]]:
    """Yield the parts of a printed comparison: title and lines."""
    yield "", metric_lines(folders)
    sites = site_lines(folders)
    if len(sites) > 1:
        yield "sites whose dates differ", sites
    yield "cash and capacity", year_lines(folders)
    yield "first difference", [(first_difference(folders),)]

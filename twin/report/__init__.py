"""Pages from saved results: they read folders, never a simulation or an engine."""

from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.report.folder import Folder, kind_of


def write_report(folder: str | Path) -> Path:
    """Write ``report.html`` into a results folder: of a run, a comparison or a sweep.

    Returns
    -------
    Path
        The page, one self-contained file.

    Raises
    ------
    InvalidInput
        If the folder holds no results, or the libraries of the extra ``report`` are not installed.
    """
    folder = Path(folder)
    target = folder / "report.html"
    text = as_html(folder)
    written = folder / ".report.html"
    written.write_text(text, encoding="utf-8")
    written.rename(target)
    return target


def as_html(folder: Path) -> str:
    """Return the page of a results folder as HTML."""
    match kind_of(folder):
        case "run":
            from twin.report import run

            return run.page(Folder(folder))
        case "comparison":
            from twin.report import comparison

            return comparison.page(folder)
        case "sweep":
            from twin.report import sweeps

            return sweeps.page(folder)
    raise InvalidInput([Mistake(str(folder), 0, "no results here", "a folder that twin run wrote")])

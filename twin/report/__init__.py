"""Pages from saved results: they read folders, never a simulation or an engine."""

from collections.abc import Sequence
from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.files import write_text
from twin.report.folder import Folder, kind_of
from twin.results.manifest import MANIFEST, claim

PAGE = "report.html"


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
    return _write(folder, as_html(folder))


def write_side_by_side(runs: Sequence[Path], folder: Path) -> Path:
    """Write ``report.html`` of runs beside each other into a folder that holds nothing else.

    Returns
    -------
    Path
        The page, one self-contained file.

    Raises
    ------
    InvalidInput
        If the runs do not cover the same months, or the libraries of the extra ``report`` are not installed.
    FileExistsError
        If the folder holds something else.
    """
    from twin.report.comparison import page_of_runs

    known = (PAGE, MANIFEST)
    if folder.is_file() or (folder.exists() and any(path.name not in known for path in folder.iterdir())):
        raise FileExistsError(f"{folder} holds something else; choose another with --out")
    alike = len({run.resolve().name for run in runs}) < len(runs)
    text = page_of_runs({str(run) if alike else run.resolve().name: Folder(run) for run in runs})
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder, text)


def as_html(folder: Path) -> str:
    """Return the page of a results folder as HTML.

    Raises
    ------
    InvalidInput
        If it holds no results, or they are damaged.
    """
    kind = kind_of(folder)
    if not kind:
        raise InvalidInput([Mistake(str(folder), 0, "no results here", "a folder that twin run wrote")])
    try:
        return _page(kind, folder)
    except InvalidInput:
        raise
    except Exception as error:  # whatever a damaged file makes of a reader
        why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise InvalidInput([Mistake(str(folder), 0, f"its results cannot be shown: {why}")]) from error


def _page(kind: str, folder: Path) -> str:
    match kind:
        case "run":
            from twin.report import run

            return run.page(Folder(folder))
        case "comparison":
            from twin.report import comparison

            return comparison.page(folder)
        case _:
            from twin.report import sweeps

            return sweeps.page(folder)


def _write(folder: Path, text: str) -> Path:
    """Write a page whole or not at all."""
    claim(folder, [PAGE])
    write_text(folder / PAGE, text)
    return folder / PAGE

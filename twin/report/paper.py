"""A page on paper: the whole of it, and a brief of one sheet, as PDF by a Chromium of this machine."""

import os
import shutil
import subprocess
from pathlib import Path

from twin.errors import InvalidInput, Mistake
from twin.files import whole
from twin.report import PAGE
from twin.results.manifest import claim
from twin.scratch import scratch

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FILES = {"report.pdf": "", "brief.pdf": "#brief"}
"""What is written, and what the page's address ends in for it."""
_MOST_S = 180.0


def write_pdfs(folder: Path) -> list[Path]:
    """Print the page that lies in a results folder.

    Returns
    -------
    list
        ``report.pdf`` and ``brief.pdf`` in the folder.

    Raises
    ------
    InvalidInput
        If there is no browser, or it printed nothing.
    """
    _needed()
    claim(folder, list(FILES))
    for name in FILES:
        with whole(folder / name) as beside:
            print_page(folder / PAGE, name, beside)
    return [folder / name for name in FILES]


def browser() -> str | None:
    """Return a Chromium of this machine, None if there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def print_page(page: Path, name: str, target: Path) -> None:
    """Print a page as one of `FILES`.

    Raises
    ------
    InvalidInput
        If there is no browser, or it printed nothing.
    """
    _print(_needed(), page.absolute().as_uri() + FILES[name], target)


def _needed() -> str:
    found = browser()
    if found is None:
        raise InvalidInput([Mistake("--pdf", 0, "no Chromium here", "apt-get install chromium")])
    return found


def _print(browser: str, address: str, target: Path) -> None:
    profile = scratch("browser")
    try:
        done = subprocess.run(
            [
                browser,
                "--headless",
                "--disable-gpu",
                "--no-pdf-header-footer",
                *(["--no-sandbox"] if os.geteuid() == 0 else []),  # its sandbox refuses to run as root
                f"--user-data-dir={profile}",
                f"--print-to-pdf={target.absolute()}",
                address,
            ],
            capture_output=True,
            timeout=_MOST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InvalidInput([Mistake("--pdf", 0, f"{browser} did not end within {_MOST_S:g} s")]) from None
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    if done.returncode or not target.read_bytes().startswith(b"%PDF"):
        raise InvalidInput([Mistake("--pdf", 0, f"{browser} printed nothing (exit code {done.returncode})")])

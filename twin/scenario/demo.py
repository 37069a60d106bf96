"""The scenarios that come with the program."""

import shutil
from pathlib import Path

import twin
from twin.errors import InvalidInput
from twin.scenario.new_folder import in_the_way, new_folder

_SCRIPTS = ("build", "build.py")
"""What makes native files anew needs a checkout."""


def shipped() -> list[Path]:
    """Return the folders of the scenarios that come with the program."""
    package = Path(twin.__file__).parent
    installed, checkout = package / "demo", package.parent / "scenarios"
    root = installed if installed.is_dir() else checkout
    return sorted(place.parent for place in root.glob("*/scenario.yaml"))


def write_demo(folder: Path) -> list[Path]:
    """Copy the scenarios that come with the program into a new folder; return where each is.

    Raises
    ------
    InvalidInput
        If the folder is not empty, or cannot be made.
    FileExistsError
        If another program is making the folder.
    """
    mistakes = list(in_the_way(folder))
    if mistakes:
        raise InvalidInput(mistakes)
    ignore = shutil.ignore_patterns(*_SCRIPTS, "__pycache__")
    with new_folder(folder) as work:
        for scenario in shipped():
            shutil.copytree(scenario, work / scenario.name, ignore=ignore, copy_function=shutil.copyfile)
    return [folder / scenario.name for scenario in shipped()]

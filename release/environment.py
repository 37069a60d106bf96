"""An empty environment outside the checkout."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Environment(NamedTuple):
    """A virtual environment, and a folder beside it in which commands run."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, python: str) -> "Environment":
        """Make one with nothing but pip."""
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder / "env"], check=True)
        own = cls(folder)
        own.cwd.mkdir()
        return own

    @property
    def cwd(self) -> Path:
        """Where commands run."""
        return self.folder / "cwd"

    def run(self, *command: str | Path, code: int = 0) -> str:
        """Run a command of the environment; return what it printed, output before errors.

        Raises
        ------
        SystemExit
            If it ends with another code.
        """
        program, *arguments = map(str, command)
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL"))
        }
        done = subprocess.run(
            [self.folder / "env" / "bin" / program, *arguments],
            cwd=self.cwd,
            env=inherited | {"TWIN_DAYS": str(self.folder / "days"), "COLUMNS": "200"},
            capture_output=True,
            text=True,
        )
        printed = done.stdout + done.stderr
        if done.returncode != code:
            sys.exit(f"{program} {' '.join(arguments)} ended with {done.returncode}, not {code}:\n{printed}")
        return printed

    def install(self, what: str) -> None:
        """Install a package with all that it needs."""
        self.run("pip", "install", "--quiet", "--disable-pip-version-check", what)

    def packages(self) -> set[str]:
        """Return the names of what is installed."""
        listed = self.run("pip", "list", "--format=freeze", "--disable-pip-version-check")
        return {line.split("==")[0] for line in listed.splitlines() if "==" in line}

    @contextmanager
    def extra(self, what: str) -> Iterator[None]:
        """Install a package with an extra, and take away afterwards what the extra brought."""
        before = self.packages()
        self.install(what)
        yield
        added = sorted(self.packages() - before)
        if added:
            self.run("pip", "uninstall", "--quiet", "--yes", *added)

    def remove(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder)

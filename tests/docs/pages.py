"""Pages are followed step by step, as a reader would."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def follow(page: str, folder: Path, shorter: Callable[[str], str] = lambda code: code) -> tuple[int, str]:
    """Do each step of a page, Python or a console's, in a folder; return how many, and what they printed.

    Parameters
    ----------
    shorter
        Makes less of a step that takes long.
    """
    steps = re.findall(r"```(python|console)\n(.*?)```", page, re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    printed = ""
    for kind, code in steps:
        begin = [sys.executable, "-W", "ignore", "-c"] if kind == "python" else ["sh", "-ec"]
        command, own = [*begin, shorter(code)], {**os.environ, "PATH": path}
        done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (code, done.stdout, done.stderr)
        printed += done.stdout
    return len(steps), printed

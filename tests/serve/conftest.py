"""A board that is served by the command, and the browser of the pages' tests."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(place: Path, *options: str, port: int = 0, cwd: Path | None = None) -> Iterator[str]:
    """Serve a scenario or results by the command; yields the address it prints."""
    command = [sys.executable, "-m", "twin", "serve", str(place), "--port", str(port), *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            _answers(address)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answers(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}news.json", timeout=5) as answer:
                json.load(answer)
                return
        except OSError:  # it is still starting
            time.sleep(0.1)
    raise AssertionError("the server does not answer")

"""How long a planner waits for the board: ``python -m benchmarks.board``, minutes on a quiet machine.

SS01 takes six months longer, with the base in the store of days: from the request to the last byte of
verdict, headroom, queue and money, over HTTP. Before each time the store holds the base alone again.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ALATAU = Path(__file__).parents[1] / "scenarios" / "alatau" / "on_request.yaml"
TIMES = 5
POLICIES = {"connection on request": {}, "the queue on": {"connection": "when-capacity"}}
SLIP = {"SS01": {"slip_months": 6}}


@contextmanager
def served(folder: Path) -> Iterator["Client"]:
    """Serve Alatau with its results, variants and days in a folder."""
    command = [sys.executable, "-m", "twin", "serve", str(ALATAU), "--port", "0"]
    command += ["--results", str(folder / "results"), "--variants", str(folder / "variants")]
    env = {**os.environ, "TWIN_DAYS": str(folder / "days"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        assert server.stdout is not None
        try:
            yield Client(server.stdout.readline().strip())
        finally:
            server.terminate()


class Client:
    """Asks a board as its page does."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._origin = "/".join(address.split("/")[:3])

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return what an address tells."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Origin": self._origin}
        request = urllib.request.Request(self._address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=600) as answer:
            return dict(json.load(answer))

    def answer(self, variant: str) -> dict[str, Any]:
        """Return the city's answer, once it is there."""
        key = self.ask("POST", "answers", {"variant": variant})["key"]
        while (told := self.ask("GET", f"answers/{key}"))["state"] == "running":
            pass
        return dict(told["answer"])

    def change(
        self, variant: dict[str, Any], sites: dict[str, Any], chosen: dict[str, Any]
    ) -> dict[str, Any]:
        """Write a variant; return it as it stands now."""
        content = {"name": variant["content"]["name"], "sites": sites, "set": chosen}
        body = {"revision": variant["revision"], "content": content}
        return dict(self.ask("PUT", f"variants/{variant['file']}", body)["variant"])


def measure(folder: Path, chosen: dict[str, Any]) -> list[float]:
    """Return seconds for each time that SS01 is slipped."""
    seconds = []
    with served(folder) as client:
        variant = client.ask("POST", "variants", {"content": {"name": "slip", "set": chosen}})["variant"]
        client.answer(variant["file"])
        base = {path for path in (folder / "days").rglob("*") if path.is_file()}
        for _ in range(TIMES):
            began = time.perf_counter()
            variant = client.change(variant, SLIP, chosen)
            told = client.answer(variant["file"])
            seconds.append(time.perf_counter() - began)
            shutil.rmtree(folder / "results" / told["folder"])
            for path in (folder / "days").rglob("*"):
                if path.is_file() and path not in base:
                    path.unlink()
            variant = client.change(variant, {}, chosen)
            client.answer(variant["file"])
    return seconds


def main() -> None:
    for name, chosen in POLICIES.items():
        with tempfile.TemporaryDirectory() as folder:
            seconds = measure(Path(folder), chosen)
        times = ", ".join(f"{own:.2f}" for own in seconds)
        print(f"SS01 six months longer, {name}: median {statistics.median(seconds):.2f} s of {times}")


if __name__ == "__main__":
    main()

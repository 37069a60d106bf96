"""Write requirements.txt: the wheels that twin needs on Linux with Python 3.11, pinned by hash."""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAD = "# The wheels of twin's base on Linux x86-64 with Python 3.11; made by docs/ci/lock.py.\n"


def main() -> None:
    """Ask pip which wheels it would install, and keep their hashes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--dry-run", "--ignore-installed", "--only-binary", ":all:", "--report", str(report)]
        pinned = ["--constraint", str(ROOT / "requirements.lock")]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *pinned, *needed], check=True)
        wheels = json.loads(report.read_text(encoding="utf-8"))["install"]
    lines = sorted(
        f"{wheel['metadata']['name'].lower()}=={wheel['metadata']['version']} "
        f"--hash=sha256:{wheel['download_info']['archive_info']['hashes']['sha256']}\n"
        for wheel in wheels
    )
    (Path(__file__).parent / "requirements.txt").write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

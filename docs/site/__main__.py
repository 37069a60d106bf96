"""Make the site of the docs, warnings as errors: `make docs` writes site/, which opens from the disk too."""

import argparse
import sys
import tempfile
from pathlib import Path

from gather import ROOT, gather
from sphinx.cmd.build import build_main


def main() -> int:
    """Copy the pages together, and let Sphinx make the site."""
    parser = argparse.ArgumentParser(prog="python docs/site", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="Where the site is written.")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory(prefix="twin-docs-") as place:
        gather(Path(place))
        arguments = [
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            "-c",
            str(Path(__file__).parent),
            place,
            str(out),
        ]
        return int(build_main(arguments))


if __name__ == "__main__":
    sys.exit(main())

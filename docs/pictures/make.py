"""Draw the pictures of the documentation from results/alatau: ``make pictures``."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from twin import plot

HERE = Path(__file__).parent


def main() -> None:
    """Draw them all."""
    axes = plot.headroom(HERE.parents[1] / "results" / "alatau")
    axes.figure.savefig(HERE / "headroom.png", dpi=110)


if __name__ == "__main__":
    main()

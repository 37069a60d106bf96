"""Put the real output of `make demo` into README.md: `make readme`."""

from pathlib import Path

from twin import simulation
from twin.scenario import load_scenario
from twin.summary import summary

ROOT = Path(__file__).parents[1]
FIRST_LINE = "status "


def main() -> None:
    """Run Alatau and replace the block of the README that shows its table."""
    rows = summary(simulation.run(load_scenario(ROOT / "scenarios" / "alatau")))
    width = max(len(name) for name, _ in rows)
    block = "\n".join(f"{name:<{width}}  {value}" for name, value in rows if name != "speed")
    readme = ROOT / "README.md"
    before, after = readme.read_text(encoding="utf-8").split(f"```\n{FIRST_LINE}", 1)
    readme.write_text(f"{before}```\n{block}\n```{after.split('```', 1)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()

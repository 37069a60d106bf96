"""Draw the pictures of the documentation from results/alatau: ``make pictures`` (needs Chromium)."""

import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib

matplotlib.use("Agg")

import pyogrio
from matplotlib import pyplot
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from twin.report import figures as plot
from twin.report import write_report
from twin.report.exports.write import export

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "results" / "alatau"
ALATAU = HERE.parents[1] / "scenarios" / "alatau"
COLOURS = 128
"""Of a picture of the page: what keeps it small."""


def main() -> None:
    """Draw them all."""
    for name in ("headroom", "city_map"):
        axes = getattr(plot, name)(RESULTS)
        axes.figure.savefig(HERE / f"{name}.png", dpi=90, bbox_inches="tight")
    draw_map(RESULTS, HERE / "gis.png", 2030)
    page = write_report(RESULTS).as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shoot(browser, page, "report-verdict", 1280, 860)
        shoot(browser, page, "report-map", 1280, 980, month=18)
        shoot(browser, page, "report-phone", 390, 844, month=18, scheme="dark", language="kk-KZ")
        shoot(browser, page, "report-projector", 1920, 1080, month=30, view="headroom")
        draw_board(browser)
        browser.close()


def draw_board(browser: Browser) -> None:
    """Take a picture of the board with SS01 a year later."""
    with TemporaryDirectory() as folder:
        variants = Path(folder) / "variants"
        variants.mkdir()
        scenario = os.path.relpath(ALATAU.resolve(), variants.resolve())
        late = f"name: SS01 a year later\nscenario: {scenario}\nsites: {{SS01: {{start: 2027-01-01}}}}\n"
        (variants / "late.yaml").write_text(late, encoding="utf-8")
        command = [sys.executable, "-m", "twin", "serve", str(ALATAU), "--port", "0"]
        command += ["--variants", str(variants), "--results", str(Path(folder) / "results")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                shoot(browser, server.stdout.readline().strip(), "board", 1440, 1000, variant="late")
            finally:
                server.terminate()


def draw_map(results: Path, picture: Path, year: int) -> None:
    """Draw the layers of a run's GeoPackage as programs of maps do: capacities by headroom in a year."""
    with TemporaryDirectory() as folder:
        package = Path(folder) / "run.gpkg"
        export(results, {"--gis": package})
        layers = {
            name: pyogrio.read_dataframe(package, layer=name) for name, _ in pyogrio.list_layers(package)
        }
    figure, axes = pyplot.subplots(figsize=(8.0, 8.0))
    layers["asset_lines"].plot(ax=axes, column="network", cmap="tab10", linewidth=1.0, legend=True)
    layers["asset_points"].plot(ax=axes, color="0.5", markersize=5)
    headroom = layers["headroom"][layers["headroom"]["year"] == year]
    short = headroom.filter(like="demand_headroom_").min(axis=1) < 0.0
    for rows, colour, word in (
        (headroom[~short], "#2a8c4a", "with headroom"),
        (headroom[short], "#c23b22", "short"),
    ):
        rows.plot(
            ax=axes, color=colour, markersize=90, edgecolor="white", zorder=4, label=f"{word} in {year}"
        )
    districts = layers["districts"].drop_duplicates("district")
    districts.plot(ax=axes, color="none", edgecolor="black", marker="s", markersize=60, zorder=5)
    for name, point in zip(districts["district"], districts.geometry, strict=True):
        axes.annotate(name, (point.x, point.y), textcoords="offset points", xytext=(6, 6), weight="bold")
    handles, _ = axes.get_legend_handles_labels()
    axes.add_artist(axes.get_legend())
    axes.legend(handles=handles[-2:], loc="lower right")
    axes.set(
        xlabel="degrees east", ylabel="degrees north", title="asset_lines, asset_points, headroom, districts"
    )
    figure.savefig(picture, dpi=90, bbox_inches="tight")
    pyplot.close(figure)


def shoot(
    browser: Browser,
    url: str,
    name: str,
    width: int,
    height: int,
    month: int | None = None,
    view: str = "map-view",
    scheme: str = "light",
    language: str = "en-US",
    variant: str = "",
) -> None:
    """Take a picture of a page at some width: its top, a view in a month, or a variant that is answered."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
        reduced_motion="reduce",
    )
    page.goto(url)
    page.wait_for_selector("html[data-ready=yes]")
    if month is not None:
        page.locator("#month").fill(str(month))
        page.locator("#month").blur()
        page.locator(f"#{view}").evaluate("own => own.scrollIntoView()")
    if variant:
        page.locator("#variant").select_option(variant)
        page.locator("#months-change").wait_for(timeout=300_000)
    page.wait_for_timeout(1500)  # charts that came into sight
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.thumbnail((1280, 1280))
    picture.quantize(COLOURS).save(HERE / f"{name}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()

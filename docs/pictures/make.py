"""Draw the pictures of the documentation from results/alatau: ``make pictures`` (needs Chromium)."""

import shutil
from io import BytesIO
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from twin.report import figures as plot
from twin.report import write_report

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "results" / "alatau"
COLOURS = 128
"""Of a picture of the page: what keeps it small."""


def main() -> None:
    """Draw them all."""
    for name in ("headroom", "city_map"):
        axes = getattr(plot, name)(RESULTS)
        axes.figure.savefig(HERE / f"{name}.png", dpi=90, bbox_inches="tight")
    page = write_report(RESULTS).as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shoot(browser, page, "report-verdict", 1280, 860)
        shoot(browser, page, "report-map", 1280, 980, month=18)
        shoot(browser, page, "report-phone", 390, 844, month=18, scheme="dark", language="kk-KZ")
        shoot(browser, page, "report-projector", 1920, 1080, month=30, view="headroom")
        browser.close()


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
) -> None:
    """Take a picture of a page at some width: its top, or a view in a month."""
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
    page.wait_for_timeout(1500)  # charts that came into sight
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.thumbnail((1280, 1280))
    picture.quantize(COLOURS).save(HERE / f"{name}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()

"""A page of ten thousand assets, or of given results: its size; how long to write, open and slide it.

``python -m benchmarks.page [FOLDER ...]`` (needs Chromium)
"""

import csv
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from twin.report import write_report
from twin.results.declarations import declarations

YEARS = 10
OPENINGS = 5
SLIDE = """async () => {
  const times = [], slider = document.getElementById("month");
  for (let month = 0; month <= Number(slider.max); month += 1) {
    const began = performance.now();
    slider.value = month;
    slider.dispatchEvent(new Event("input"));
    document.body.offsetHeight;
    times.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  }
  times.sort((a, b) => a - b);
  return [times[Math.floor(times.length / 2)], times[Math.floor(times.length * 0.95)]];
}"""


def write_city(folder: Path, side: int = 58) -> Path:
    """Write a run of a square grid of pipes: ``side`` squared junctions, about three assets for each."""
    folder.mkdir(parents=True, exist_ok=True)
    months = [f"{2026 + i // 12}-{i % 12 + 1:02}" for i in range(12 * YEARS)]
    nodes = [
        (f"water/J-{i}-{j}", 76.9 + 0.4 * i / side, 43.4 + 0.4 * j / side)
        for i in range(side)
        for j in range(side)
    ]
    pipes = [
        (i * side + j, k)
        for i in range(side)
        for j in range(side)
        for k in (i * side + j + 1, (i + 1) * side + j)
    ]
    pipes = [(a, b) for a, b in pipes if b < len(nodes) and (b % side or b != a + 1)]
    with (folder / "assets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        columns = "asset network kind x y from to capacity unit district site retired_by placed"
        writer.writerow(columns.split())
        for name, x, y in nodes:
            writer.writerow([name, "water", "junction", x, y, "", "", "", "", "", "", "", "file"])
        for a, b in pipes:
            (start, x, y), (end, u, v) = nodes[a], nodes[b]
            row = [f"water/P-{a}-{b}", "water", "pipe", (x + u) / 2, (y + v) / 2, start, end]
            writer.writerow([*row, 100 + a % 900, "mm", "", "", "", "file"])
    names = [name for name, _, _ in nodes] + [f"water/P-{a}-{b}" for a, b in pipes]
    pq.write_table(_monthly(names, len(nodes), months), folder / "monthly.parquet")
    run = {
        "status": "complete",
        "name": "Large",
        "start": "2026-01-01",
        "end": f"{2026 + YEARS}-01-01",
        "versions": {"twin": ""},
        "utilities": declarations(["water"]),
    }
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "metrics.json").write_text("{}")
    scenario = {"name": "Large", "start": run["start"], "end": run["end"], "networks": {"water": {}}}
    (folder / "scenario.yaml").write_text(json.dumps(scenario))
    return folder


def _monthly(names: list[str], junctions: int, months: list[str]) -> pa.Table:
    count, rng = len(names), np.random.default_rng(1)
    rows = count * len(months)
    growth = np.repeat(np.linspace(0.5, 1.1, len(months)), count)
    value = np.tile(rng.uniform(0.2, 2.4, count), len(months)) * growth

    def repeated(values: list[str], codes: np.ndarray) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(values))

    of_pipe = np.tile(np.arange(count) >= junctions, len(months)).astype(int)
    return pa.table(
        {
            "month": repeated(months, np.repeat(np.arange(len(months)), count)),
            "network": repeated(["water"], np.zeros(rows)),
            "asset": repeated(names, np.tile(np.arange(count), len(months))),
            "quantity": repeated(["pressure_m", "velocity_m_per_s"], of_pipe),
            "unit": repeated(["m", "m/s"], of_pipe),
            "min": 0.6 * value,
            "mean": 0.8 * value,
            "max": value,
            "hours_over_limit": np.where(value > 2.5, 1.0, 0.0),
        }
    )


def main(folders: list[str]) -> None:
    """Measure and print."""
    if folders:
        for folder in folders:
            measure(Path(folder).resolve())
        return
    folder = Path(tempfile.mkdtemp())
    try:
        measure(write_city(folder / "run"))
    finally:
        shutil.rmtree(folder)


def measure(folder: Path) -> None:
    """Write a folder's page, open it, slide over all months."""
    from playwright.sync_api import sync_playwright

    began = time.perf_counter()
    page_file = write_report(folder)
    print(f"written in {time.perf_counter() - began:.1f} s, {page_file.stat().st_size / 1e6:.2f} MB")
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        times = []
        for _ in range(OPENINGS):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            began = time.perf_counter()
            page.goto(page_file.as_uri())
            page.wait_for_selector("html[data-ready=yes]")
            times.append(time.perf_counter() - began)
            page.close()
        print(f"opened in {np.median(times):.2f} s (median of {OPENINGS}), {max(times):.2f} s at most")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(page_file.as_uri())
        page.wait_for_selector("html[data-ready=yes]")
        for view in ("the whole city", "zoomed in"):
            middle, slow = page.evaluate(SLIDE)
            drawn = page.locator("#map path").count()
            print(f"{view}: {drawn} marks, slide {middle:.1f} ms a frame (median), {slow:.1f} ms (95 %)")
            page.locator("#zoom-in").click(click_count=5)
            page.wait_for_timeout(300)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

"""Runs side by side: metrics differ only where they are printed unlike; sites by what their dates mean."""

from pathlib import Path

from twin.results.differences import Folder, metric_lines, site_lines


def folder(name: str, **metrics: float) -> Folder:
    return Folder(name, metrics, {}, {}, {}, [], [])


def test_a_difference_is_rounded_as_its_metric() -> None:
    lines = metric_lines([folder("a", spilled_m3=319525.0), folder("b", spilled_m3=156400.2)])
    assert lines[1] == ("spilled_m3", "319,525", "156,400 (-163,125)")
    lines = metric_lines([folder("a", delay=2.0), folder("b", delay=14.25)])
    assert lines[1] == ("delay", "2", "14.25 (+12.25)")


def test_what_is_printed_alike_does_not_differ() -> None:
    rate, cost = (10.253463802, 10.253464616), (677.6, 677.6000004)
    lines = metric_lines(
        [folder(name, rate=rate[i], cost=cost[i]) for i, name in enumerate(("roadmap", "other"))]
    )
    assert lines[1:] == [("rate", "10.25", "10.25"), ("cost", "677.6", "677.6")]


def test_a_metric_that_one_run_lacks_is_told_without_a_difference() -> None:
    lines = metric_lines([folder("a"), folder("b", cost=3.0)])
    assert lines[1] == ("cost", "", "3")


def saved(path: Path, scenario: str, **dates: str) -> Folder:
    path.mkdir()
    (path / "scenario.yaml").write_text(scenario, encoding="utf-8")
    sites = {site: {"commissioned": day, "waited_for": ""} for site, day in dates.items()}
    return Folder(path.name, {}, sites, {}, {}, [], [], path)


def test_a_site_that_a_scenario_never_had_is_not_called_cancelled(tmp_path: Path) -> None:
    built = saved(tmp_path / "built", "sites: {T1: {kind: substation}}", T1="2027-05-01")
    without = saved(tmp_path / "without", "name: as it stands")
    cancelled = saved(tmp_path / "cancelled", "sites: {T1: {kind: substation}}")
    late = saved(tmp_path / "late", "sites: {T1: {kind: substation}}", T1="")
    assert site_lines([built, without, cancelled, late])[1:] == [
        ("T1", "2027-05-01", "not in this scenario", "cancelled", "after the end")
    ]

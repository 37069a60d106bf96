"""Variants: what they change, that they change nothing else, and what wrong ones say."""

import shutil
from pathlib import Path

import pytest

from tests.orders_town import write_orders_town
from twin.errors import InvalidInput
from twin.scenario import Scenario, load_scenario
from twin.scenario.reach import WITHIN
from twin.scenario.variants import Variant, base_digest, load_changed
from twin.simulation.clock import Runner
from twin.sweep import Plan, Sweep

runner = Runner()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders_town(tmp_path_factory.mktemp("pristine") / "town")


@pytest.fixture
def town(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "town")
    return tmp_path / "town"


def variant(town: Path, text: str, name: str = "late") -> Path:
    (town / "variants").mkdir(exist_ok=True)
    path = town / "variants" / f"{name}.yaml"
    path.write_text("name: Late\n" + text, encoding="utf-8")
    return path


def starts(scenario: Scenario) -> list[tuple[str, str, bool]]:
    return [(row.site, str(row.start or ""), row.cancelled) for row in scenario.order]


def test_a_variant_moves_puts_first_and_cancels_sites_of_a_build_order(town: Path) -> None:
    text = "set: {build_order: big_first, seed: 7}\norder: [SMALL]\nsites:\n  SMALL: {start: 2026-10-01}\n"
    loaded = Variant(variant(town, text + "  BIG: {cancelled: true, slip_months: 3}\n")).load(["seed=8"])
    assert starts(loaded) == [("SMALL", "2026-10-01", False), ("BIG", "", True)]
    assert (loaded.sites["BIG"].slip_months, loaded.seed, loaded.name) == (3.0, 8, "Town, Late")
    assert loaded.works.means == "limited"


def test_without_an_order_the_others_start_with_their_stages_and_nothing_else_changes(town: Path) -> None:
    """A move that is none gives the same run to the bit: crews and money stay at hand."""
    loaded = Variant(variant(town, "sites: {BIG: {start: 2026-05-01}}")).load()
    assert starts(loaded) == [("BIG", "2026-05-01", False), ("SMALL", "2026-05-01", False)]
    plain, moved = runner.run(load_scenario(town)), runner.run(loaded)
    assert moved.metrics == plain.metrics
    assert moved.tables == plain.tables


def test_crews_count_where_a_variant_says_so(town: Path) -> None:
    text = "sites: {BIG: {start: 2026-05-01}}\nset: {works.means: limited}"
    loaded = Variant(variant(town, text)).load()
    assert runner.run(loaded).sites["waited_months"].sum() > 0.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sites: {SS99: {start: 2027-01-01}}", "order.SS99.start=\"2027-01-01\": unknown site SS99"),
        ("sites:\n  BIG: {start: 2027-13-01}", "late.yaml:3: sites.BIG.start: 2027-13-01 is not a date"),
        ("sites:\n  BIG: {strat: 2027-01-01}", "late.yaml:3: unknown key sites.BIG.strat"),
        ("sites: {BIG: {slip_months: .nan}}", "late.yaml:2: sites.BIG.slip_months is nan"),
        ("sites: {BIG: {slip_months: 1}, BIG: {slip_months: 2}}", "late.yaml:2: sites.BIG again"),
        ("order: [BIG, BIG]", 'late.yaml:2: order=["BIG", "BIG"]: a site is named twice'),
        ("order: [BOG]", 'late.yaml:2: order=["BOG"]: unknown site BOG (did you mean BIG?)'),
        ("set: {conection: on-request}", 'late.yaml:2: conection="on-request": unknown key conection'),
        ("set:\n  seed: -1", "late.yaml:3: seed=-1: seed is -1"),
        ("set: {networks.power.file: /etc/passwd}", "lies outside the scenario's folder"),
        ("sites: {SMALL: {cancelled: 1}}", "late.yaml:2: sites.SMALL.cancelled is 1"),
        ("notes: x", "late.yaml:2: unknown key notes (did you mean note?)"),
    ],
)  # fmt: skip
def test_each_mistake_is_one_line_at_its_place(town: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Variant(variant(town, text)).load()
    lines = [str(mistake) for mistake in caught.value.mistakes]
    assert [line for line in lines if said in line], lines


def test_all_mistakes_are_told_at_once(town: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        Variant(variant(town, "sites: {A: {start: 2027-01-01}, B: {cancelled: true}}\norder: [C]")).load()
    assert len(caught.value.mistakes) == 3


def test_a_base_that_has_changed_is_told(town: Path) -> None:
    digest = base_digest(load_scenario(town))
    path = variant(town, f"base: {digest}\nset: {{seed: 3}}")
    assert load_changed(None, path, [], WITHIN)[1] == []
    (town / "norms.csv").write_text((town / "norms.csv").read_text("utf-8") + "\n", "utf-8")
    told = [str(mistake) for mistake in load_changed(None, path, [], WITHIN)[1]]
    assert told[0].startswith("late.yaml:2: the scenario has changed since this variant was made")


def test_another_build_order_is_no_change_of_the_base(town: Path) -> None:
    (town / "build_orders").mkdir(exist_ok=True)
    rows = "site,start\n" + "".join(f"{name},2027-01-01\n" for name in load_scenario(town).sites)
    for name in ("first", "second"):
        (town / "build_orders" / f"{name}.csv").write_text(rows, "utf-8")
    digest = base_digest(load_scenario(town))
    path = variant(town, f"base: {digest}\nset: {{build_order: first}}")
    assert load_changed(None, path, [], WITHIN)[1] == []
    assert load_changed(None, path, ["build_order=second"], WITHIN)[1] == []
    (town / "build_orders" / "first.csv").unlink()


def test_nothing_named_is_one_line() -> None:
    with pytest.raises(InvalidInput, match="SCENARIO: none is named"):
        load_changed(None, None, [], WITHIN)
    with pytest.raises(InvalidInput, match="no variant here"):
        load_changed(None, Path("nowhere.yaml"), [], WITHIN)


def test_a_sweep_takes_variants_as_choices(town: Path) -> None:
    variant(town, "sites: {BIG: {start: 2026-08-01, slip_months: 2}}")
    sweep = town.parent / "sweep.yaml"
    sweep.write_text(
        "name: s\nscenario: town\nmatrix:\n  plan: {planned: , late: town/variants/late.yaml}\n", "utf-8"
    )
    late = [run for run in Plan(Sweep(sweep)).runs() if run.choices == {"plan": "late"}]
    assert 'order.BIG.start="2026-08-01"' in late[0].overrides
    assert "sites.BIG.slip_months=2.0" in late[0].overrides


@pytest.mark.parametrize("file", ["town/variants/none.yaml", "../late.yaml"])
def test_a_variant_that_a_sweep_cannot_take_is_one_line(town: Path, file: str) -> None:
    sweep = town.parent / "sweep.yaml"
    sweep.write_text(f"name: s\nscenario: town\nmatrix:\n  plan: {{late: {file}}}\n", "utf-8")
    with pytest.raises(InvalidInput) as caught:
        Sweep(sweep)
    assert len(caught.value.mistakes) == 1


def test_growth_is_scaled_by_its_factor(town: Path) -> None:
    (town / "population.csv").write_text(
        "district,year,population_k\nTown,2025,12\nTown,2030,22\n", encoding="utf-8"
    )
    people = [
        runner.run(load_scenario(town, ["connection=on-request", f"demand.growth_factor={factor}"]))
        .people["people"]
        .iloc[-1]
        for factor in (0.5, 1.0, 2.0)
    ]
    assert people[0] < people[1] < people[2]

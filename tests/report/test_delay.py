from twin.report.delay import lateness


def site(name: str, planned: str, commissioned: str, waited_for: str = "", slip: str = "0") -> dict[str, str]:
    return {
        "site": name,
        "planned": planned,
        "commissioned": commissioned,
        "waited_for": waited_for,
        "slip_months": slip,
    }


def test_a_delay_is_traced_to_where_it_began() -> None:
    rows = (
        site("GATE", "2028-01-01", "2029-07-01", slip="18"),
        site("RING", "2028-01-01", "2029-07-01", "site GATE;crew electrical"),
        site("EAST", "2027-06-01", "2029-07-01", "site RING;site GATE"),
        site("MAIN", "2027-01-01", "2027-01-01"),
        site("LATER", "2028-01-01", "", "trigger"),
    )
    sites = {row["site"]: row for row in rows}
    east = lateness(["EAST", "MAIN"], sites, "2028-07")
    assert east is not None
    assert east["roots"] == ["GATE"]
    assert (east["months"], east["planned"], east["in_time"]) == (25, "2027-06-01", True)
    gate = lateness(["GATE"], sites, "2027-12")
    assert gate is not None
    assert gate["in_time"] is False
    later = lateness(["LATER"], sites, "2028-07")
    assert later is not None
    assert (later["months"], later["roots"], later["in_time"]) == (0, ["LATER"], True)
    assert lateness(["MAIN"], sites, "2028-07") is None


def test_sites_that_wait_for_each_other_end() -> None:
    rows = (
        site("A", "2028-01-01", "2029-01-01", "site B"),
        site("B", "2028-01-01", "2029-01-01", "site A", slip="1"),
    )
    ring = lateness(["A"], {row["site"]: row for row in rows}, "2028-07")
    assert ring is not None
    assert ring["roots"] == ["B"]

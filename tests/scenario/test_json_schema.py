"""The JSON schema and the loader accept the same: what an editor takes loads, and the other way round."""

import json
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from twin.scenario.schema import FROM_LOADER, Scenario

BASE: dict[str, Any] = {
    "name": "Town",
    "start": "2026-01-01",
    "end": "2027-01-01",
    "networks": {"power": {}, "water": {"file": "w.inp"}},
}
SITE = {"kind": "substation", "name": "North", "build_months": 12, "stage": "1"}
RIGHT: list[dict[str, Any]] = [
    {},
    {"days": "every", "seed": 7, "n1": True},
    {"seed": 7.0},
    {"stages": {"1": "2026-02-28"}},
    {"sites": {"S": {**SITE, "requires": "A;B"}}},
    {"sites": {"S": {**SITE, "requires": ["A", "B"]}}},
    {"sites": {"S": {**SITE, "requires": []}}},
    {"sites": {"S": {**SITE, "slip_months": -2.5}}},
    {"site_changes": [{"site": "S", "asset": "power/T", "field": "in_service", "value": True}]},
    {"site_changes": [{"site": "S", "asset": "water/P", "field": "setting", "value": 0.5}]},
    {"outages": [{"assets": "power/T", "start": "2026-01-10", "hours": 3}]},
    {"outages": [{"assets": ["power/T"], "start": "2026-01-10T06:00", "hours": 3, "repeat_months": 1}]},
    {"outages": [{"assets": "power/T", "start": "2026-01-10 06:00:30", "hours": 0.5}]},
    {"population": {"Gate": {"2026": {"population_k": 1}}}},
    {"profiles": {"0": {"water": 1, "mine": 0}}},
    {"instruments": {"Loan": {"kind": "own", "payments_per_year": 4}}},
    {"capacities": {"C": {"power/T": {"kind": "substation", "unit": "kVA"}}}},
    {"uncertainties": {"cost": {"*": {"distribution": "fixed", "value": 1.1}}}},
]
WRONG: list[dict[str, Any]] = [
    {"nam": "Town"},
    {"folder": "/tmp"},
    {"file": "x"},
    {"overrides": []},
    {"name": 5},
    {"name": None},
    {"days": "some"},
    {"seed": "7"},
    {"seed": 7.5},
    {"seed": -1},
    {"seed": True},
    {"n1": "true"},
    {"n1": 1},
    {"start": 46032},
    {"start": "46032"},
    {"start": "1 May 2026"},
    {"start": "2026-1-1"},
    {"start": "2026-01-01T06:00"},
    {"stages": {"1": None}},
    {"sites": {"S": {**SITE, "build_months": "12"}}},
    {"sites": {"S": {**SITE, "build_months": True}}},
    {"sites": {"S": {**SITE, "build_months": -1}}},
    {"sites": {"S": {**SITE, "build_months": 1e9}}},
    {"sites": {"S": {**SITE, "crews": 0}}},
    {"sites": {"S": {**SITE, "requires": 5}}},
    {"sites": {"S": {**SITE, "requires": [5]}}},
    {"sites": [SITE]},
    {"site_changes": [{"site": "S", "asset": "power/T", "field": "in_service", "value": "true"}]},
    {"site_changes": [{"site": "S", "asset": "power/T", "field": "in_service", "value": 1e300}]},
    {"outages": [{"assets": "power/T", "start": "2026-01-10T06:00Z", "hours": 3}]},
    {"outages": [{"assets": "power/T", "start": "2026-01-10T06:00+05:00", "hours": 3}]},
    {"outages": [{"assets": "power/T", "start": 46032, "hours": 3}]},
    {"outages": [{"assets": [], "start": "2026-01-10", "hours": 3}]},
    {"outages": [{"assets": " ; ", "start": "2026-01-10", "hours": 3}]},
    {"outages": [{"assets": "power/T", "start": "2026-01-10", "hours": 0}]},
    {"outages": [{"assets": "power/T", "start": "2026-01-10", "hours": 3, "repeat_months": 0.5}]},
    {"population": {"Gate": {"soon": {"population_k": 1}}}},
    {"profiles": {"noon": {"water": 1}}},
    {"profiles": {"0": {"water": -1}}},
    {"instruments": {"Loan": {"kind": "own", "payments_per_year": 3}}},
    {"instruments": {"Loan": {"kind": "own", "payments_per_year": "4"}}},
    {"demand": {"residential_share": 65}},
    {"uncertainties": {"price": {}}},
    {"networks": {"water": {"required_pressure_m": "20"}}},
]


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(Scenario.model_json_schema())


def loads(content: dict[str, Any]) -> bool:
    if set(content) & set(FROM_LOADER):
        return False  # told by the loader before the model sees it
    try:
        Scenario.model_validate(content)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("more", RIGHT, ids=json.dumps)
def test_what_is_right_is_right_for_both(
    schema: jsonschema.Draft202012Validator, more: dict[str, Any]
) -> None:
    assert schema.is_valid(BASE | more)
    assert loads(BASE | more)


@pytest.mark.parametrize("more", WRONG, ids=json.dumps)
def test_what_is_wrong_is_wrong_for_both(
    schema: jsonschema.Draft202012Validator, more: dict[str, Any]
) -> None:
    assert not schema.is_valid(BASE | more)
    assert not loads(BASE | more)


def test_alatau_as_it_is_resolved_fits_its_schema(schema: jsonschema.Draft202012Validator) -> None:
    from twin.scenario import load_scenario

    resolved = load_scenario("scenarios/alatau").model_dump(mode="json", exclude_defaults=True)
    assert schema.is_valid(json.loads(json.dumps(resolved)))

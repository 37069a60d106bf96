"""Public holidays of a country, and time zones: what other packages know of the calendar."""

from collections.abc import Container
from datetime import date
from typing import Any

from twin.errors import InvalidInput
from twin.extras import needs
from twin.scenario.document import Document
from twin.scenario.schema import Scenario


def holidays_of(country: str) -> Container[date]:
    """Return the public holidays of a country.

    Raises
    ------
    InvalidInput
        If the package that knows them is not installed.
    NotImplementedError
        If it does not know the country.
    """
    if not country:
        return frozenset()
    known: Any = needs("holidays", "weather")
    found: Container[date] = known.country_holidays(country)
    return found


def check_calendar(scenario: Scenario, document: Document) -> None:
    """Note a country or a time zone that nobody knows."""
    country, zone = scenario.time_series.holidays, scenario.time_series.time_zone
    try:
        holidays_of(country)
    except InvalidInput as error:
        document.mistakes += error.mistakes
    except NotImplementedError:
        document.add(("time_series", "holidays"), f"no holidays of {country} are known", "such as KZ or DE")
    if zone:
        from twin.scenario.series_clock import zone_of  # it needs pandas

        try:
            zone_of(zone, "", 0)
        except InvalidInput as error:
            document.add(("time_series", "time_zone"), error.mistakes[0].problem, error.mistakes[0].remedy)

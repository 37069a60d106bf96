"""Small tables that notebooks show for a scenario, a run, a comparison or a sweep."""

from collections.abc import Iterable, Sequence
from html import escape

HEADLINES = (
    "plan_cost_bn_kzt",
    "service_cost_bn_kzt",
    "npv_bn_kzt",
    "capex_bn_kzt",
    "peak_liability_bn_kzt",
    "peak_debt_service_bn_kzt_per_year",
    "unserved_energy_mwh",
    "unserved_water_m3",
    "sewage_spilled_m3",
    "connection_delay_months_p90",
    "jobs_delayed_job_months",
)
"""The metrics that many runs are first compared by."""
_CELL = "text-align:left;padding:2px 12px 2px 0;vertical-align:top"


def card(title: str, rows: Iterable[Sequence[str]]) -> str:
    """Return names, each with one value or more, as an HTML table; everything in them is escaped."""
    body = "".join(
        f"<tr>{_cell('th', name)}{''.join(_cell('td', v) for v in own)}</tr>" for name, *own in rows
    )
    return f"<table><caption style='text-align:left;font-weight:bold'>{escape(title)}</caption>{body}</table>"


def _cell(tag: str, text: str) -> str:
    return f'<{tag} style="{_CELL}">{escape(text)}</{tag}>'

"""What networks of pipes account alike."""

from twin.utilities.metric import Metric, Sums

PUMP_ENERGY: Metric[Sums] = Metric("pump_energy_mwh", "MWh", lambda s: s.totals.get("pump_energy_mwh", 0.0))
"""Summed over all of them."""

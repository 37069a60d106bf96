"""What networks of pipes account alike."""

from twin.utilities.metric import Metric, Sums

PUMP_ENERGY: Metric[Sums] = Metric("pump_energy_mwh", "MWh", lambda s: s.totals["pump_energy_mwh"])
"""Summed over all of them."""

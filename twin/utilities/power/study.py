"""N-1 at each month's peak hour: what the grid could still take."""

from collections.abc import Mapping, Sequence

import numpy as np

from twin.columns import Row
from twin.utilities.power.contingencies import Contingencies
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.settings import PowerSettings
from twin.utilities.power.tables import ContingencyRow, FirmLoadRow

_SURVIVED = 1.0


class Security:
    """Takes out one element after another, month by month.

    Parameters
    ----------
    network, settings
        The grid and its limits.
    """

    def __init__(self, network: PowerNetwork, settings: PowerSettings) -> None:
        self._power, self._settings = network, settings
        self._peak: Solution | None = None
        self._peak_mw = 0.0
        self._contingencies: list[ContingencyRow] = []
        self._firm_load: list[FirmLoadRow] = []

    def watch(self) -> None:
        """Keep the solution of the month's highest load."""
        load_mw = self._power.load_mw
        if load_mw > self._peak_mw:
            self._peak, self._peak_mw = self._power.solution(), load_mw

    def end_month(self, month: str) -> None:
        """Take out one element after another at the month's peak hour."""
        if self._peak is None:
            return
        contingencies = Contingencies(self._power, self._peak)
        outcomes = sorted(contingencies.solve(), key=lambda o: -o.severity)
        lowest = self._settings.min_voltage_pu
        bad = [
            o
            for o in outcomes
            if not o.solved or o.severity > _SURVIVED or o.unserved_mw > 1e-6 or o.min_voltage_pu < lowest
        ]
        for outcome in bad or outcomes[:1]:
            self._contingencies.append(
                ContingencyRow(
                    month=month,
                    outage=outcome.asset,
                    survived=outcome not in bad,
                    solved=outcome.solved,
                    worst_element=outcome.worst,
                    loading_over_emergency=outcome.severity,
                    min_voltage_pu=outcome.min_voltage_pu,
                    cut_off_mw=outcome.unserved_mw,
                )
            )
        factor, worst = contingencies.firm_factor(lowest)
        limited = factor < np.inf  # else no outage leaves any load to judge
        self._firm_load.append(
            FirmLoadRow(
                month=month,
                peak_mw=self._peak_mw,
                firm_mw=factor * self._peak_mw if limited else None,
                firm_headroom_mw=(factor - 1.0) * self._peak_mw if limited else None,
                worst_outage=worst,
            )
        )
        self._peak, self._peak_mw = None, 0.0

    @property
    def rows(self) -> Mapping[type[Row], Sequence[Row]]:
        """Return the rows of its tables."""
        return {ContingencyRow: self._contingencies, FirmLoadRow: self._firm_load}

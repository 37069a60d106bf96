"""What the grid could still take: commitments on every asset upstream, and N-1 at each month's peak hour."""

from collections.abc import Collection, Mapping

import numpy as np

from twin.city.city import City
from twin.demand.growth import Growth
from twin.scenario.schema import Scenario
from twin.utilities.base import Vector
from twin.utilities.power.contingencies import Contingencies
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.tables import ContingencyRow, FirmLoadRow

_SURVIVED = 1.0


class Security:
    """Looks at the power network month by month.

    Parameters
    ----------
    scenario, city, growth
        Of the run.

    Attributes
    ----------
    contingencies
        Rows of ``contingencies.csv``: of each month every outage that is not survived, or the worst one.
    firm
        Rows of ``firm_load.csv``: by how much all load could grow at each month's peak hour until an
        outage is not survived.
    """

    def __init__(self, scenario: Scenario, city: City, growth: Growth) -> None:
        network = city.networks.get("power")
        self._power = network if isinstance(network, PowerNetwork) else None
        self._settings = scenario.networks.power
        self._scenario, self._growth = scenario, growth
        self._groups = {
            name: frozenset(members)
            for name, members in scenario.capacities.items()
            if next(iter(members.values())).kind in ("substation", "supply")
        }
        self._peak: Solution | None = None
        self._peak_mw = 0.0
        self.contingencies: list[ContingencyRow] = []
        self.firm: list[FirmLoadRow] = []

    def power_by_point(self) -> dict[str, Vector]:
        """Return by substation and supply the MW that a MW at each power point puts onto it.

        By the DC power flow of the grid as it stands.
        """
        if self._power is None or not self._growth.power_points:
            return {}
        return {name: self._power.relief(group) for name, group in self._groups.items()}

    def committed(self, connected: Collection[str], by_point: Mapping[str, Vector]) -> dict[str, float]:
        """Return what developments not yet connected will put onto each capacity.

        MW by name of each substation and supply; m3/day of all sources and all treatment.
        """
        power, water, sewage = self._growth.committed(connected)
        coming = {name: float(onto @ power) for name, onto in by_point.items()}
        return {"source": water, "treatment": sewage, **coming}

    def power_by_district(self, by_point: Mapping[str, Vector]) -> dict[str, Vector]:
        """Return by substation and supply the MW that a MW in each district puts onto it."""
        shares = self._growth.power_shares()
        return {name: onto @ shares for name, onto in by_point.items()}

    def watch(self) -> None:
        """Keep the solution of the month's highest load."""
        if not self._scenario.n1 or self._power is None:
            return
        load_mw = float(self._power.read()[-3])
        if load_mw > self._peak_mw:
            self._peak, self._peak_mw = self._power.solution(), load_mw

    def end_month(self, month: str) -> None:
        """Take out one element after another at the month's peak hour."""
        if self._peak is None or self._power is None or self._settings is None:
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
            self.contingencies.append(
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
        self.firm.append(
            FirmLoadRow(
                month=month,
                peak_mw=self._peak_mw,
                firm_mw=factor * self._peak_mw if limited else None,
                firm_headroom_mw=(factor - 1.0) * self._peak_mw if limited else None,
                worst_outage=worst,
            )
        )
        self._peak, self._peak_mw = None, 0.0

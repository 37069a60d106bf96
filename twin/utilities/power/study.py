"""What is looked at beside the run: N-1 at each month's peak hour, and what others look at."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from twin.columns import Row
from twin.utilities.base import Network
from twin.utilities.power.contingencies import Contingencies, Contingency
from twin.utilities.power.faults import FaultLevels
from twin.utilities.power.hosting import Hosting
from twin.utilities.power.load_flow import Solution
from twin.utilities.power.network import PowerNetwork
from twin.utilities.power.restoration.restorer import Restorer
from twin.utilities.power.restoration.search import Restored
from twin.utilities.power.settings import PowerSettings, PowerTables
from twin.utilities.power.tables import ContingencyRow, FirmLoadRow, SecurityRow
from twin.utilities.utility import Study

SURVIVED, STUB, RESTORED, NOT_RESTORED = "survived", "stub", "restored", "not restored"
LOW_VOLTAGE, OVERLOAD, NO_SOLUTION = "low voltage", "overload", "no solution"
BEYOND_LIMITS = (LOW_VOLTAGE, OVERLOAD, NO_SOLUTION)
_WORST_FIRST = (NO_SOLUTION, OVERLOAD, LOW_VOLTAGE, NOT_RESTORED, RESTORED, STUB, SURVIVED)
_NOTHING_MW = 1e-6


class Together:
    """Several studies as one."""

    def __init__(self, parts: Sequence[Study]) -> None:
        self._parts = parts

    def watch(self) -> None:
        """Look at an instant that counts."""
        for part in self._parts:
            part.watch()

    def end_month(self, month: str) -> None:
        """Close a month."""
        for part in self._parts:
            part.end_month(month)

    @property
    def rows(self) -> Mapping[type[Row], Sequence[Row]]:
        """Return the rows of their tables."""
        return {table: rows for part in self._parts for table, rows in part.rows.items()}


def studies(asked: PowerTables, settings: PowerSettings, network: Network) -> Study | None:
    """Return what is asked to be looked at beside the run, None for nothing."""
    if not isinstance(network, PowerNetwork):
        raise TypeError(f"{type(network).__name__} is no grid")
    parts: list[Study] = []
    if asked.n1:
        parts.append(Security(network, settings))
    if asked.generation_headroom:
        parts.append(Hosting(network, settings))
    if asked.fault_levels:
        parts.append(FaultLevels(network, settings.file))
    return Together(parts) if parts else None


class Security:
    """Takes out one element after another, month by month.

    Parameters
    ----------
    network, settings
        The grid and its limits.
    """

    def __init__(self, network: PowerNetwork, settings: PowerSettings) -> None:
        self._power, self._settings = network, settings
        self._peak: tuple[Solution, Restorer | None] | None = None
        self._peak_mw = 0.0
        self._security: list[SecurityRow] = []
        self._contingencies: list[ContingencyRow] = []
        self._firm_load: list[FirmLoadRow] = []

    def watch(self) -> None:
        """Keep the solution of the month's highest load."""
        load_mw = self._power.load_mw
        if load_mw > self._peak_mw:
            solution = self._power.solution()
            self._peak, self._peak_mw = (solution, self._power.gear.restorer(solution)), load_mw

    def end_month(self, month: str) -> None:
        """Take out one element after another at the month's peak hour."""
        if self._peak is None:
            return
        solution, restorer = self._peak
        contingencies = Contingencies(self._power, solution)
        rows = [self._row(month, outcome, restorer) for outcome in contingencies.solve()]
        rows.sort(key=lambda row: (_WORST_FIRST.index(row.outcome), -_badness(row)))
        self._contingencies += [row for row in rows if not row.survived] or rows[:1]
        if rows:
            self._security.append(_counted(month, rows))
        self._firm_load.append(self._firm(month, contingencies))
        self._peak, self._peak_mw = None, 0.0

    def _row(self, month: str, outcome: Contingency, restorer: Restorer | None) -> ContingencyRow:
        cut_off = outcome.unserved_mw > _NOTHING_MW
        done = restorer.after(outcome.asset) if cut_off and restorer is not None else Restored()
        restored_mw = min(done.restored_mw, outcome.unserved_mw)
        remaining_mw = outcome.unserved_mw - restored_mw
        told = self._outcome(outcome, done, remaining_mw)
        return ContingencyRow(
            month=month,
            outage=outcome.asset,
            outcome=told,
            survived=told == SURVIVED,
            solved=outcome.solved,
            worst_element=outcome.worst,
            loading_over_emergency=outcome.severity,
            min_voltage_pu=outcome.min_voltage_pu,
            cut_off_mw=outcome.unserved_mw,
            restored_mw=restored_mw,
            remaining_mw=remaining_mw,
            lost_until_switched_mwh=restored_mw * self._settings.switching_min / 60.0,
            closed=restorer.switches(done.closed) if restorer is not None else "",
            opened=restorer.switches(done.opened) if restorer is not None else "",
        )

    def _outcome(self, outcome: Contingency, done: Restored, remaining_mw: float) -> str:
        if not outcome.solved:
            return NO_SOLUTION
        if outcome.severity > 1.0:
            return OVERLOAD
        if outcome.min_voltage_pu < self._settings.min_voltage_pu:
            return LOW_VOLTAGE
        if outcome.unserved_mw <= _NOTHING_MW:
            return SURVIVED
        if not done.reachable:
            return STUB
        return RESTORED if remaining_mw <= _NOTHING_MW else NOT_RESTORED

    def _firm(self, month: str, contingencies: Contingencies) -> FirmLoadRow:
        factor, worst = contingencies.firm_factor(self._settings.min_voltage_pu)
        limited = factor < np.inf  # else no outage leaves any load to judge
        return FirmLoadRow(
            month=month,
            peak_mw=self._peak_mw,
            firm_mw=factor * self._peak_mw if limited else None,
            firm_headroom_mw=(factor - 1.0) * self._peak_mw if limited else None,
            worst_outage=worst,
        )

    @property
    def rows(self) -> Mapping[type[Row], Sequence[Row]]:
        """Return the rows of its tables."""
        return {
            SecurityRow: self._security,
            ContingencyRow: self._contingencies,
            FirmLoadRow: self._firm_load,
        }


def _badness(row: ContingencyRow) -> float:
    """Return what rows of one outcome are ordered by: what is overloaded, else what stays without supply."""
    return row.loading_over_emergency if row.outcome in (OVERLOAD, SURVIVED) else row.remaining_mw


def _counted(month: str, rows: Sequence[ContingencyRow]) -> SecurityRow:
    count = Counter(row.outcome for row in rows)
    worst = max(rows, key=lambda row: row.loading_over_emergency)
    largest = max(rows, key=lambda row: row.remaining_mw)
    return SecurityRow(
        month=month,
        outages=len(rows),
        survived=count[SURVIVED],
        beyond_limits=sum(count[outcome] for outcome in BEYOND_LIMITS),
        not_restored=count[NOT_RESTORED],
        restored=count[RESTORED],
        stubs=count[STUB],
        worst_outage=worst.outage,
        worst_element=worst.worst_element,
        loading_over_emergency=worst.loading_over_emergency,
        largest_loss=largest.outage if largest.remaining_mw > _NOTHING_MW else "",
        remaining_mw=largest.remaining_mw,
    )

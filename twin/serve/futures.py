"""Drawn futures of variants, run in the background: the same luck for all, bands and who does best."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Self

import numpy as np

from twin.orders.answers import MONTHS_SHORT, glance, key_of
from twin.orders.compare import regrets
from twin.scenario.schema import Scenario
from twin.simulation.batch import Failed, LocalWorkers


class Futures:
    """Runs drawn futures on a process of its own, which opens when it is first needed."""

    def __init__(self) -> None:
        self._workers = LocalWorkers(1)
        self._asked: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.__exit__()

    def look(self, wanted: Mapping[str, Sequence[Scenario]]) -> dict[str, Any]:
        """Ask for futures of some plans, drop those nobody wants any more, and tell how they stand.

        Parameters
        ----------
        wanted
            By plan, its scenario in each future; the same futures in the same order.

        Returns
        -------
        dict
            ``done`` and ``of``; ``reason`` if one failed; once all are there, ``bands``: by plan and metric
            ``p10``, ``p90``, ``best``, the share of futures in which no other plan does better, and by how
            much the best one does: ``regret_mean`` and ``regret_max``.
        """
        keys = {plan: [key_of(own) for own in scenarios] for plan, scenarios in wanted.items()}
        with self._lock:
            self._drop({key for own in keys.values() for key in own})
            for plan, scenarios in wanted.items():
                for key, scenario in zip(keys[plan], scenarios, strict=True):
                    if key not in self._asked:
                        self._asked[key] = self._workers.submit(glance, scenario)
            asked = {plan: [self._asked[key] for key in own] for plan, own in keys.items()}
        every = [future for own in asked.values() for future in own]
        told: dict[str, Any] = {"done": sum(future.done() for future in every), "of": len(every)}
        results = [future.result() for future in every if future.done()]
        failed = [own.reason for own in results if isinstance(own, Failed)]
        if failed:
            return told | {"reason": failed[0]}
        if told["done"] < told["of"]:
            return told
        return told | {"bands": _bands({plan: [f.result() for f in own] for plan, own in asked.items()})}

    def _drop(self, wanted: set[str]) -> None:
        for key in [key for key in self._asked if key not in wanted]:
            future = self._asked[key]
            failed = future.done() and not future.cancelled() and isinstance(future.result(), Failed)
            if failed or future.cancel():
                del self._asked[key]


def _bands(found: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the spread of each figure, and how often each plan is best: of months short the fewest."""
    plans = list(found)
    shared = [
        name for name in found[plans[0]][0] if all(name in own for runs in found.values() for own in runs)
    ]
    bands: dict[str, dict[str, dict[str, float]]] = {plan: {} for plan in plans}
    for name in shared:
        values = np.array([[own[name] for own in found[plan]] for plan in plans])
        regret = regrets(values, "" if name == MONTHS_SHORT else name)
        for i, plan in enumerate(plans):
            low, high = np.percentile(values[i], [10, 90])
            best = float(np.mean(regret[i] == 0.0))
            bands[plan][name] = {
                "p10": float(low),
                "p90": float(high),
                "best": best,
                "regret_mean": float(regret[i].mean()),
                "regret_max": float(regret[i].max()),
            }
    return bands

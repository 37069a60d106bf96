"""A Dask cluster as workers: tasks go to a scheduler that runs already."""

import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Self

from twin.extras import needs
from twin.simulation.batch import Failed, guarded

_PER_THREAD = 2


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates to join a scheduler with, all PEM files."""

    ca: str
    cert: str
    key: str


class ClusterWorkers:
    """The workers of a Dask scheduler.

    The function, which carries a sweep's inputs, travels to each worker once, as a result that the
    scheduler can make again if the worker that held it is lost.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://127.0.0.1:8786``.
    tls
        For a ``tls://`` address.
    wait_s
        For the scheduler to answer.

    Raises
    ------
    OSError
        If the scheduler cannot be reached.
    """

    def __init__(self, address: str, tls: Tls | None = None, wait_s: float = 30.0) -> None:
        distributed = needs("distributed", "sweep")
        self._address = address
        security = None
        if tls is not None:
            security = distributed.Security(
                tls_ca_file=tls.ca, tls_client_cert=tls.cert, tls_client_key=tls.key, require_encryption=True
            )
        self._client = distributed.Client(address, security=security, timeout=wait_s, set_as_default=False)
        self._travelling: tuple[Callable[[Any], Any], Any] | None = None

    @property
    def window(self) -> int:
        """Return twice the threads of the workers that are there now.

        Raises
        ------
        ConnectionError
            If the scheduler is gone.
        """
        workers = self._client.scheduler_info(n_workers=-1).get("workers")
        if workers is None:
            lost = "is gone; finished runs are saved, go on with --resume"
            raise ConnectionError(f"scheduler {self._address} {lost}")
        return _PER_THREAD * max(1, sum(int(worker["nthreads"]) for worker in workers.values()))

    def submit(self, function: Callable[[Any], Any], task: Any) -> "Future[Any]":
        """Send a task to the scheduler."""
        if self._travelling is None or self._travelling[0] is not function:
            self._travelling = function, self._client.submit(_same, function, pure=False)
        remote = self._client.submit(_on_worker, self._travelling[1], task, pure=False)
        future: Future[Any] = Future()

        def settle(finished: Any) -> None:
            future.set_result(_result(finished))
            finished.release()

        remote.add_done_callback(settle)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


def _same(function: Any) -> Any:
    return function


def _on_worker(function: Callable[[Any], Any], task: Any) -> Any:
    # what a worker leaves in its temporary folders goes with it, even if it is killed
    tempfile.tempdir = needs("distributed", "sweep").get_worker().local_directory
    return guarded(function, task)


def _result(finished: Any) -> Any:
    """Return what came back, or why nothing did."""
    if finished.status == "finished":
        return finished.result()
    if finished.status == "cancelled":
        return Failed("lost", "the scheduler dropped it")
    error = finished.exception()
    reason = " ".join(str(error).split())
    return Failed("lost" if type(error).__name__ == "KilledWorker" else "error", reason)

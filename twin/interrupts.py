"""Asked to end (SIGINT, SIGTERM): heard wherever the program is, never in the middle of what must be whole.

Python raises `KeyboardInterrupt` wherever the main thread is. Where nobody hears it (a callback of a weak
reference, a finaliser, a library that makes another error of it) it is raised again a moment later; once it
is on its way, what cleans up behind it is left in peace. Compiled code is not broken off: it returns first.
"""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
_NUMBERS = (signal.SIGINT, signal.SIGTERM)
_AGAIN_S = 0.1


class Interrupted(KeyboardInterrupt):
    """The program was asked to end; for its parent itself the interpreter may have an end of its own."""


class _Thread(threading.local):
    """What a thread knows; the main one alone is asked."""

    asked = False
    deferred = 0


_own = _Thread()


@contextmanager
def listening() -> Iterator[None]:
    """Listen from here to the end of the program: one that is asked to end says so, and leaves with 130.

    After the block nothing is heard any more: it could only disturb what cleans up. A signal that whoever
    started the program lets it ignore stays ignored.
    """
    sys.unraisablehook = _ignore
    signal.signal(signal.SIGALRM, _take)
    for number in _NUMBERS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _take)
    try:
        yield
    finally:
        _own.deferred += 1  # for good, and before any call, in which a signal could be heard
        if _close():
            print("interrupted", file=sys.stderr)
            sys.exit(INTERRUPTED)


def is_one(error: BaseException) -> bool:
    """Tell whether an error is that this program was asked to end, whatever was made of it on the way.

    Then who asks is to say so: nothing is heard any more.
    """
    return _close() if _own.asked else isinstance(error, KeyboardInterrupt)


@contextmanager
def deferred() -> Iterator[None]:
    """Hear nothing until the end of a block: it is one step, or makes what it has to remove again."""
    _own.deferred += 1
    try:
        yield
    finally:
        _own.deferred -= 1
    hear()


@contextmanager
def heard() -> Iterator[None]:
    """Hear within `deferred` as outside of it; what follows does not begin if the program is to end."""
    _own.deferred -= 1
    try:
        hear()
        yield
        hear()
    finally:
        _own.deferred += 1


def hear() -> None:
    """End here if this program was asked to, and is not about to already.

    Raises
    ------
    Interrupted
        To be called before something is kept for good: what was reckoned since may be wrong.
    """
    if _own.asked and not _own.deferred and not _on_its_way():
        raise Interrupted


def _take(number: int, frame: FrameType | None) -> None:
    """Take a signal, or the alarm that repeats it."""
    if not _own.asked:
        _own.asked = True
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S, _AGAIN_S)
    # in there a context may be entered, and nobody has it yet who would leave it
    if frame is None or frame.f_code.co_filename != contextlib.__file__:
        hear()


def _on_its_way() -> bool:
    """Tell whether what the main thread does now is to clean up behind an interruption."""
    error, met = sys.exc_info()[1], set[int]()
    while error is not None and id(error) not in met:
        if isinstance(error, KeyboardInterrupt):
            return True
        met.add(id(error))
        error = error.__context__
    return False


def _close() -> bool:
    """Hear nothing any more; return whether this program was asked to end and has not said so."""
    _own.deferred += 1
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    asked, _own.asked = _own.asked, False
    return asked


def _ignore(unraisable: "sys.UnraisableHookArgs") -> None:
    """Say nothing of an interruption that nobody could hear: it is raised again."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)

"""The same work for many items on several processes, none of which outlives the one that waits for them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, parent_process
from threading import Thread
from typing import TypeVar

from cnncalc.errors import SpecError

__all__ = ["spread"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
#: how many items a process takes at once: few, so that all have something to do until the end
_MOST_AT_ONCE, _PORTIONS = 8, 4


def spread(
    work: Callable[[_Item], _Result], items: Sequence[_Item], processes: int
) -> Generator[_Result, None, None]:
    """What becomes of every item, in order.

    Raises SpecError if one of the processes is killed.
    """
    before = set(active_children())
    pool = ProcessPoolExecutor(processes, initializer=_end_with_parent)
    try:
        with _interrupts_held():
            portion = max(1, min(_MOST_AT_ONCE, len(items) // (_PORTIONS * processes)))
            results = pool.map(work, items, chunksize=portion)
        yield from results
    except BaseException as error:
        for child in set(active_children()) - before:
            child.terminate()
        if isinstance(error, BrokenProcessPool):
            raise SpecError(
                "a process that checks files has been killed",
                "is there too little memory? --jobs 1 needs the least",
                code="CNN106",
            ) from None
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits, and processes that are started meanwhile never hear of it: who waits for them ends them."""
    if sys.platform == "win32":
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _end_with_parent() -> None:
    """Let this process end when its parent is gone, killed perhaps, instead of waiting for work for ever."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()

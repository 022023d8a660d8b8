"""The cycle collector is paused while a function runs, and comes back as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cnncalc.collector import without_collector


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    before = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if before else gc.disable)()


@without_collector
def ask(error: bool = False) -> bool:
    if error:
        raise ValueError("asked for")
    return gc.isenabled()


def test_it_is_paused_and_resumed() -> None:
    assert not ask()
    assert gc.isenabled()


def test_it_is_resumed_after_an_error() -> None:
    with pytest.raises(ValueError, match="asked for"):
        ask(error=True)
    assert gc.isenabled()


def test_whoever_paused_it_before_keeps_it_paused() -> None:
    gc.disable()
    assert not ask()
    assert not gc.isenabled()

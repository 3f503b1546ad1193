"""Waiting for something to become true, never for a time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from xml.etree.ElementTree import Element

Value = TypeVar("Value")

#: Seconds between two looks at a condition.
LOOK_SECONDS = 0.02


class NeverHappened(AssertionError):
    """What a test waited for did not happen within its limit."""


def until(
    condition: Callable[[], Value],
    *,
    within: float,
    what: str | Callable[[], str],
    look: float = LOOK_SECONDS,
) -> Value:
    """Returns the first true value of `condition`; fails after `within` seconds."""
    limit = time.monotonic() + within
    while True:
        value = condition()
        if value or isinstance(value, Element):  # an element without children is false
            return value
        if time.monotonic() >= limit:
            text = what() if callable(what) else what
            raise NeverHappened(f"not within {within:g} s: {text}")
        time.sleep(look)


def stays(condition: Callable[[], object], *, during: float, what: str) -> None:
    """Fails as soon as `condition` is false; returns after `during` seconds."""
    limit = time.monotonic() + during
    while time.monotonic() < limit:
        assert condition(), f"did not stay so: {what}"
        time.sleep(LOOK_SECONDS)

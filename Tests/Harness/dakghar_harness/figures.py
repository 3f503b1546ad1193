"""Measured figures: printed at the end of the run, and kept in .build-results/figures.json."""

from __future__ import annotations

import fcntl
import json
import os

from .box import ROOT

RESULTS = ROOT / ".build-results"
recorded: dict[str, dict[str, float]] = {}


def record(name: str, **values: float) -> None:
    """Notes figures under a name; a unit belongs into each key (`first_seconds=1.2`)."""
    rounded = {key: round(value, 3) for key, value in values.items()}
    recorded.setdefault(name, {}).update(rounded)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "figures.json"
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes write it
        known = json.loads(path.read_text()) if path.exists() else {}
        known.setdefault(name, {}).update(rounded)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
        draft.replace(path)


def table() -> list[str]:
    """The figures of this run, one line each."""
    return [f"{name}: " + ", ".join(f"{key} {value:g}" for key, value in values.items())
            for name, values in sorted(recorded.items())]

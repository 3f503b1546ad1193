"""What a measurement found: a table for people, a document for `ratios.py` and `growth.py`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from dataclasses import asdict, dataclass


from dakghar_harness.box import EXECUTABLE

from . import ROOT, others

FOLDER = ROOT / ".build-results/bench"

#: Our box as people run it; the other names that begin like this are ours in another way.
OURS = "Dakghar"


@dataclass
class Row:
    """One figure of one server."""

    figure: str
    who: str
    value: float
    unit: str
    #: Whether less is better.
    less: bool
    #: How much work there was (clients, messages, boxes), where that is varied; else None.
    work: float | None
    #: What `work` counts.
    of: str | None


class Results:
    """Of one program; printed and written to .build-results/bench/NAME.json at its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[Row] = []
        self._load = os.getloadavg()[0]
        self._began = time.time()

    def add(self, figure: str, who: str, value: float, unit: str, *, more: bool = False,
            work: float | None = None, of: str | None = None) -> None:
        """`more`: more is better. `work` with `of`: so many of these were there."""
        self.rows.append(Row(figure, who, float(value), unit, not more, work, of))
        amount = "" if work is None else f" ({work:,.0f} {of})"
        print(f"  {figure}{amount}, {who}: {shown(value)} {unit}", flush=True)

    def save(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        document = {
            "version": 1, "name": self.name, "began": int(self._began * 1000),
            "machine": {"cores": os.cpu_count(), "kernel": platform.release(), "load_before": self._load,
                        "load_after": os.getloadavg()[0]},
            "versions": {"dakghar": _version(), "prosody": others.version("prosody"),
                         "ejabberd": others.version("ejabberd")},
            "rows": [asdict(row) for row in self.rows],
        }
        path = FOLDER / f"{self.name}.json"
        path.write_text(json.dumps(document, indent=1) + "\n")
        print(table(self.rows))


def load_all() -> list[Row]:
    """Of every program that has run."""
    return [Row(**row) for path in sorted(FOLDER.glob("*.json"))
            for row in json.loads(path.read_text())["rows"]]


def shown(value: float) -> str:
    """About three digits, as people read them."""
    if value != value:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(rows: list[Row]) -> str:
    """Servers across, figures down; Markdown."""
    names = sorted({row.who for row in rows}, key=lambda who: (not who.startswith(OURS), who))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for key in dict.fromkeys((row.figure, row.work, row.of, row.unit) for row in rows):
        figure, work, of, unit = key
        cells = {row.who: shown(row.value) for row in rows if (row.figure, row.work, row.of, row.unit) == key}
        what = figure if work is None else f"{figure}, {work:,.0f} {of}"
        lines.append(f"| {what}, {unit} | " + " | ".join(cells.get(name, "") for name in names) + " |")
    return "\n".join(lines)


def _version() -> str:
    """What the executable calls itself."""
    done = subprocess.run([str(EXECUTABLE), "--version"], capture_output=True, text=True, timeout=20)
    return done.stdout.strip() or "?"




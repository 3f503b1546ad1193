#!/usr/bin/env python3
"""Our figures beside the better of the others', from what the programs have left in .build-results/bench.

Ends with 1 when a goal is missed that is written here.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from measure.results import OURS, Row, load_all, shown


@dataclass
class Goal:
    """At which ratio it is met: ours over theirs where more is better, theirs over ours where less is."""

    figure: str
    least: float


GOALS = [
    Goal("delivered for each second of CPU", 1.5),
    Goal("latency at 50/s, p99", 1.0),
    Goal("memory idle", 1.0),
    Goal("memory for each client", 1.0),
]
#: Absolute: figure, unit, most.
CEILINGS = [("memory more than without", 64.0)]


def ratios(rows: list[Row], bare: bool) -> tuple[list[str], list[str]]:
    """Lines of the table, and goals missed; `bare`: beside the others without an archive."""
    lines, missed = [], []
    for key in dict.fromkeys((row.figure, row.work, row.of, row.unit) for row in rows):
        here = [row for row in rows if (row.figure, row.work, row.of, row.unit) == key]
        ours = next((row for row in here if row.who == OURS), None)
        theirs = [row for row in here
                  if not row.who.startswith(OURS) and row.who.endswith(", no archive") == bare and row.value > 0]
        if ours is None or not theirs or ours.value <= 0:
            continue
        best = min(theirs, key=lambda row: row.value if row.less else -row.value)
        ratio = best.value / ours.value if ours.less else ours.value / best.value
        what = ours.figure if ours.work is None else f"{ours.figure}, {ours.work:,.0f} {ours.of}"
        goal = next((goal for goal in GOALS if goal.figure == ours.figure), None)
        verdict = ""
        if goal is not None and not bare:
            met = ratio >= goal.least
            verdict = f"goal {goal.least:g}: {'met' if met else 'MISSED'}"
            missed += [] if met else [what]
        lines.append(f"| {what}, {ours.unit} | {shown(ours.value)} | {shown(best.value)} ({best.who}) | "
                     f"{ratio:.2g} | {verdict} |")
    return lines, missed


def main() -> None:
    rows = load_all()
    missed: list[str] = []
    for bare in (False, True):
        lines, failed = ratios(rows, bare)
        missed += failed
        if lines:
            print("\nBeside the better of Prosody and ejabberd"
                  + (" without an archive, which is less than what our box does" if bare else "")
                  + "; above 1, ours is better:\n")
            print("| | Dakghar | the better of theirs | ratio | |\n|---|---|---|---|---|")
            print("\n".join(lines))
    for figure, most in CEILINGS:
        for row in rows:
            if row.figure == figure and row.who == OURS and row.value > most:
                missed.append(f"{figure}, {row.work:,.0f} {row.of}: {shown(row.value)} {row.unit}, at most {most:g}")
    for text in missed:
        print(f"MISSED: {text}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The rows of XEP-0479 for an Advanced Server: our box beside Debian's Prosody and ejabberd.

Starts all three on loopback, puts each to the same checks over the wire, prints the table and ends
with 1 if our box fails one. `--write` puts the table into docs/compliance.md, `--only WORD` checks
rows whose name has the word. DAKGHAR names the executable.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

from measure import ROOT, others

from dakghar_harness.compliance import ROWS, Row, Target
from dakghar_harness.compliance.ours import compliant_box

DOCUMENT = ROOT / "docs/compliance.md"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"


def answer(row: Row, target: Target) -> str | None:
    """None if the check passes, else why not."""
    try:
        row.check(target)
    except Exception as error:  # noqa: BLE001 - whatever breaks, the feature did not do its work
        text = " ".join(str(error).split()) or type(error).__name__
        return f"{type(error).__name__}: {text}" if not isinstance(error, AssertionError) else text
    return None


def table(titles: list[str], rows: list[tuple[Row, list[str | None]]]) -> list[str]:
    head = ["category", "feature", "provider", "our file", *titles]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row, answers in rows:
        files = ", ".join(f"`{name}`" for name in row.files)
        cells = ["yes" if why is None else "no" for why in answers]
        lines.append("| " + " | ".join([row.category, row.feature, row.provider, files, *cells]) + " |")
    return lines


def write(lines: list[str], notes: list[str]) -> None:
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    DOCUMENT.write_text("\n".join([before + BEGIN, "", *lines, "", *notes, "", END]) + after)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    rows = [row for row in ROWS if chosen.only.lower() in row.name.lower()]
    with tempfile.TemporaryDirectory(prefix="dakghar-suite-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        box, ours = compliant_box(directory, "suite")
        stack.callback(box.discard)
        box.start()
        targets, titles = [ours], ["Dakghar"]
        reason = others.reason_unavailable()
        if reason:
            print(f"SKIPPED: no comparison: {reason}", file=sys.stderr)
        for kind in () if reason else (others.FullProsody, others.Ejabberd):
            server = stack.enter_context(kind(directory / kind.title.lower()))
            targets.append(server.target)
            titles.append(f"{kind.title} {others.version(kind.title.lower())}")
        found = [(row, [answer(row, target) for target in targets]) for row in rows]
    lines = table(titles, found)
    notes = [f"- {title}, {row.provider} ({row.feature}): {why[:160]}" for row, answers in found
             for title, why in zip(titles[1:], answers[1:], strict=True) if why]
    print("\n".join(lines + [""] + notes))
    if chosen.write:
        if reason or len(rows) < len(ROWS):
            raise SystemExit("--write needs every row and all three servers")
        write(lines, notes)
    missing = [f"{row.name}: {answers[0]}" for row, answers in found if answers[0]]
    for line in missing:
        print(f"MISSING: {line}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""From nothing to serving: time and processor time until the XMPP port answers, memory then, size of the
executable. DAKGHAR names the executable; BENCH_REPEAT (5) says how often.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from measure import contenders, load, others, process
from measure.results import OURS, Results

from dakghar_harness.box import EXECUTABLE

REPEAT = int(os.environ.get("BENCH_REPEAT", "5"))


def sizes(results: Results) -> None:
    """As it is installed: without what only a debugger needs."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "stripped"
        subprocess.run(["strip", "-o", stripped, EXECUTABLE], check=True)
        results.add("executable, stripped", OURS, stripped.stat().st_size / 1e6, "MB")


def starts(make, results: Results, title: str) -> None:
    taken, spent, memory = [], [], []
    for number in range(REPEAT):
        with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as folder:
            server = make(Path(folder) / f"start{number}")
            began = time.monotonic()
            with server:
                taken.append((time.monotonic() - began) * 1000)
                spent.append(process.counters(server.pid).cpu_ms)
                time.sleep(2)
                memory.append(process.memory(server.pid).private / 1024)
    results.add("start until the port answers", title, statistics.median(taken), "ms")
    results.add("CPU of a start", title, statistics.median(spent), "ms")
    results.add("memory after a start", title, statistics.median(memory), "MiB")


def main() -> None:
    results = Results("start")
    sizes(results)
    users = load.people(1)
    starts(lambda folder: contenders.Ours(folder, users), results, OURS)
    reason = others.reason_unavailable()
    if reason:
        print(f"SKIPPED: no comparison: {reason}")
    else:
        starts(lambda folder: contenders.Prosody(folder, users, quick=False), results, "Prosody")
        starts(lambda folder: contenders.Ejabberd(folder, users), results, "ejabberd")
    results.save()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A queue that grows while the other office is away, and its drain: cost of each parcel, memory, disk.

Up to BENCH_PARCELS (1000000) parcels of 100 bytes of text wait for one office; at each tenfold the cost of
the next ones, of local messages, of `status` and of a start is measured. Then the other office is started.
Prosody and ejabberd have no such queue. DAKGHAR names the executable.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from measure import contenders, load, process
from measure.results import OURS, Results
from measure.writer import Writer

from dakghar_harness import Box, introduce, until

MOST = int(os.environ.get("BENCH_PARCELS", "1000000"))
LEVELS = [level for level in (1_000, 10_000, 100_000, 1_000_000) if level <= MOST]
#: Messages over which a cost is taken.
SAMPLE = 2_000


def spent(pid: int) -> process.Counters:
    return process.counters(pid)


def cost_of(pid: int, count: int, work) -> tuple[float, float]:
    """Milliseconds of CPU and bytes to disk for each of `count`."""
    before = spent(pid)
    work()
    after = spent(pid)
    return (after.cpu_ms - before.cpu_ms) / count, (after.disk_bytes - before.disk_bytes) / count


def fill(ours: contenders.Ours, to: str, results: Results) -> None:
    writer = Writer(ours, "u1")
    box, pid = ours.box, ours.pid
    writer.write("u2@" + ours.domain, SAMPLE)
    time.sleep(2)
    empty = process.memory(pid).private
    results.add("memory with nothing waiting", OURS, empty / 1024, "MiB")
    waiting = 0
    for level in LEVELS:
        count = level - waiting
        cpu, disk = cost_of(pid, count, lambda: writer.write(to, count))
        waiting = level
        results.add("CPU to enqueue one", OURS, cpu, "ms", work=level, of="parcels waiting")
        results.add("written to disk to enqueue one", OURS, disk, "bytes", work=level, of="parcels waiting")
        local, _ = cost_of(pid, SAMPLE, lambda: writer.write("u2@" + ours.domain, SAMPLE))
        results.add("CPU of a local message meanwhile", OURS, local, "ms", work=level, of="parcels waiting")
        status, _ = cost_of(pid, 1, lambda: [box.status_json() for _ in range(5)])
        results.add("CPU of the status command", OURS, status / 5, "ms", work=level, of="parcels waiting")
        time.sleep(2)
        results.add("memory more than without", OURS, (process.memory(pid).private - empty) / 1024, "MiB",
                    work=level, of="parcels waiting")
    writer.close()


def restart(ours: contenders.Ours, results: Results) -> None:
    ours.box.stop()
    began = time.monotonic()
    ours.box.start()
    took = time.monotonic() - began
    until(lambda: ours.box.status_json()["version"] == 1, within=60, what="the box answers")
    results.add("start until the port answers", OURS, took, "s", work=LEVELS[-1], of="parcels waiting")
    time.sleep(3)
    results.add("memory after a start", OURS, process.memory(ours.pid).private / 1024, "MiB",
                work=LEVELS[-1], of="parcels waiting")


def drain(ours: contenders.Ours, other: Box, results: Results) -> None:
    other.start()
    began = time.monotonic()
    before, before_other = spent(ours.pid), spent(other.pid)
    most = [0, 0]

    def waiting() -> int:
        most[0] = max(most[0], process.memory(ours.pid).private)
        most[1] = max(most[1], process.memory(other.pid).private)
        return sum(queue["count"] for queue in ours.box.status_json()["queue"])

    until(lambda: waiting() == 0, within=1_800, look=0.5,
          what=lambda: f"the queue drains\n{ours.box.log_tail()}\n{other.log_tail()}")
    took = time.monotonic() - began
    after, after_other = spent(ours.pid), spent(other.pid)
    for figure, value, unit in (
        ("drain: CPU of the sender for one", (after.cpu_ms - before.cpu_ms) / LEVELS[-1], "ms"),
        ("drain: CPU of the receiver for one", (after_other.cpu_ms - before_other.cpu_ms) / LEVELS[-1], "ms"),
        ("drain: written to disk by the receiver for one",
         (after_other.disk_bytes - before_other.disk_bytes) / LEVELS[-1], "bytes"),
        ("drain: most memory of the sender", most[0] / 1024, "MiB"),
        ("drain: most memory of the receiver", most[1] / 1024, "MiB"),
        ("drain: seconds", took, "s"),
    ):
        results.add(figure, OURS, value, unit, work=LEVELS[-1], of="parcels waiting")


def main() -> None:
    results = Results("queue")
    with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as name:
        directory = Path(name)
        ours = contenders.Ours(directory / "box", load.people(4))
        other = Box(directory / "other", "other")
        introduce(ours.box, other)
        other.user_add("reader", load.PASSWORD)
        try:
            with ours:
                fill(ours, f"reader@{other.domain}", results)
                restart(ours, results)
                drain(ours, other, results)
        finally:
            other.discard()
    results.save()


if __name__ == "__main__":
    main()

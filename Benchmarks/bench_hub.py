#!/usr/bin/env python3
"""A hub between 1, 10 and 100 boxes: its processor time, memory and disk for each message that it forwards.

Each box knows the next one in a ring and the hub, and reaches the others only through it. DAKGHAR names
the executable; BENCH_BOXES (2,10,100) says how many boxes there are.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measure import contenders, load, process
from measure.results import OURS, Results
from measure.writer import Writer

from dakghar_harness import Box, until

BOXES = [int(count) for count in os.environ.get("BENCH_BOXES", "2,10,100").split(",")]
#: Messages that pass the hub, all boxes together.
MESSAGES = 4_000


class Ring:
    """The hub and its boxes."""

    def __init__(self, directory: Path, count: int, stack: contextlib.ExitStack) -> None:
        self.hub = Box(directory / "hub", "hub")
        stack.callback(self.hub.discard)
        with ThreadPoolExecutor(4) as pool:
            self.boxes = list(pool.map(
                lambda number: contenders.Ours(directory / f"b{number}", load.people(2), name=f"b{number}"),
                range(count)))
        for ours in self.boxes:
            stack.callback(ours.box.discard)
        cards = [ours.box.card() for ours in self.boxes]
        hub = self.hub.card()
        for number, ours in enumerate(self.boxes):
            ours.box.peer_add(hub, upstream=True)
            for neighbour in {(number + 1) % count, (number - 1) % count}:
                ours.box.peer_add(cards[neighbour], no_direct=True)
            self.hub.peer_add(cards[number])

    def start(self) -> None:
        self.hub.start()
        for ours in self.boxes:
            ours.box.start()
        until(lambda: all(peer["state"] == "up" for peer in self.hub.peers()), within=180, look=1,
              what="every box has reached the hub")

    def send(self, messages: int) -> None:
        """Everybody writes to the next; until everything that waited has been acknowledged."""
        count = len(self.boxes)

        def write(number: int) -> None:
            writer = Writer(self.boxes[number], "u1")
            writer.write(f"u2@{self.boxes[(number + 1) % count].domain}", messages // count)
            writer.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(count)))
        until(self._is_empty, within=300, look=1, what="everything has arrived")

    def _is_empty(self) -> bool:
        return not any(ours.box.status_json()["queue"] for ours in self.boxes)


def measure(count: int, results: Results) -> None:
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dakghar-bench-")))
        ring = Ring(directory, count, stack)
        ring.start()
        time.sleep(5)
        idle = process.counters(ring.hub.pid)
        time.sleep(10)
        before = process.counters(ring.hub.pid)
        memory = process.memory(ring.hub.pid).private
        ring.send(MESSAGES)
        after = process.counters(ring.hub.pid)
        for figure, value, unit in (
            ("hub: CPU of a forwarded message", (after.cpu_ms - before.cpu_ms) / MESSAGES, "ms"),
            ("hub: written to disk for a forwarded message",
             (after.disk_bytes - before.disk_bytes) / MESSAGES, "bytes"),
            ("hub: memory", memory / 1024, "MiB"),
            ("hub: CPU of a quiet second", (before.cpu_ms - idle.cpu_ms) / 10, "ms"),
        ):
            results.add(figure, OURS, value, unit, work=count, of="boxes")


def main() -> None:
    results = Results("hub")
    for count in BOXES:
        measure(count, results)
    results.save()


if __name__ == "__main__":
    main()

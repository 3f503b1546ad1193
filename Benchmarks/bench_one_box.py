#!/usr/bin/env python3
"""One box: messages a second, processor time, syncs and disk bytes for each, memory.

Ten pairs over TLS, archived, encrypted and synced before their acknowledgement, the load generator
on the same machine. Prosody runs the same, for the ratio. DAKGHAR names the executable;
BENCH_SECONDS (15) and BENCH_REPEAT (3) say how long and how often.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure import load, process, prosody
from measure.server import Server

from dakghar_harness import Box, record

SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))
REPEAT = int(os.environ.get("BENCH_REPEAT", "3"))
PAIRS = 10
IDLE_CLIENTS = 200


@dataclass
class Saturated:
    """One run at full speed."""

    per_second: float
    cpu_ms: float
    disk_bytes: float
    commits: float
    p50_ms: float
    p99_ms: float


def saturate(server: Server, window: int, commits: Callable[[], int]) -> Saturated:
    """Everything per message, over the measured seconds only."""
    seen: dict[str, tuple[process.Counters, int]] = {}

    def note(phase: str) -> None:
        seen[phase] = (process.counters(server.pid), commits())

    result = load.run(server, "--pairs", PAIRS, "--seconds", SECONDS, "--window", window, at=note)
    check(server, result)
    (before, commits_before), (after, commits_after) = seen["measuring"], seen["measured"]
    messages = result["messages"]
    return Saturated(
        result["messages_per_second"], (after.cpu_ms - before.cpu_ms) / messages,
        (after.disk_bytes - before.disk_bytes) / messages, (commits_after - commits_before) / messages,
        result["delivery_ms"]["p50"], result["delivery_ms"]["p99"])


def check(server: Server, result: dict) -> None:
    """A figure for messages that did not arrive would be no figure; of Prosody's it is only said."""
    whole = result["sent_total"] == result["delivered_total"] == result["acknowledged_total"]
    if whole and not result["errors"] and not result["out_of_order"]:
        return
    text = f"10 s after the end messages are missing or out of order: {result}"
    if isinstance(server, Box):
        raise SystemExit(text)
    print(f"note: {text}")


def median(runs: list[Saturated]) -> Saturated:
    return Saturated(*(statistics.median(getattr(run, name) for run in runs)
                       for name in Saturated.__dataclass_fields__))


def speed(server: Server, name: str, commits: Callable[[], int], windows: tuple[int, ...]) -> None:
    for window in windows:
        runs = [saturate(server, window, commits) for _ in range(REPEAT)]
        middle = median(runs)
        spread = ", ".join(f"{run.per_second:.0f}" for run in runs)
        print(f"{name}, {PAIRS} pairs, {window} unacknowledged each: {middle.per_second:.0f} messages/s "
              f"({spread}), {middle.cpu_ms:.4f} ms of CPU, {middle.commits:.4f} commits, "
              f"{middle.disk_bytes:.0f} bytes to disk each; "
              f"delivery p50 {middle.p50_ms:.1f} ms, p99 {middle.p99_ms:.1f} ms")
        record(f"{name}, window {window}", messages_per_second=middle.per_second,
               cpu_ms=middle.cpu_ms, commits=middle.commits, disk_bytes=middle.disk_bytes)


def latency(server: Server, name: str) -> None:
    """At an easy pace."""
    result = load.run(server, "--pairs", PAIRS, "--seconds", SECONDS, "--rate", 50)
    check(server, result)
    times, promised = result["delivery_ms"], result["acknowledgement_ms"]
    print(f"{name}, 50 messages/s: delivered p50 {times['p50']:.1f}, p99 {times['p99']:.1f}, "
          f"p99.9 {times['p99.9']:.1f} ms; acknowledged p50 {promised['p50']:.1f}, "
          f"p99 {promised['p99']:.1f} ms")
    record(f"{name}, 50 messages/s", delivery_p50_ms=times["p50"], delivery_p99_ms=times["p99"])


def idle_memory(server: Server, name: str) -> None:
    time.sleep(3)
    nobody = process.memory(server.pid)
    before = process.counters(server.pid).cpu_ms
    logged_in: list[float] = []
    crowd: list[process.Memory] = []

    def look(phase: str) -> None:
        if phase == "connected":
            logged_in.append(process.counters(server.pid).cpu_ms)
        if phase == "measuring":
            time.sleep(3)
            crowd.append(process.memory(server.pid))

    result = load.run(server, "--idle", IDLE_CLIENTS, "--seconds", 6, at=look)
    login_ms = (logged_in[0] - before) / IDLE_CLIENTS
    print(f"{name}, idle: {nobody.private / 1024:.2f} MiB private anonymous, "
          f"{nobody.resident / 1024:.1f} MiB resident; with {IDLE_CLIENTS} clients: "
          f"{crowd[0].private / 1024:.1f} and {crowd[0].resident / 1024:.1f} MiB; "
          f"{result['logins_per_second']:.0f} logins/s, {login_ms:.1f} ms of CPU each")
    record(f"{name}, memory", idle_private_mib=nobody.private / 1024,
           idle_resident_mib=nobody.resident / 1024, clients_private_mib=crowd[0].private / 1024,
           clients_resident_mib=crowd[0].resident / 1024, login_cpu_ms=login_ms)


def syncs(box: Box, directory: Path) -> None:
    """What the commits claim, counted by strace."""
    output = directory / "strace.txt"
    tracer: list[subprocess.Popen[bytes]] = []
    commits: list[int] = []

    def at(phase: str) -> None:
        if phase == "measuring":
            tracer.append(subprocess.Popen(
                ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", str(output), "-p", str(box.pid)],
                stderr=subprocess.DEVNULL))
        if phase in ("measuring", "measured"):
            commits.append(commit_count(box))
        if phase == "measured":
            tracer[0].send_signal(2)
            tracer[0].wait(timeout=10)

    result = load.run(box, "--pairs", PAIRS, "--seconds", 5, "--warmup", 1, at=at)
    calls = sum(int(number) for number in re.findall(
        r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+).*f(?:data)?sync$", output.read_text(), re.MULTILINE))
    print(f"under strace: {calls} syncs and {commits[1] - commits[0]} commits "
          f"for {result['messages']} messages: {calls / result['messages']:.4f} syncs each")
    record("box, syncs under strace", syncs=calls / result["messages"])


def commit_count(box: Box) -> int:
    return box.status_json()["storage"]["commits"]


def measure_box(directory: Path) -> None:
    box = Box(directory / "box", "office")
    for user in load.USERS:
        box.user_add(user, load.PASSWORD)
    box.start()
    try:
        idle_memory(box, "box")
        latency(box, "box")
        speed(box, "box", lambda: commit_count(box), (100, 10))
        syncs(box, directory)
        after = process.memory(box.pid)
        print(f"box, after all that: {after.private / 1024:.1f} MiB private anonymous, "
              f"{after.resident / 1024:.1f} MiB resident")
    finally:
        box.discard()


def measure_prosody(directory: Path) -> None:
    reason = prosody.reason_unavailable()
    if reason:
        print(f"SKIPPED: no comparison: {reason}")
        return
    with prosody.Prosody(directory / "prosody", load.USERS, load.PASSWORD) as server:
        idle_memory(server, "prosody")
        latency(server, "prosody")
        speed(server, "prosody", lambda: 0, (100,))


def main() -> None:
    busy = os.getloadavg()[0]
    if busy > 0.7:
        print(f"note: this machine is busy (load {busy:.1f}): the figures are worse than they should be")
    load.generator()
    with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as name:
        measure_box(Path(name))
        measure_prosody(Path(name))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Local messages at 10, 200 and 2,000 connected clients over TLS: delivered messages a second and for each
second of the server's processor time, latency, bytes written to disk, logins.

Half of the clients write to the other half. At full speed they have 1,000 messages in all without
acknowledgement (100 each at most, one at least); latency is measured at a rate that all servers
keep up with, and counts from when a message was due. The servers run side by side and take turns.
DAKGHAR names the executable; BENCH_SECONDS (4) how long each run takes, BENCH_REPEAT (3) how often
it comes round, BENCH_CLIENTS (10,200,2000) how many clients there are.
"""

from __future__ import annotations

import os
import statistics
from collections import defaultdict

from measure import contenders, load, process
from measure.contenders import Contender
from measure.results import Results

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
REPEAT = int(os.environ.get("BENCH_REPEAT", "3"))
CLIENTS = [int(count) for count in os.environ.get("BENCH_CLIENTS", "10,200,2000").split(",")]

#: Messages a second, all clients together, at which latency is measured.
EASY = 50

Figures = dict[tuple[str, str, bool], float]


def one_run(server: Contender, clients: int, *options: object, whole: bool) -> tuple[dict, dict[str, float]]:
    """The generator's document, and what the server spent: for each login, then for each message."""
    seen: dict[str, process.Counters] = {"before": process.counters(server.pid)}
    result = load.run(server, "--pairs", clients // 2, "--seconds", SECONDS, "--warmup", 1, *options,
                      users=load.people(clients),
                      at=lambda phase: seen.__setitem__(phase, process.counters(server.pid)))
    complete = result["sent_total"] == result["delivered_total"] == result["acknowledged_total"]
    if not complete or result["errors"] or result["out_of_order"]:
        text = f"{server.title}: messages are missing or out of order 10 s after the end: {result}"
        if whole:
            raise SystemExit(text)
        print(f"note: {text}")
    messages = max(1, result["messages"])
    cpu_ms = seen["measured"].cpu_ms - seen["measuring"].cpu_ms
    return result, {
        "login_ms": (seen["connected"].cpu_ms - seen["before"].cpu_ms) / clients,
        "cpu_ms": max(cpu_ms, process.TICK_MS) / messages,
        "disk": (seen["measured"].disk_bytes - seen["measuring"].disk_bytes) / messages,
    }


def full_speed(server: Contender, clients: int, ours: bool) -> Figures:
    window = max(1, min(100, 2_000 // clients))
    result, spent = one_run(server, clients, "--window", window, whole=ours)
    return {
        ("delivered, full speed", "messages/s", True): result["messages_per_second"],
        ("delivered for each second of CPU", "messages", True): 1000 / spent["cpu_ms"],
        ("written to disk for each message", "bytes", False): spent["disk"],
        ("logins", "logins/s", True): result["logins_per_second"],
        ("CPU of a login", "ms", False): spent["login_ms"],
    }


def easy(server: Contender, clients: int, ours: bool) -> Figures:
    result, spent = one_run(server, clients, "--rate", EASY, whole=ours)
    times = result["delivery_ms"]
    found: Figures = {(f"latency at {EASY}/s, {part}", "ms", False): times[part]
                      for part in ("p50", "p99", "p99.9")}
    found[f"CPU of a message at {EASY}/s", "ms", False] = spent["cpu_ms"]
    return found


def main() -> None:
    load.generator()
    results = Results("messages")
    with contenders.all_running(load.people(max(CLIENTS))) as servers:
        for clients in CLIENTS:
            found: dict[tuple[str, tuple[str, str, bool]], list[float]] = defaultdict(list)
            for _ in range(REPEAT if clients < 1_000 else 1):
                for server in servers:
                    ours = isinstance(server, contenders.Ours)
                    for measure in (full_speed, easy):
                        try:
                            for key, value in measure(server, clients, ours).items():
                                found[server.title, key].append(value)
                        except load.Failed as failure:
                            if ours:
                                raise
                            print(f"note: {server.title}, {clients} clients: {failure}")
            for (who, (figure, unit, more)), values in found.items():
                results.add(figure, who, statistics.median(values), unit, more=more,
                            work=clients, of="clients")
    results.save()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Idle clients and the way in: memory of 10 to 2,000 clients, round trips to a working session.

Our box, Debian's Prosody and ejabberd. The clients are people with five devices each. Round trips are counted from the TCP connection to the answer to
the client's first question (a ping), through a line that takes 100 ms each way: the time divided by
200 ms, so that work on the way shows as the rest (the servers as `make compliance` configures them). DAKGHAR names the executable.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import contenders, delay, load, others, process
from measure.results import Results

from dakghar_harness import RawStream
from dakghar_harness.compliance.ours import compliant_box
from dakghar_harness.compliance.session import Session
from dakghar_harness.compliance.target import Target
from dakghar_harness.inline_login import FAST, SASL2, with_password, with_token

#: Clients of each person.
DEVICES = 5
CLIENTS = [int(count) for count in os.environ.get("BENCH_IDLE", "10,100,1000,2000").split(",")]
#: Clients from which on the memory of each is told.
CROWD = 1_000
BIND = "<bind xmlns='urn:xmpp:bind:0'><tag>bench</tag></bind>"
ASK = "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"


def memory(results: Results) -> None:
    """Private memory without clients, then with more and more of them who do nothing."""
    people = load.people(max(1, max(CLIENTS) // DEVICES))
    with contenders.all_running(people, memory_only=False, bare=False, quick=False) as servers:
        time.sleep(5)
        empty = {server.title: process.memory(server.pid).private for server in servers}
        for server in servers:
            results.add("memory idle", server.title, empty[server.title] / 1024, "MiB")
        for count in CLIENTS:
            for server in servers:
                crowd: list[int] = []

                def look(phase: str) -> None:
                    if phase == "measuring":
                        time.sleep(3)
                        crowd.append(process.memory(server.pid).private)

                load.run(server, "--idle", count, "--seconds", 5, users=people, at=look)
                results.add("memory with clients", server.title, crowd[0] / 1024, "MiB",
                            work=count, of="clients")
                if count < CROWD:
                    continue  # a collector's moods are more than so few clients
                results.add("memory for each client", server.title, (crowd[0] - empty[server.title]) / count,
                            "KiB", work=count, of="clients")


# -- round trips -------------------------------------------------------------------------------------


def with_sasl(target: Target, local: str, direct: bool) -> None:
    with Session(target, direct_tls=direct) as stream:
        stream.log_in(local, bind=False)
        stream.bind("bench")
        stream.gets("<ping xmlns='urn:xmpp:ping'/>", to=target.domain)


def with_sasl2(target: Target, local: str, direct: bool, *, inline: str = BIND) -> str | None:
    """Returns the token, if it was asked for one and got it."""
    with Session(target, direct_tls=direct) as stream:
        if not direct:
            stream.start_tls()
        features = stream.open()
        if features.find(f"{SASL2}authentication") is None:
            raise LookupError("no SASL2")
        success = with_password(stream, local, target.password, inline)
        stream.gets("<ping xmlns='urn:xmpp:ping'/>", to=target.domain)
        found = success.find(f"{FAST}token")
        return None if found is None else found.get("token")


def with_fast(target: Target, local: str, direct: bool, token: str, *, pipelined: bool = False) -> None:
    """`pipelined`: a client that knows the server does not wait for its features."""
    with RawStream(target.host, target.direct_tls_port if direct else target.port, domain=target.domain,
                   root=target.root_certificate, direct_tls=direct) as stream:
        if not direct:
            stream.start_tls()
        if pipelined:
            stream._reset()
            stream.send(stream.header())
        else:
            stream.open()
        with_token(stream, local, token, BIND, mechanism="HT-SHA-256-NONE")
        stream.ask("get", "<ping xmlns='urn:xmpp:ping'/>", to=target.domain)


def measure(what: str, target: Target, results: Results, way: Callable[[Target, bool], None]) -> None:
    """With STARTTLS and with direct TLS; nothing where it is not offered."""
    for direct in (False, True):
        with delay.Line(target, one_way=0.1) as far:
            started = time.monotonic()
            try:
                way(far, direct)
            except LookupError:
                continue
            # The connection to the near end of the line takes no time; it would be one round trip.
            trips = (time.monotonic() - started) / 0.2 + 1
        results.add(f"to a session, {what}, {'direct TLS' if direct else 'STARTTLS'}", target.name, trips,
                    "round trips")


def ways_in(target: Target, results: Results) -> None:
    local = target.account("traveller")
    measure("SASL", target, results, lambda t, d: with_sasl(t, local, d))
    measure("SASL2 with Bind 2", target, results, lambda t, d: discard(with_sasl2(t, local, d)))
    try:
        token = with_sasl2(target, local, True, inline=BIND + ASK)
    except LookupError:
        return
    if token is None:
        return
    measure("FAST", target, results, lambda t, d: with_fast(t, local, d, token))
    measure("FAST pipelined", target, results, lambda t, d: with_fast(t, local, d, token, pipelined=True))


def discard(_: object) -> None:
    return None


def main() -> None:
    load.generator()
    results = Results("clients")
    memory(results)
    with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as name:
        directory = Path(name)
        box, ours = compliant_box(directory, "bench")
        box.start()
        try:
            ways_in(ours, results)
        finally:
            box.discard()
        reason = others.reason_unavailable()
        if reason:
            print(f"SKIPPED: no comparison: {reason}")
        for kind in () if reason else (others.FullProsody, others.Ejabberd):
            with kind(directory / kind.title.lower()) as server:
                ways_in(server.target, results)
    results.save()


if __name__ == "__main__":
    main()

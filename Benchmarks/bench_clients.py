#!/usr/bin/env python3
"""Idle clients and the way in: memory of 1,000 clients, round trips to a working session.

Our box, then Debian's Prosody and ejabberd as `make compliance` configures them. The clients are
200 people with five devices each. Round trips are counted from the TCP connection to the answer to
the client's first question (a ping), through a line that takes 100 ms each way: the time divided by
200 ms, so that work on the way shows as the rest. DAKGHAR names the executable.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import delay, load, others, process

from dakghar_harness import RawStream, record
from dakghar_harness.compliance.ours import compliant_box
from dakghar_harness.compliance.session import Session
from dakghar_harness.compliance.target import Target
from dakghar_harness.inline_login import FAST, SASL2, with_password, with_token

PEOPLE = 200
CLIENTS = int(os.environ.get("BENCH_CLIENTS", "1000"))
BIND = "<bind xmlns='urn:xmpp:bind:0'><tag>bench</tag></bind>"
ASK = "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"


class Served:
    """What the load generator asks of a server."""

    def __init__(self, target: Target, pid: int) -> None:
        self.host, self.domain, self.pid = target.host, target.domain, pid


def memory(target: Target, pid: int) -> None:
    """Private memory without and with the clients."""
    load.USERS = [target.account("idle") for _ in range(PEOPLE)]
    time.sleep(5)
    before = process.memory(pid).private
    crowd: list[int] = []

    def look(phase: str) -> None:
        if phase == "measuring":
            time.sleep(5)
            crowd.append(process.memory(pid).private)

    load.run(Served(target, pid), "--idle", CLIENTS, "--seconds", 8, at=look)
    each = (crowd[0] - before) / CLIENTS
    print(f"{target.name}: {before / 1024:.1f} MiB private without clients, {crowd[0] / 1024:.1f} MiB with "
          f"{CLIENTS}: {each:.1f} KiB each")
    record(f"{target.name}, {CLIENTS} idle clients", private_mib=crowd[0] / 1024, each_kib=each)


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


def round_trips(target: Target, way: Callable[[Target, bool], None]) -> str:
    """With STARTTLS and with direct TLS; a dash where it is not offered."""
    found = []
    for direct in (False, True):
        with delay.Line(target, one_way=0.1) as far:
            started = time.monotonic()
            try:
                way(far, direct)
            except LookupError:
                found.append("-")
                continue
            # The connection to the near end of the line takes no time; it would be one round trip.
            found.append(f"{(time.monotonic() - started) / 0.2 + 1:.2f}")
    return " / ".join(found)


def ways_in(target: Target) -> None:
    local = target.account("traveller")
    print(f"{target.name}, round trips with STARTTLS / direct TLS: "
          f"SASL {round_trips(target, lambda t, d: with_sasl(t, local, d))}", end="", flush=True)
    print(f", SASL2 with Bind 2 {round_trips(target, lambda t, d: discard(with_sasl2(t, local, d)))}",
          end="", flush=True)
    try:
        token = with_sasl2(target, local, True, inline=BIND + ASK)
    except LookupError:
        token = None
    if token is None:
        return print(", no FAST")
    print(f", FAST {round_trips(target, lambda t, d: with_fast(t, local, d, token))}, pipelined "
          f"{round_trips(target, lambda t, d: with_fast(t, local, d, token, pipelined=True))}")


def discard(_: object) -> None:
    return None


def main() -> None:
    load.generator()
    with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as name:
        directory = Path(name)
        box, ours = compliant_box(directory, "bench")
        box.start()
        try:
            ways_in(ours)
            memory(ours, box.pid)
        finally:
            box.discard()
        reason = others.reason_unavailable()
        if reason:
            print(f"SKIPPED: no comparison: {reason}")
        for kind in () if reason else (others.FullProsody, others.Ejabberd):
            with kind(directory / kind.title.lower()) as server:
                ways_in(server.target)
                memory(server.target, server.pid)


if __name__ == "__main__":
    main()

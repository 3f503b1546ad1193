#!/usr/bin/env python3
"""The link: bytes on the wire for each delivered message, for a handshake, and of a quiet line; how much
text gets through a thin line; the same with Prosody and ejabberd where they are installed.

Two boxes in network namespaces. 1,000 messages with a text of 100 bytes are accepted while the line
is down; then it returns, and everything that passes until the last one is delivered and
acknowledged is counted, both ways, with TCP, IP and the making of the connection.
DAKGHAR names the executable. Needs root and ethtool. `bench_link.py dakghar` measures without the others.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from measure import federation, payloads, wire

from dakghar_harness import Box, Client, Network, introduce, namespaces, record, until

COUNT = 1_000
PASSWORD = "correct horse battery staple"
QUIET_SECONDS = 30
#: What `tc` calls the rates, in bit/s.
RATES = {"64kbit": 64_000, "9600bit": 9_600}
#: What Conversations writes beside the ciphertext.
FALLBACK = "I sent you an OMEMO encrypted message but your client doesn’t seem to support that."


class Scene:
    """finance and interior, a line between them, alice and bob at their clients."""

    def __init__(self, network: Network, directory: Path) -> None:
        offices = [network.office(name) for name in ("finance", "interior")]
        self.line = network.join(*offices)
        wire.prepare(self.line)
        self.boxes = [Box(directory / office.name, office.name, host=office.address,
                          namespace=office.namespace) for office in offices]
        self.finance, self.interior = self.boxes
        introduce(self.finance, self.interior)
        self.line.cut_down()
        for box, person in zip(self.boxes, ("alice", "bob")):
            box.user_add(person, PASSWORD)
            box.start()

    def restore(self) -> wire.Traffic:
        """Brings the line back; what had passed before."""
        before = wire.passed(self.line)
        self.line.restore()
        wire.offload_off(self.line)
        return before

    def wait(self, state: str) -> None:
        self.finance.wait_peer("interior", state, within=40)
        self.interior.wait_peer("finance", state, within=40)

    def cut(self) -> None:
        self.line.cut_down()
        self.wait("down")


def handshake(scene: Scene, name: str) -> int:
    """From the line's return to a counted session with both hellos, and nothing to say."""
    before = scene.restore()
    scene.wait("up")
    # What follows the hellos at once has passed, the first ping has not.
    time.sleep(1)
    traffic = wire.passed(scene.line) - before
    print(f"{name}: {traffic}")
    record(name, bytes=traffic.bytes, packets=traffic.packets)
    return traffic.bytes


def quiet(scene: Scene) -> None:
    before = wire.passed(scene.line)
    time.sleep(QUIET_SECONDS)
    traffic = wire.passed(scene.line) - before
    hourly = traffic.bytes * 3600 / QUIET_SECONDS
    print(f"a quiet line: {traffic} in {QUIET_SECONDS} s, {hourly / 1024:.0f} KiB an hour")
    record("quiet line", bytes_per_hour=hourly)


def write(alice: Client, bob: "Client | str", kind: str, count: int, seed: int = 7) -> list[str]:
    """Has alice write; the texts."""
    if kind == "OMEMO":
        omemo = payloads.Omemo(seed)
        texts = [FALLBACK] * count
        more = [omemo.payload() for _ in texts]
    else:
        texts = (payloads.written if kind == "written" else payloads.incompressible)(count, seed)
        more = None
    names = alice.send_all(
        bob, texts, payload=more, identities=payloads.identities(count, seed))
    alice.wait_acknowledged(names, within=120)
    return texts


def messages(scene: Scene, alice: Client, bob: Client, kind: str, count: int = COUNT, *,
             bare: int = 0, rate: str | None = None) -> None:
    """A queue of messages that leaves when the line returns; `bare` is what a handshake alone takes."""
    scene.cut()
    bob.forget()
    texts = write(alice, bob, kind, count, seed=count)
    if rate:
        scene.line.throttle(rate)
    before = scene.restore()
    began = time.monotonic()
    limit = 60 if rate is None else 30 + count * 300 * 8 / RATES[rate]
    bob.reads_all(1, within=limit)
    first = time.monotonic() - began
    bob.reads_all(count, within=limit)
    last = time.monotonic() - began
    until(lambda: not scene.finance.queue_json()["entries"], within=limit, look=0.05,
          what="everything is acknowledged")
    if count == 1:
        time.sleep(1)  # as for the handshake that is taken away
    traffic = wire.passed(scene.line) - before
    if sorted(bob.bodies) != sorted(texts):
        raise SystemExit("what was delivered is not what was written")
    each = (traffic.bytes - bare) / count
    name = f"{count} {kind}" + (f" at {rate}" if rate else "")
    said = f"{name}: {traffic}, {each:.1f} bytes each" + (" without the handshake" if bare else "")
    figures = {"bytes_per_message": each, "packets": traffic.packets, "first_seconds": first,
               "last_seconds": last}
    if kind == "OMEMO":
        figures["bytes_above_ciphertext"] = each - payloads.Omemo.ciphertext_bytes
        said += f" ({figures['bytes_above_ciphertext']:.1f} above the ciphertext)"
    if rate:
        figures["goodput"] = 800 * count / last / RATES[rate]
        said += f", goodput {figures['goodput']:.2f} of the line's rate"
    print(f"{said}; delivered {first:.1f} to {last:.1f} s after the line's return")
    record(f"link, {name}", **figures)
    if rate:
        scene.line.throttle(None)


def ours() -> None:
    with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as name, Network() as network:
        scene = Scene(network, Path(name))
        try:
            handshake(scene, "first handshake")
            quiet(scene)
            scene.cut()
            bare = handshake(scene, "later handshake")
            alice = Client(scene.finance, "alice", PASSWORD).login()
            bob = Client(scene.interior, "bob", PASSWORD).login()
            for kind in ("written", "incompressible", "OMEMO"):
                messages(scene, alice, bob, kind)
            for kind in ("written", "incompressible", "OMEMO"):
                messages(scene, alice, bob, kind, 1, bare=bare)
            for rate in RATES:
                messages(scene, alice, bob, "written", rate=rate)
        finally:
            for box in scene.boxes:
                box.discard()


def theirs(title: str) -> None:
    """Their servers have no queue for a line that is down, so what they do is measured while it is up."""
    reason = federation.reason_unavailable(title)
    if reason:
        print(f"SKIPPED: {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as name, Network() as network:
        offices = [network.office(f"{title.lower()}{side}") for side in "ab"]
        line = network.join(*offices)
        wire.prepare(line)
        names = {federation.domain(office): office.address for office in offices}
        with federation.FederatedServer(title, offices[0], Path(name) / "a", names) as a, \
                federation.FederatedServer(title, offices[1], Path(name) / "b", names) as b:
            a.register("alice")
            b.register("bob")
            alice = Client(a, "alice", PASSWORD).login()
            bob = Client(b, "bob", PASSWORD).login()
            federated(title, line, alice, bob)
            federated_cut(title, line, alice, bob)


def federated(title: str, line: "wire.Link", alice: Client, bob: Client) -> None:
    before = wire.passed(line)
    write(alice, bob, "written", 1, seed=1)
    bob.reads_all(1, within=30)
    time.sleep(1)
    traffic = wire.passed(line) - before
    print(f"{title}: connecting and one message {traffic}")
    record(f"{title}, connecting and one message", bytes=traffic.bytes)
    for kind, count, rate in (("written", COUNT, None), ("OMEMO", COUNT, None), ("written", 1, None),
                              ("written", COUNT, "64kbit"), ("written", 200, "9600bit")):
        bob.forget()
        if rate:
            line.throttle(rate)
        before = wire.passed(line)
        began = time.monotonic()
        write(alice, bob, kind, count, seed=count)
        bob.reads_all(count, within=60 if rate is None else 60 + count * 400 * 8 / RATES[rate])
        took = time.monotonic() - began
        time.sleep(1)
        traffic = wire.passed(line) - before
        each = traffic.bytes / count
        goodput = f", goodput {800 * count / took / RATES[rate]:.2f} of the line's rate" if rate else ""
        what = f"{count} {kind}" + (f" at {rate}" if rate else "")
        print(f"{title}: {what}: {traffic}, {each:.1f} bytes each{goodput}")
        record(f"{title}, {what}", bytes_per_message=each,
               **({"goodput": 800 * count / took / RATES[rate]} if rate else {}))
    line.throttle(None)


def federated_cut(title: str, line: "wire.Link", alice: Client, bob: Client, *, dark: float = 20,
                  patience: float = 60) -> None:
    """What becomes of 1,000 messages that are written while the line is a black hole."""
    bob.forget()
    alice.forget()
    line.cut_blackhole()
    write(alice, bob, "written", COUNT, seed=3)
    time.sleep(dark)
    line.restore()
    wire.offload_off(line)
    began = time.monotonic()
    first = None
    while time.monotonic() - began < patience and len(bob.bodies) + len(alice.errors) < COUNT:
        if first is None and bob.bodies:
            first = time.monotonic() - began
        time.sleep(0.05)
    last = time.monotonic() - began
    came, bounced = len(bob.bodies), len(alice.errors)
    when = f"{first:.1f} to {last:.1f} s after its return" if first is not None else "none"
    print(f"{title}: {COUNT} written in a black hole of {dark:g} s: {came} delivered ({when}), "
          f"{bounced} bounced, {COUNT - came - bounced} neither within {patience:g} s")
    record(f"{title}, a cut", delivered=came, bounced=bounced, first_seconds=first or -1, last_seconds=last)


def main() -> None:
    reason = namespaces.reason_unavailable()
    if reason:
        print(f"SKIPPED: {reason}")
        return
    wanted = [name.lower() for name in sys.argv[1:]] or ["dakghar", "prosody", "ejabberd"]
    if "dakghar" in wanted:
        ours()
    for title in ("Prosody", "ejabberd"):
        if title.lower() in wanted:
            theirs(title)


if __name__ == "__main__":
    main()

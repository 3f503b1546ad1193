#!/usr/bin/env python3
"""The link: bytes on the wire for each delivered message, for a handshake, and of a quiet line.

Two boxes in network namespaces. 1,000 messages with a text of 100 bytes are accepted while the line
is down; then it returns, and everything that passes until the last one is delivered and
acknowledged is counted, both ways, with TCP, IP and the making of the connection.
DAKGHAR names the executable. Needs root and ethtool.
"""

from __future__ import annotations

import base64
import random
import tempfile
import time
from pathlib import Path

from measure import wire

from dakghar_harness import Box, Client, Network, introduce, namespaces, record, until
from dakghar_harness.client import clients

COUNT = 1_000
PASSWORD = "correct horse battery staple"
QUIET_SECONDS = 30

#: Common words, so that texts are about as compressible as what people write.
WORDS = """
the of and to in is you that it he for was on are with as his they be at one have this from or had by
but some what there we can out other were all your when up use word how said an each she which do their
time if will way about many then them would write like so these her long make thing see him two has
look more day could go come did number sound no most people my over know water than call first who may
down side been now find any new work part take get place made live where after back little only round
man year came show every good me give our under name very through just form great think say help low
line before turn cause same mean differ move right boy old too does tell set three want air well also
play small end put home read hand port large spell add even land here must big high such follow act why
ask men change went light kind off need house picture try us again animal point mother world near build
self earth father head stand own page should country found answer school grow study still learn plant
cover food sun four thought let keep eye never last door between city tree cross since hard start might
story saw far sea draw left late run while press close night real life few stop open seem together next
report office meeting district form budget letter signed copy please tomorrow morning urgent confirm
""".split()


def written(count: int, seed: int) -> list[str]:
    """Texts of exactly 100 bytes, as people write."""
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        text = ""
        while len(text) < 100:
            text += chance.choice(WORDS) + chance.choice(["", "", "", "", "", ",", "."]) + " "
        texts.append(text[:100])
    return texts


def incompressible(count: int, seed: int) -> list[str]:
    """Texts of exactly 100 bytes, as end-to-end encryption makes them."""
    chance = random.Random(seed)
    return [base64.b64encode(chance.randbytes(75)).decode() for _ in range(count)]


class Scene:
    """finance and interior, a line between them, alice and bob at their clients."""

    def __init__(self, network: Network, directory: Path) -> None:
        offices = [network.office(name) for name in ("finance", "interior")]
        self.line = network.join(*offices)
        wire.offload_off(self.line)
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
        self.finance.wait_peer("interior", state, within=30)
        self.interior.wait_peer("finance", state, within=30)

    def cut(self) -> None:
        self.line.cut_down()
        self.wait("down")


def handshake(scene: Scene, name: str) -> None:
    """From the line's return to a counted session with both hellos, and nothing to say."""
    before = scene.restore()
    scene.wait("up")
    # What follows the hellos at once has passed, the first ping has not.
    time.sleep(1)
    traffic = wire.passed(scene.line) - before
    print(f"{name}: {traffic}")
    record(name, bytes=traffic.bytes, packets=traffic.packets)


def quiet(scene: Scene) -> None:
    before = wire.passed(scene.line)
    time.sleep(QUIET_SECONDS)
    traffic = wire.passed(scene.line) - before
    hourly = traffic.bytes * 3600 / QUIET_SECONDS
    print(f"a quiet line: {traffic} in {QUIET_SECONDS} s, {hourly / 1024:.0f} KiB an hour")
    record("quiet line", bytes_per_hour=hourly)


def messages(scene: Scene, alice: Client, bob: Client, name: str, texts: list[str]) -> None:
    scene.cut()
    bob.forget()
    alice.wait_acknowledged(alice.send_all(bob, texts), within=60)
    before = scene.restore()
    began = time.monotonic()
    bob.reads_all(len(texts), within=60)
    took = time.monotonic() - began
    until(lambda: not scene.finance.queue_json()["entries"], within=20, look=0.05,
          what="everything is acknowledged")
    traffic = wire.passed(scene.line) - before
    if bob.bodies != texts:
        raise SystemExit("what was delivered is not what was written")
    each = traffic.bytes / len(texts)
    print(f"{len(texts)} {name} texts of 100 bytes: {traffic}, {each:.1f} bytes each; "
          f"delivered {took:.1f} s after the line's return")
    record(f"link, {name} texts", bytes_per_message=each, packets=traffic.packets, seconds=took)


def main() -> None:
    reason = namespaces.reason_unavailable()
    if reason:
        print(f"SKIPPED: {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="dakghar-bench-") as name, Network() as network:
        scene = Scene(network, Path(name))
        try:
            handshake(scene, "first handshake")
            quiet(scene)
            scene.cut()
            handshake(scene, "later handshake")
            alice = Client(scene.finance, "alice", PASSWORD).login()
            bob = Client(scene.interior, "bob", PASSWORD).login()
            for kind, make in (("written", written), ("incompressible", incompressible)):
                messages(scene, alice, bob, kind, make(COUNT, seed=7))
        finally:
            for box in scene.boxes:
                box.discard()


if __name__ == "__main__":
    main()

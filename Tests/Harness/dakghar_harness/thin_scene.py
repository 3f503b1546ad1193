"""Two offices on a thin line, a load of a lower class between two of their people, and what the line
made of it."""

from __future__ import annotations

import base64
import random
import time
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from .box import Box
from .client import Client
from .figures import record
from .loop import clients
from .thin_line import ThinLine
from .waiting import until

#: The lines of the tests: bits a second, seconds each way, share of packets lost, router's queue.
LINES = {
    "9.6 kbit/s": {"rate": 9_600, "delay": 0.6, "jitter": 0.02, "queue": 20},
    "64 kbit/s": {"rate": 64_000, "delay": 0.15, "jitter": 0.01, "queue": 30},
    "1 Mbit/s": {"rate": 1_000_000, "delay": 0.05, "jitter": 0.005, "queue": 50},
}


#: Bytes of one piece of the load.
LOAD_BYTES = 1_200


@dataclass
class ThinOffices:
    """finance and interior; alice writes to bob while carol's load goes to dave."""

    finance: Box
    interior: Box
    line: ThinLine
    alice: Client
    bob: Client
    carol: Client
    dave: Client
    #: The hub of `thin_hub`.
    hub: Box | None = None


def crossing(name: str) -> float:
    """Seconds that a short text alone needs: the way there, and 300 bytes at the line's rate."""
    return LINES[name]["delay"] + 300 * 8 / LINES[name]["rate"]


def shape(line: ThinLine, name: str, loss: float, seed: int = 1) -> None:
    line.shape(**LINES[name], loss=loss, seed=seed)


def pour(scene: ThinOffices, kilobytes: float, seed: int = 7) -> int:
    """carol leaves a load of receipts that nothing can compress; their number."""
    source = random.Random(seed)
    count = max(1, round(kilobytes * 1000 / LOAD_BYTES))

    def write() -> None:
        for number in range(count):
            message = scene.carol.stream.make_message(mto=scene.dave.bare, mtype="chat")
            receipt = ET.SubElement(message.xml, "{urn:xmpp:receipts}received")
            receipt.set("id", str(number))
            load = ET.SubElement(message.xml, "{urn:test:load}load")
            load.text = base64.b64encode(source.randbytes(LOAD_BYTES)).decode()
            message.send()

    clients.call(write, within=60)
    return count


def loads(scene: ThinOffices) -> list[str]:
    """What of the load has come to dave, by number."""
    found = []
    for message in list(scene.dave.messages):
        receipt = message.xml.find("{urn:xmpp:receipts}received")
        if receipt is not None:
            found.append(receipt.get("id"))
    return found


def latencies(scene: ThinOffices, count: int, *, every: float, within: float) -> list[float]:
    """alice writes a text every so many seconds; seconds from writing to reading, of each."""
    written: dict[str, float] = {}
    start = time.monotonic()
    for number in range(count):
        until(lambda: time.monotonic() >= start + number * every, within=every + 5, what="its turn")
        text = f"text {number} while much is under way"
        written[text] = time.monotonic()
        scene.alice.send(scene.bob, text)
    until(lambda: len(scene.bob.inbox) >= count, within=within,
          what=lambda: f"{count} texts: {scene.bob.bodies}")
    assert [m.body for m in scene.bob.inbox] == list(written)
    return [m.at - written[m.body] for m in scene.bob.inbox]


def share(values: list[float], part: float) -> float:
    """The value below which this part of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def note(name: str, times: list[float], **more: float) -> None:
    record(name, p50_seconds=share(times, 0.5), p99_seconds=share(times, 0.99), **more)
    print(name, "p50", round(share(times, 0.5), 2), "p99", round(share(times, 0.99), 2), more)

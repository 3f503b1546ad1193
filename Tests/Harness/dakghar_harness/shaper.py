"""A thin line in user space, as this kernel has no netem: rate, delay, jitter, loss, a bounded queue.

Run as a program of its own (`python shaper.py NAME-A NAMESPACE-A NAME-B NAMESPACE-B`) it makes a TUN
device in each namespace and carries packets between them. It reads changes as JSON lines from its
input and answers each with its counters:

    {"up": {"rate": 9600, "delay": 0.6, "jitter": 0.02, "loss": 0.02, "queue": 20}, "down": {…}}
    {"blackhole": true}

"up" is from A to B. Rates are bits a second (null: no limit), delays seconds, the queue counts the
packets that wait for the line, as a router's does. Packets keep their order, whatever the jitter.
"""

from __future__ import annotations

import collections
import fcntl
import json
import os
import random
import select
import struct
import sys
import time
from typing import Any

_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x0001 | 0x1000
_LARGEST_PACKET = 2048


class Direction:
    """Packets from one end to the other."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.sink = source, sink
        self.rate: float | None = None
        self.delay = self.jitter = self.loss = 0.0
        self.queue = 50
        self.blackhole = False
        self._waiting: collections.deque[bytes] = collections.deque()
        self._sent_at = 0.0  # the line is busy until then
        self._flying: collections.deque[tuple[float, bytes]] = collections.deque()
        self._arrival = 0.0
        self._random = random.Random()
        self.counters = {"packets": 0, "bytes": 0, "lost": 0, "dropped": 0, "idle": 0.0}

    def change(self, values: dict[str, Any]) -> None:
        """Takes over new parameters; what waits is sent by them."""
        for name in ("rate", "delay", "jitter", "loss", "queue"):
            if name in values:
                setattr(self, name, values[name])
        if "seed" in values:
            self._random = random.Random(values["seed"])

    def read(self, now: float) -> None:
        """Takes in what the kernel has for the line."""
        while True:
            try:
                packet = os.read(self.source, _LARGEST_PACKET)
            except (BlockingIOError, OSError):
                return
            if packet[0] >> 4 != 4:
                continue  # the kernel's own IPv6 chatter
            if self.blackhole:
                self.counters["lost"] += 1
            elif len(self._waiting) >= self.queue:
                self.counters["dropped"] += 1
            else:
                self._waiting.append(packet)
                self.move(now)

    def move(self, now: float) -> float:
        """Moves what is due; when the next thing is due (`inf`: nothing waits)."""
        while self._waiting and self._sent_at <= now:
            packet = self._waiting.popleft()
            start = max(self._sent_at, now - 0.05)  # this program may have been late
            self.counters["idle"] += max(0.0, start - self._sent_at) if self._sent_at else 0.0
            self._sent_at = start + (len(packet) * 8 / self.rate if self.rate else 0.0)
            self._launch(packet)
        while self._flying and self._flying[0][0] <= now:
            packet = self._flying.popleft()[1]
            if self.blackhole:
                self.counters["lost"] += 1
                continue
            try:
                os.write(self.sink, packet)
            except OSError:
                self.counters["lost"] += 1  # that end is down
                continue
            self.counters["packets"] += 1
            self.counters["bytes"] += len(packet)
        due = self._sent_at if self._waiting else float("inf")
        return min(due, self._flying[0][0] if self._flying else float("inf"))

    def _launch(self, packet: bytes) -> None:
        if self._random.random() < self.loss:
            self.counters["lost"] += 1
            return
        arrival = self._sent_at + self.delay + self._random.uniform(-self.jitter, self.jitter)
        self._arrival = max(arrival, self._arrival)
        self._flying.append((self._arrival, packet))


def _open(name: str, namespace: str) -> int:
    from dakghar_harness import namespaces

    with namespaces.inside(namespace):
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN_NO_PI))
    return device


def _serve(up: Direction, down: Direction) -> None:
    os.set_blocking(sys.stdin.fileno(), False)
    text = b""
    while True:
        now = time.monotonic()
        due = min(up.move(now), down.move(now))
        wait = None if due == float("inf") else max(0.0, due - now)
        ready, _, _ = select.select([up.source, down.source, sys.stdin], [], [], wait)
        now = time.monotonic()
        for direction in (up, down):
            direction.read(now)
        if sys.stdin not in ready:
            continue
        piece = os.read(sys.stdin.fileno(), 65536)
        if not piece:
            return
        *lines, text = (text + piece).split(b"\n")
        for line in lines:
            order = json.loads(line)
            for name, direction in (("up", up), ("down", down)):
                direction.change(order.get(name, {}))
                if "blackhole" in order:
                    direction.blackhole = order["blackhole"]
            print(json.dumps({"up": up.counters, "down": down.counters}), flush=True)


def main() -> None:
    """Two names of devices, each followed by its namespace."""
    a, b = _open(*sys.argv[1:3]), _open(*sys.argv[3:5])
    print("ready", flush=True)
    _serve(Direction(a, b), Direction(b, a))


if __name__ == "__main__":
    main()

"""Offices joined by lines that can be cut: real network namespaces, one router for each line.

    office a  --to-b--[left | router | right]--to-a--  office b

Every office has one address of its own (10.77.N.1, on its loopback), whatever line is used. A line
is cut in two ways that behave differently: *down* (the interfaces go, the kernel says so) and
*blackhole* (the router drops what passes; nobody is told).
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass

from . import namespaces
from .namespaces import run
from .thin_line import ThinLine

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Office:
    """One place with a box and its people."""

    name: str
    namespace: str
    address: str


class Link:
    """The line between two offices."""

    def __init__(self, network: "Network", a: Office, b: Office, number: int) -> None:
        self.ends = (a, b)
        self.router = network._make(f"{a.name}-{b.name}")
        self._gateways = (f"10.78.{number}.1", f"10.78.{number}.5")
        near = (f"10.78.{number}.2", f"10.78.{number}.6")
        for index, side in enumerate(("left", "right")):
            here, there = self.ends[index], self.ends[1 - index]
            port = self._port(there)
            run("ip", "link", "add", port, "netns", here.namespace,
                "type", "veth", "peer", "name", side, "netns", self.router)
            run("ip", "-n", here.namespace, "addr", "add", f"{near[index]}/30", "dev", port)
            run("ip", "-n", self.router, "-batch", "-", given=(
                f"addr add {self._gateways[index]}/30 dev {side}\n"
                f"link set {side} up\n"))
            self._raise(index)
            run("ip", "-n", self.router, "route", "add", f"{here.address}/32",
                "via", near[index], "dev", side)
        run("ip", "netns", "exec", self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1",
            "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        self._nft("add table inet cut\nadd chain inet cut through "
                  "{ type filter hook forward priority 0; policy accept; }\n")

    def cut(self, kind: str) -> None:
        """Cuts the line; `kind` is "down" or "blackhole"."""
        {"down": self.cut_down, "blackhole": self.cut_blackhole}[kind]()

    def cut_down(self) -> None:
        """Takes the interface down at both ends."""
        for index in (0, 1):
            here, there = self.ends[index], self.ends[1 - index]
            run("ip", "-n", here.namespace, "link", "set", self._port(there), "down")

    def cut_blackhole(self) -> None:
        """Packets vanish in the router, in both directions."""
        self._nft("flush chain inet cut through\nadd rule inet cut through drop\n")

    def restore(self) -> None:
        """The line works again, whichever way it was cut."""
        self._nft("flush chain inet cut through\n")
        for index in (0, 1):
            self._raise(index)

    def throttle(self, rate: str | None) -> None:
        """Limits both directions to `rate` (tc's words: "64kbit"); None lifts the limit."""
        for side in ("left", "right"):
            if rate is None:
                run("tc", "-n", self.router, "qdisc", "del", "dev", side, "root")
            else:
                run("tc", "-n", self.router, "qdisc", "replace", "dev", side, "root",
                    "tbf", "rate", rate, "burst", "4kb", "latency", "400ms")

    def carried_bytes(self) -> int:
        """Bytes that entered the line in both directions since it was laid."""
        return self._count("rx")

    def delivered_bytes(self) -> int:
        """Those of them that left it again: without what a throttled line had no room for."""
        return self._count("tx")

    def _count(self, way: str) -> int:
        total = 0
        for side in ("left", "right"):
            shown = json.loads(run("ip", "-n", self.router, "-s", "-j", "link", "show", side))
            total += shown[0]["stats64"][way]["bytes"]
        return total

    @staticmethod
    def _port(there: Office) -> str:
        return f"to-{there.name}"[:15]

    def _raise(self, index: int) -> None:
        here, there = self.ends[index], self.ends[1 - index]
        port = self._port(there)
        run("ip", "-n", here.namespace, "-batch", "-", given=(
            f"link set {port} up\n"
            f"route replace {there.address}/32 via {self._gateways[index]} dev {port}"
            f" src {here.address}\n"))

    def _nft(self, script: str) -> None:
        run("ip", "netns", "exec", self.router, "nft", "-f", "-", given=script)


class Network:
    """The offices and lines of one test; a context manager that always takes them away again."""

    def __init__(self) -> None:
        self._number = next(_numbers)
        self._namespaces: list[str] = []
        self._offices = 0
        self._links = 0
        self._thin: list[ThinLine] = []

    def office(self, name: str) -> Office:
        """A new office with an address of its own and no line yet."""
        self._offices += 1
        address = f"10.77.{self._offices}.1"
        namespace = self._make(name)
        run("ip", "-n", namespace, "addr", "add", f"{address}/32", "dev", "lo")
        return Office(name, namespace, address)

    def join(self, a: Office, b: Office) -> Link:
        """Lays a line between two offices."""
        self._links += 1
        return Link(self, a, b, self._links)

    def join_thin(self, a: Office, b: Office, **values: object) -> ThinLine:
        """Lays a line through the shaper; `values` are those of `ThinLine.shape`."""
        self._links += 1
        line = ThinLine(a, b, self._links)
        self._thin.append(line)
        line.shape(**values)
        return line

    def _make(self, name: str) -> str:
        full = namespaces.make(f"{self._number}-{name}")
        self._namespaces.append(full)
        return full

    def close(self) -> None:
        """Takes everything away."""
        while self._thin:
            self._thin.pop().close()
        while self._namespaces:
            namespaces.remove(self._namespaces.pop())

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

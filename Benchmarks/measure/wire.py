"""What passes on a line between two offices."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass

from dakghar_harness import Link
from dakghar_harness.namespaces import run

ETHERNET_HEADER = 14


@dataclass
class Traffic:
    """Both directions together, as IP sees it: addresses, ports and acknowledgements included."""

    bytes: int
    packets: int

    def __sub__(self, other: "Traffic") -> "Traffic":
        return Traffic(self.bytes - other.bytes, self.packets - other.packets)

    def __str__(self) -> str:
        return f"{self.bytes} bytes in {self.packets} packets"


def passed(line: Link) -> Traffic:
    """Since the line was laid."""
    total = Traffic(0, 0)
    for side in ("left", "right"):
        shown = json.loads(run("ip", "-n", line.router, "-s", "-j", "link", "show", side))
        received = shown[0]["stats64"]["rx"]
        total.packets += received["packets"]
        total.bytes += received["bytes"] - ETHERNET_HEADER * received["packets"]
    return total


def prepare(line: Link) -> None:
    """Before the line is used: only what the measured programs send passes, in packets of real size."""
    for namespace in (line.router, *(end.namespace for end in line.ends)):
        # Else each interface that comes up looks for IPv6 neighbours and routers.
        run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1")
    offload_off(line)


def offload_off(line: Link) -> None:
    """Packets as they would leave a real port: else one header is counted for 64 KiB."""
    if shutil.which("ethtool") is None:
        raise SystemExit("bench_link.py needs ethtool, to count packets as a real port sends them")
    a, b = line.ends
    ports = [(line.router, "left"), (line.router, "right"),
             (a.namespace, f"to-{b.name}"[:15]), (b.namespace, f"to-{a.name}"[:15])]
    for namespace, port in ports:
        subprocess.run(
            ["ip", "netns", "exec", namespace, "ethtool", "-K", port,
             "tso", "off", "gso", "off", "gro", "off", "tx", "off"],
            check=True, capture_output=True, timeout=10)

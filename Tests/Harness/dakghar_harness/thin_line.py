"""The line between two offices through the shaper: thin, slow, lossy, and changed while it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, TYPE_CHECKING

from .namespaces import run

if TYPE_CHECKING:
    from .network import Office


class ThinLine:
    """A line whose parameters are those of `shaper.py`; to be closed."""

    def __init__(self, a: "Office", b: "Office", number: int) -> None:
        self.ends = (a, b)
        self._ports = (f"to-{b.name}"[:15], f"to-{a.name}"[:15])
        self._addresses = (f"10.79.{number}.1", f"10.79.{number}.2")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dakghar_harness.shaper", self._ports[0], a.namespace,
             self._ports[1], b.namespace],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])})
        if self._answer() != "ready":
            raise RuntimeError("the shaper did not start")
        for index in (0, 1):
            run("ip", "-n", self.ends[index].namespace, "addr", "add",
                f"{self._addresses[index]}/32", "dev", self._ports[index])
            self._raise(index)

    def shape(self, **values: Any) -> None:
        """Changes both directions: rate (bit/s or None), delay, jitter (s), loss (0 to 1), queue."""
        self._order(up=values, down=values)

    def shape_up(self, **values: Any) -> None:
        """Changes the direction from the first office to the second."""
        self._order(up=values)

    def shape_down(self, **values: Any) -> None:
        """Changes the direction from the second office to the first."""
        self._order(down=values)

    def cut(self, kind: str) -> None:
        """Cuts the line; `kind` is "down" (both interfaces) or "blackhole"."""
        if kind == "blackhole":
            self._order(blackhole=True)
            return
        assert kind == "down"
        for index in (0, 1):
            run("ip", "-n", self.ends[index].namespace, "link", "set", self._ports[index], "down")

    def restore(self) -> None:
        """The line works again, whichever way it was cut."""
        self._order(blackhole=False)
        for index in (0, 1):
            self._raise(index)

    def counters(self) -> dict[str, dict[str, float]]:
        """Packets and bytes that arrived, lost, dropped by the full queue, seconds without anything to
        send; for "up" and "down"."""
        return self._order()

    def close(self) -> None:
        """Ends the shaper; its devices go with it."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)

    def _order(self, **order: Any) -> dict[str, dict[str, float]]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        counters: dict[str, dict[str, float]] = json.loads(self._answer())
        return counters

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _raise(self, index: int) -> None:
        here, there = self.ends[index], self.ends[1 - index]
        port = self._ports[index]
        run("ip", "-n", here.namespace, "-batch", "-", given=(
            f"link set {port} mtu 1500 up\n"
            f"route replace {there.address}/32 dev {port} src {here.address}\n"))

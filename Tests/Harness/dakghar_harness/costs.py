"""What a box asks of the C library and of the disk, counted while it runs: no times."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import astuple, dataclass
from pathlib import Path

from .box import EXECUTABLE, Box

SOURCE = Path(__file__).parents[1] / "count_calls.c"


@dataclass
class Costs:
    """Since the start of the process, or between two looks."""

    #: Calls of malloc and its like, and the bytes that they asked for.
    allocations: float
    allocated: float
    syncs: float
    #: Bytes that were handed to the disk.
    written: float

    def __sub__(self, other: "Costs") -> "Costs":
        return Costs(*(mine - its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def each(self, count: int) -> "Costs":
        return Costs(*(value / count for value in astuple(self)))


def reason_unavailable() -> str | None:
    """Why nothing can be counted, or None."""
    if shutil.which("cc") is None:
        return "needs a C compiler"
    kind = subprocess.run(["ldd", EXECUTABLE], capture_output=True, text=True, check=False)
    return "needs a dynamic executable" if "not a dynamic" in kind.stdout + kind.stderr else None


class Counter:
    """Of one box that is not started yet."""

    def __init__(self, box: Box) -> None:
        self._box = box
        library = box.directory.parent / f"{box.directory.name}-count.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
        self._file = box.directory.parent / f"{box.directory.name}-counts"
        box.wrapper = ["env", f"LD_PRELOAD={library}", f"COUNT_CALLS={self._file}"]

    def look(self) -> Costs:
        allocations, allocated, syncs = struct.unpack("=3Q", self._file.read_bytes())
        written = next(int(line.split()[1]) for line in Path(f"/proc/{self._box.pid}/io").read_text().splitlines()
                       if line.startswith("write_bytes"))
        return Costs(allocations, allocated, syncs, written)

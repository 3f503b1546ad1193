"""What a box asks of the C library and of the disk, counted while it runs: no times."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import astuple, dataclass
from pathlib import Path

from .box import EXECUTABLE, Box
from .waiting import until

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


def reason_without_instructions() -> str | None:
    """Why instructions cannot be counted, or None."""
    missing = [name for name in ("valgrind", "callgrind_control", "strip") if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


class InstructionCounter:
    """Counts what the threads of one box execute outside the kernel, under callgrind: some fifty times slower."""

    #: Seconds until such a box serves, on a machine that does something else, too.
    START_SECONDS = 120

    def __init__(self, box: Box) -> None:
        self._box = box
        self._folder = box.directory.parent
        # Valgrind stumbles over the debugger's part of it.
        stripped = self._folder / f"{box.directory.name}-stripped"
        subprocess.run(["strip", "--strip-debug", "-o", stripped, EXECUTABLE], check=True)
        box.wrapper = [
            "sh", "-c", 'stripped="$1"; out="$2"; shift 3; exec valgrind -q --tool=callgrind '
            '--callgrind-out-file="$out" "$stripped" "$@"', "sh", str(stripped), str(self._folder / "callgrind")]

    def start(self) -> None:
        self._box.start(wait=False)
        until(lambda: self._box.reachable(5222), within=self.START_SECONDS, look=0.2,
              what=lambda: f"the box serves under callgrind\n{self._box.log_tail()}")

    def since_last(self) -> int:
        """Instructions since the last look, or since the start."""
        before = set(self._folder.glob("callgrind.*"))
        subprocess.run(["callgrind_control", "-d", str(self._box.pid)], check=True, capture_output=True, timeout=60)

        def dumped() -> int | None:
            """The document ends with its totals."""
            found = sorted(set(self._folder.glob("callgrind.*")) - before)
            totals = [line for path in found for line in path.read_text(errors="replace").splitlines()
                      if line.startswith("totals:")]
            return int(totals[0].split()[1]) if totals else None

        return until(dumped, within=60, what="callgrind writes down what it has counted")

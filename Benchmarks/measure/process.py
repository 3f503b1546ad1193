"""Counters that the kernel keeps of a process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass
class Counters:
    """Since the start of the process."""

    cpu_ms: float
    disk_bytes: int


@dataclass
class Memory:
    """KiB of one process now."""

    resident: int
    #: Private and anonymous: what nobody else could use or read back from a file.
    private: int


def counters(pid: int) -> Counters:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    written = next(int(line.split()[1]) for line in Path(f"/proc/{pid}/io").read_text().splitlines()
                   if line.startswith("write_bytes"))
    return Counters((int(fields[11]) + int(fields[12])) * TICK_MS, written)


def memory(pid: int) -> Memory:
    kib = {line.split(":")[0]: int(line.split()[1])
           for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]}
    return Memory(kib["Rss"], kib["Anonymous"])

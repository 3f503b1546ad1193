"""What the measurements share: counters of a process, the load generator, Prosody to compare with."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Harness"))

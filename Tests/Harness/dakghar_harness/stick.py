"""Files of `bundle export`, carried by hand."""

from __future__ import annotations

import json
import resource
import subprocess
from pathlib import Path
from typing import Any

from .box import EXECUTABLE, Box


def export(box: Box, peer: str, file: Path, *more: str) -> dict[str, Any]:
    """The document of `bundle export`."""
    return json.loads(box.command("bundle", "export", "--for", peer, str(file), *more, "--json"))


def take(box: Box, file: Path) -> dict[str, Any]:
    """The document of `bundle import`."""
    return json.loads(box.command("bundle", "import", str(file), "--json"))


def run(box: Box, *arguments: str, file_bytes: int | None = None, survives: bool = False
        ) -> subprocess.CompletedProcess[str]:
    """A `bundle` command with its exit code. Beyond `file_bytes` the kernel lets it write no more: it
    kills the command, or refuses the write (`survives`)."""
    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    return subprocess.run(
        [str(EXECUTABLE), "bundle", *arguments, "--dir", str(box.directory)], text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=60, preexec_fn=limit,
        restore_signals=not survives)


def carry(source: Box, target: Box, file: Path, *more: str) -> dict[str, Any]:
    """From one box to the other; what was taken."""
    export(source, target.name, file, *more)
    return take(target, file)

"""Runs the load generator against a server."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import ROOT
from .server import Server

PASSWORD = "correct horse battery staple"


def generator() -> Path:
    """The executable beside the box's, built if it is not there."""
    box = Path(os.environ.get("DAKGHAR", ROOT / ".build/release/dakghar")).resolve()
    path = Path(os.environ.get("DAKGHAR_LOAD", box.parent / "dakghar-load"))
    if not path.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", "dakghar-load"],
                       cwd=ROOT, check=True)
        path = ROOT / ".build/release/dakghar-load"
    return path


class Failed(Exception):
    """The load generator has no result: a client was refused, or lost its stream."""


def people(count: int) -> list[str]:
    """So many local parts, always the same ones."""
    return [f"u{number}" for number in range(1, count + 1)]


#: Of whom a run makes use without `users`.
USERS = people(20)


def run(server: Server, *options: object, limit: float = 300, users: list[str] | None = None,
        at: Callable[[str], None] = lambda phase: None) -> dict[str, Any]:
    """One run; `at` is called when a phase begins: connected, measuring, measured."""
    command = [str(generator()), "--host", server.host, "--port", "5222", "--domain", server.domain,
               "--users", ",".join(users or USERS), "--password", PASSWORD, *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        said = []
        try:
            for line in process.stderr:
                said.append(line.strip())
                at(said[-1])
            output = process.stdout.read()
            process.wait(timeout=limit)
        finally:
            process.kill()
    if process.returncode != 0:
        raise Failed(f"the load generator ended with {process.returncode}: {said[-1:]}")
    return json.loads(output)

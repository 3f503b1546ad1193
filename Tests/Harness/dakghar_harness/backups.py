"""`backup` and `restore` as commands."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from .box import EXECUTABLE, Box


def back_up(box: Box, file: Path, *more: str) -> dict[str, Any]:
    """The document of `backup`; the recovery key is in it when this one made it."""
    return json.loads(box.command("backup", str(file), *more, "--json"))


def restore(box: Box, file: Path, key: str) -> subprocess.CompletedProcess[str]:
    """`restore` into the directory of the box."""
    return subprocess.run(
        [str(EXECUTABLE), "restore", str(file), "--json", "--dir", str(box.directory)], input=key + "\n",
        text=True, capture_output=True, timeout=60)


def lose(box: Box) -> None:
    """The box is killed and its disk is gone."""
    box.kill()
    shutil.rmtree(box.directory)

"""Searching files for what must not be readable in them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path


def disguises(sentence: str) -> list[bytes]:
    """The sentence as it may stand in a file: plain, UTF-16, and base64 at each of its three offsets."""
    plain = sentence.encode()
    shapes = [plain, sentence.encode("utf-16-le")]
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + plain)
        # The first and last characters depend on the neighbours: leave them out.
        shapes.append(encoded[(4, 4, 4)[offset]:len(encoded) - 4])
    return shapes


def found_in(files: Iterable[Path], sentence: str) -> list[str]:
    """Which files hold the sentence, and in which shape."""
    shapes = disguises(sentence)
    found = []
    for path in files:
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found += [f"{path}: {shape!r}" for shape in shapes if shape in content]
    return found

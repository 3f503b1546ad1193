"""A server under load: our box, or another product in the same place."""

from __future__ import annotations

from typing import Protocol


class Server(Protocol):
    """Where it listens for clients, and which process to count."""

    host: str
    domain: str

    @property
    def pid(self) -> int: ...

"""One asyncio loop in one thread for all slixmpp clients: tests stay plain, blocking Python."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Value = TypeVar("Value")


class ClientLoop:
    """The loop and its thread, started at first use."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=self._loop.run_forever, name="clients", daemon=True)
                thread.start()
            return self._loop

    def run(self, work: Coroutine[Any, Any, Value], *, within: float) -> Value:
        """Runs a coroutine on the loop and returns its value."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(timeout=within)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise AssertionError(f"not within {within:g} s: {work.__qualname__}") from None

    def call(self, work: Callable[[], Value], *, within: float = 5) -> Value:
        """Calls a function on the loop's thread and returns its value."""

        async def wrapped() -> Value:
            return work()

        return self.run(wrapped(), within=within)


clients = ClientLoop()

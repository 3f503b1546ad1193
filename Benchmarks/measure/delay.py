"""A line that takes its time: what goes in comes out after a fixed delay, in both directions."""

from __future__ import annotations

import asyncio
import dataclasses
import threading

from dakghar_harness.box import loopback_host
from dakghar_harness.compliance import Target


class Line:
    """Between a client and a target; a context manager that gives the target as it is seen from afar."""

    def __init__(self, target: Target, *, one_way: float) -> None:
        self.target, self.one_way = target, one_way
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Target:
        host = loopback_host()
        ready = threading.Event()

        async def serve() -> None:
            for port in (self.target.port, self.target.direct_tls_port):
                await asyncio.start_server(self._accept(port), host, port)
            ready.set()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.create_task(serve())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert ready.wait(10), "the line does not open"
        return dataclasses.replace(self.target, host=host)

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def _accept(self, port: int):
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection(self.target.host, port)
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        return accept

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each piece leaves `one_way` after it came, whatever comes behind it."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                data = await reader.read(65_536)
            except ConnectionError:
                data = b""
            if not data:
                loop.call_later(self.one_way, writer.close)
                return
            loop.call_later(self.one_way, writer.write, data)

#!/usr/bin/env python3
"""Messages in a room with 1 to 200 occupants: the server's processor time for each message and each copy of it.

One of the occupants writes, all read. DAKGHAR names the executable.
"""

from __future__ import annotations

import os
import selectors
import ssl
import time
from dataclasses import dataclass

from measure import contenders, load, process
from measure.contenders import Contender
from measure.results import Results
from measure.writer import log_in

from dakghar_harness.raw import RawStream

OCCUPANTS = [int(count) for count in os.environ.get("BENCH_OCCUPANTS", "1,10,50,200").split(",")]
FORM = ("<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
        "<field var='muc#roomconfig_maxusers'><value>1000</value></field>")
#: Copies that each size delivers, all occupants together.
COPIES = 20_000
#: Messages that are written before all of their copies have been read.
BURST = 20


@dataclass
class Occupant:
    """Somebody in the room, of whose stream only the ends of messages are counted."""

    stream: RawStream
    read: int = 0
    tail: bytes = b""

    def take(self) -> None:
        try:
            while True:
                data = self.stream.socket.recv(65_536)
                if not data:
                    raise SystemExit("an occupant's stream ended")
                data = self.tail + data
                self.read += data.count(b"</message>")
                self.tail = data[-9:]
        except (ssl.SSLWantReadError, BlockingIOError):
            return


class Crowd:
    """Everybody in one room."""

    def __init__(self, server: Contender, room: str, count: int) -> None:
        self.room = room
        self._selector = selectors.DefaultSelector()
        self.everybody = [self._enter(server, number) for number in range(count)]

    def _enter(self, server: Contender, number: int) -> Occupant:
        stream = log_in(server, f"u{number + 1}", "room")
        stream.send(f"<presence to='{self.room}/nick{number}'><x xmlns='http://jabber.org/protocol/muc'>"
                    "<history maxstanzas='0'/></x></presence>")
        if number == 0:
            # The first one makes it; without this it is locked (XEP-0045, 10.1.2).
            own = "{http://jabber.org/protocol/muc#user}"
            while stream.expect("{jabber:client}presence").find(f"{own}x/{own}status") is None:
                pass
            # Our rooms take a hundred people unless they are told; the others' are configured.
            most = FORM if server.title.startswith("Dakghar") else ""
            stream.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'>"
                       f"<x xmlns='jabber:x:data' type='submit'>{most}</x></query>", to=self.room)
        else:
            # The subject is the last thing that somebody gets who enters.
            while stream.expect("{jabber:client}message").find("{jabber:client}subject") is None:
                pass
        stream.socket.setblocking(False)
        occupant = Occupant(stream)
        self._selector.register(stream.socket, selectors.EVENT_READ, occupant)
        return occupant

    def settle(self) -> None:
        """Until nothing comes any more; then counts from 0."""
        while any(self._pump(0.5)):
            pass
        for occupant in self.everybody:
            occupant.read = 0

    def _pump(self, seconds: float) -> list[Occupant]:
        ready = [key.data for key, _ in self._selector.select(seconds)]
        for occupant in ready:
            occupant.take()
        return ready

    def write(self, count: int) -> None:
        """Writes in bursts; each is read by all before the next."""
        writer, written = self.everybody[0].stream, 0
        while written < count:
            burst = min(BURST, count - written)
            writer.socket.setblocking(True)
            writer.send("".join(
                f"<message to='{self.room}' type='groupchat' id='r{written + i}'><body>{'word ' * 20}</body></message>"
                for i in range(burst)))
            writer.socket.setblocking(False)
            written += burst
            limit = time.monotonic() + 60
            while any(occupant.read < written for occupant in self.everybody):
                self._pump(1)
                if time.monotonic() > limit:
                    raise SystemExit(f"{self.room}: copies are missing")

    def leave(self) -> None:
        for occupant in self.everybody:
            occupant.stream.close()
        self._selector.close()


def measure(server: Contender, count: int, results: Results) -> None:
    crowd = Crowd(server, f"room{count}@rooms.{server.domain}", count)
    try:
        crowd.write(BURST)
        crowd.settle()
        most = 20_000 if server.title.startswith("Dakghar") else 1_000
        messages = min(most, max(40, COPIES // count))
        before = process.counters(server.pid)
        crowd.write(messages)
        after = process.counters(server.pid)
    finally:
        crowd.leave()
    cpu = max(process.TICK_MS, after.cpu_ms - before.cpu_ms)
    results.add("room: CPU of a message", server.title, cpu / messages, "ms", work=count, of="occupants")
    results.add("room: CPU of a copy", server.title, cpu / messages / count, "ms", work=count, of="occupants")


def main() -> None:
    results = Results("rooms")
    with contenders.all_running(load.people(max(OCCUPANTS)), memory_only=False) as servers:
        for count in OCCUPANTS:
            for server in servers:
                measure(server, count, results)
    results.save()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Paging through archives of 1,000, 10,000 and 100,000 messages, 100 a page: the server's processor time
for a page at the end, in the middle and through the whole.

Prosody's and ejabberd's archives are filled as far as they get in BENCH_FILL_SECONDS (60). DAKGHAR
names the executable.
"""

from __future__ import annotations

import os
import time

from measure import contenders, load, process
from measure.contenders import Contender
from measure.results import Results
from measure.writer import Writer, log_in

SIZES = [int(size) for size in os.environ.get("BENCH_ARCHIVE", "1000,10000,100000").split(",")]
FILL_SECONDS = float(os.environ.get("BENCH_FILL_SECONDS", "60"))
PAGE = 100
#: Pages over which a cost is taken.
PAGES = 100

ARCHIVE = "{urn:xmpp:mam:2}"
RSM = "{http://jabber.org/protocol/rsm}"


class Reader:
    """The owner of the archive, page by page."""

    def __init__(self, server: Contender, user: str) -> None:
        self.stream = log_in(server, user, "reader")

    def page(self, where: str) -> tuple[str | None, bool]:
        """The id to go on with, and whether that was all. `where`: of RSM, `<after>…</after>`."""
        answer = self.stream.ask(
            "set", f"<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>{PAGE}</max>"
            f"{where}</set></query>", within=60)
        fin = answer.find(f"{ARCHIVE}fin")
        if fin is None:
            raise SystemExit("an archive does not answer")
        return fin.findtext(f"{RSM}set/{RSM}last"), fin.get("complete") == "true"

    def all_of_it(self, most: int) -> int:
        """Pages read, `most` at most."""
        where, pages = "", 0
        while pages < most:
            last, complete = self.page(where)
            pages += 1
            if complete or last is None:
                break
            where = f"<after>{last}</after>"
        return pages

    def last_pages(self, count: int) -> None:
        for _ in range(count):
            self.page("<before/>")


def cost(server: Contender, pages: int, work) -> float:
    before = process.counters(server.pid).cpu_ms
    done = work() or pages
    return max(process.TICK_MS, process.counters(server.pid).cpu_ms - before) / done


def main() -> None:
    results = Results("archive")
    with contenders.all_running(load.people(4), memory_only=False, bare=False) as servers:
        for server in servers:
            writer, reader = Writer(server, "u1"), Reader(server, "u2")
            began, filled = time.monotonic(), 0
            for size in SIZES:
                chunk = 1_000
                while filled < size and (server.title == "Dakghar" or time.monotonic() - began < FILL_SECONDS):
                    writer.write(f"u2@{server.domain}", min(chunk, size - filled))
                    filled += min(chunk, size - filled)
                if filled < size:
                    print(f"note: {server.title}: {filled} messages after {FILL_SECONDS:.0f} s of writing; "
                          "it goes no further")
                    break
                for figure, work in (("newest page", lambda: reader.last_pages(PAGES)),
                                     ("page of the whole", lambda: reader.all_of_it(size // PAGE))):
                    results.add(f"archive: CPU of a {figure}", server.title, cost(server, PAGES, work), "ms",
                                work=size, of="messages")
            writer.close()
            reader.stream.close()
    results.save()


if __name__ == "__main__":
    main()

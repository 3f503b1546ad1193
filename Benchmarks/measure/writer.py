"""One person who writes many messages quickly, with stream management, and waits for the acknowledgements."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

from dakghar_harness.raw import MANAGEMENT, RawStream

from . import load, payloads

if TYPE_CHECKING:
    from .contenders import Contender

#: Messages between two requests for an acknowledgement, and how many may be without one.
BURST = 200
WINDOW = 1_000


def log_in(server: "Contender", user: str, resource: str, *, within: float = 60) -> RawStream:
    """A stream with a resource bound; no presence sent."""
    stream = RawStream(server.host, 5222, domain=server.domain, root=server.root_certificate, within=within)
    # The other servers' certificates are good for what they are called, and made by nobody.
    stream.context.check_hostname = False
    if not server.title.startswith("Dakghar"):
        stream.context.verify_mode = ssl.CERT_NONE
    return stream.login(user, load.PASSWORD, resource=resource)


class Writer:
    """`write` returns when the server has acknowledged all of it."""

    def __init__(self, server: "Contender", user: str) -> None:
        self.stream = log_in(server, user, "writer")
        self.stream.enable()
        self._written = 0
        self._acknowledged = 0
        self._texts = payloads.written(997, seed=7)

    def write(self, to: str, count: int, kind: str = "chat") -> float:
        """Returns how many seconds it took."""
        began = time.monotonic()
        left = count
        while left:
            burst = min(BURST, left)
            numbers = range(self._written, self._written + burst)
            self.stream.send("".join(
                f"<message to='{to}' type='{kind}' id='w{number}'><body>{self._texts[number % 997]}</body>"
                "</message>" for number in numbers) + "<r xmlns='urn:xmpp:sm:3'/>")
            self._written += burst
            left -= burst
            while self._written - self._acknowledged > WINDOW - BURST:
                self._read()
        while self._acknowledged < self._written:
            self._read()
        return time.monotonic() - began

    def _read(self) -> None:
        element = self.stream.expect(f"{MANAGEMENT}a", f"{MANAGEMENT}r")
        if element.tag == f"{MANAGEMENT}a":
            self._acknowledged = int(element.get("h", "0"))
        else:
            # What came here are answers, which nobody counts in these runs.
            self.stream.send("<a xmlns='urn:xmpp:sm:3' h='0'/>")

    def close(self) -> None:
        self.stream.close()

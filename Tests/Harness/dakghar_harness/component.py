"""External components (XEP-0114): by hand, and an app server for push (XEP-0357) at slixmpp."""

from __future__ import annotations

import asyncio
import hashlib
import xml.etree.ElementTree as ET

from slixmpp import ComponentXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from .box import Box
from .loop import clients
from .raw import RawStream
from .waiting import until

NAMESPACE = "jabber:component:accept"
COMPONENT = f"{{{NAMESPACE}}}"
PORT = 5347
SECRET = "a secret of sixteen bytes or more"


def configure_component(box: Box, name: str) -> str:
    """Adds a component to the configuration of a box that does not run; its domain."""
    domain = f"{name}.{box.domain}"
    secret = box.directory / f"{name}.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    box.configure("listen", components=f"{box.host}:{PORT}")
    with box.configuration.open("a") as file:
        file.write(f'\n[[components]]\ndomain = "{domain}"\nname = "{name.title()}"\n'
                   f'secret-file = "{secret}"\n')
    return domain


class RawComponent(RawStream):
    """A component whose every byte is the test's own."""

    def __init__(self, box: Box, domain: str) -> None:
        super().__init__(box.host, PORT, domain=domain, namespace=box.namespace)

    def open(self) -> str:  # type: ignore[override]
        """Opens the stream; its id."""
        self.send(f"<?xml version='1.0'?><stream:stream xmlns='{NAMESPACE}' "
                  f"xmlns:stream='http://etherx.jabber.org/streams' to='{self.domain}'>")
        while self._root is None:
            self._feed(self.socket.recv(65536))
        return self._root.get("id", "")

    def login(self, secret: str = SECRET) -> "RawComponent":
        """Opens the stream and shows the secret."""
        stream_id = self.open()
        proof = hashlib.sha1((stream_id + secret).encode()).hexdigest()
        self.send(f"<handshake>{proof}</handshake>")
        assert self.next().tag == COMPONENT + "handshake"
        return self


class PushServer:
    """An app server: a component that notes what is published and answers it."""

    def __init__(self, box: Box, domain: str) -> None:
        self.domain = domain
        #: Every published iq, in order.
        self.published: list[ET.Element] = []
        #: A condition with which everything is answered, or none: then with a result.
        self.refusal: str | None = None
        self._box = box
        self._stream: ComponentXMPP | None = None

    def start(self) -> "PushServer":
        async def make() -> ComponentXMPP:
            stream = ComponentXMPP(self.domain, SECRET, self._box.host, PORT)
            stream.register_handler(Callback(
                "published", MatchXPath(f"{COMPONENT}iq"), lambda iq: self._receive(iq.xml)))
            started = asyncio.get_running_loop().create_future()
            stream.add_event_handler("session_start", started.set_result)
            stream.connect()
            await asyncio.wait_for(started, 5)
            return stream
        self._stream = clients.run(make(), within=6)
        return self

    def _receive(self, xml: ET.Element) -> None:
        if xml.get("type") not in ("get", "set") or self._stream is None:
            return
        self.published.append(xml)
        content = "" if self.refusal is None else (
            f"<error type='cancel'><{self.refusal} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "</error>")
        self._stream.send_raw(
            f"<iq type='{'error' if self.refusal else 'result'}' id='{xml.get('id')}' "
            f"from='{self.domain}' to='{xml.get('from')}'>{content}</iq>")

    def hears(self, count: int, *, within: float = 10) -> ET.Element:
        """Waits for so many notifications; the last of them."""
        until(lambda: len(self.published) >= count, within=within,
              what=lambda: f"{count} notifications; there are {len(self.published)}")
        return self.published[count - 1]

    def stop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            clients.call(stream.abort)

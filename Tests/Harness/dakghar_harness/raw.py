"""An XMPP stream by hand, on a blocking socket: for what no well-behaved client would send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import socket
import ssl
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

from . import namespaces
from .messages import condition
from .sasl import END_POINT, end_point_binding

if TYPE_CHECKING:
    from .box import Box

STREAM = "{http://etherx.jabber.org/streams}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
MANAGEMENT = "{urn:xmpp:sm:3}"
CLIENT = "{jabber:client}"


class StreamEnded(AssertionError):
    """The other side ended the stream; `condition` is that of the stream error, if there was one."""

    def __init__(self, name: str | None) -> None:
        super().__init__(f"the stream ended: {name}")
        self.condition = name


class RawStream:
    """A stream whose every byte is the test's own."""

    def __init__(self, host: str, port: int, *, domain: str, root: Path | None = None,
                 namespace: str | None = None, source: str | None = None,
                 direct_tls: bool = False, within: float = 10) -> None:
        self.domain = domain
        self.within = within
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if root is not None:
            self.context.load_verify_locations(cafile=root)
        with namespaces.inside(namespace):
            self.socket = socket.socket()
            if source:
                self.socket.bind((source, 0))
        self.socket.settimeout(within)
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.features: ET.Element | None = None
        if direct_tls:
            self._secure()
        self._reset()

    @classmethod
    def to(cls, box: "Box", *, direct_tls: bool = False, source: str | None = None,
           within: float = 10) -> "RawStream":
        return cls(box.host, 5223 if direct_tls else 5222, domain=box.domain,
                   root=box.root_certificate, namespace=box.namespace, source=source,
                   direct_tls=direct_tls, within=within)

    # -- bytes ---------------------------------------------------------------------------------

    def send(self, data: str | bytes) -> None:
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def close(self) -> None:
        """Cuts the connection without ending the stream."""
        self.socket.close()

    def __enter__(self) -> "RawStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _secure(self) -> None:
        self.socket = self.context.wrap_socket(self.socket, server_hostname=self.domain)

    def _reset(self) -> None:
        self._parser = ET.XMLPullParser(("start", "end"))
        self._depth = 0
        self._root: ET.Element | None = None
        self._ready: list[ET.Element] = []
        self._ended = False

    def _feed(self, data: bytes) -> None:
        self._parser.feed(data)
        for event, element in self._parser.read_events():
            if event == "start":
                if self._depth == 0:
                    self._root = element
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth == 1:
                    self._ready.append(element)
                    if self._root is not None:
                        self._root.remove(element)
                elif self._depth == 0:
                    self._ended = True

    def next(self, *, within: float | None = None) -> ET.Element:
        """The next child of the stream; raises `StreamEnded`, also with a stream error's name."""
        limit = time.monotonic() + (within or self.within)
        while not self._ready:
            if self._ended:
                raise StreamEnded(None)
            self.socket.settimeout(max(0.01, limit - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError) as error:
                if isinstance(error, ssl.SSLError) and "timed out" in str(error):
                    raise AssertionError("no stanza in time") from None
                raise StreamEnded(None) from None
            except TimeoutError:
                raise AssertionError("no stanza in time") from None
            finally:
                self.socket.settimeout(self.within)
            if not data:
                raise StreamEnded(None)
            self._feed(data)
        element = self._ready.pop(0)
        if element.tag == f"{STREAM}error":
            raise StreamEnded(condition(element))
        return element

    def expect(self, *tags: str, within: float | None = None) -> ET.Element:
        """The next child with one of these tags; others are passed over."""
        limit = time.monotonic() + (within or self.within)
        while True:
            element = self.next(within=max(0.01, limit - time.monotonic()))
            if element.tag in tags:
                return element

    def end(self, *, within: float = 10) -> str | None:
        """Reads until the stream ends; the condition of its stream error."""
        limit = time.monotonic() + within
        while time.monotonic() < limit:
            try:
                self.next(within=max(0.01, limit - time.monotonic()))
            except StreamEnded as ended:
                return ended.condition
        raise AssertionError(f"the stream does not end within {within:g} s")

    # -- the stream -----------------------------------------------------------------------------

    def header(self) -> str:
        return ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' "
                f"to='{self.domain}'>")

    def open(self) -> ET.Element:
        """A new stream header; returns the features."""
        self._reset()
        self.send(self.header())
        self.features = self.expect(f"{STREAM}features")
        return self.features

    def start_tls(self) -> "RawStream":
        self.open()
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.expect("{urn:ietf:params:xml:ns:xmpp-tls}proceed")
        self._secure()
        return self

    def mechanisms(self) -> list[str]:
        assert self.features is not None
        return [m.text or "" for m in self.features.findall(f"{SASL}mechanisms/{SASL}mechanism")]

    def authenticate(self, user: str, password: str, mechanism: str = "SCRAM-SHA-256",
                     *, flag: bytes | None = None) -> None:
        """SCRAM (RFC 5802); `flag` overrides the channel-binding flag ("y", "n")."""
        plus = mechanism.endswith("-PLUS")
        algorithm = mechanism.removeprefix("SCRAM-").removesuffix("-PLUS")
        digest = {"SHA-1": "sha1", "SHA-256": "sha256"}[algorithm]
        gs2 = (END_POINT if plus else flag or b"n") + b",,"
        binding = b""
        if plus:
            assert isinstance(self.socket, ssl.SSLSocket)
            binding = end_point_binding(self.socket.getpeercert(True) or b"")
        nonce = base64.b64encode(os.urandom(18))
        bare = b"n=" + user.encode() + b",r=" + nonce
        encoded = base64.b64encode(gs2 + bare).decode()
        self.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                  f"mechanism='{mechanism}'>{encoded}</auth>")
        server_first = base64.b64decode(self._sasl_step("challenge"))
        fields = dict(part.split(b"=", 1) for part in server_first.split(b","))
        assert fields[b"r"].startswith(nonce), "the box changed our nonce"
        final = b"c=" + base64.b64encode(gs2 + binding) + b",r=" + fields[b"r"]
        salted = hashlib.pbkdf2_hmac(
            digest, password.encode(), base64.b64decode(fields[b"s"]), int(fields[b"i"]))
        covered = bare + b"," + server_first + b"," + final
        client_key = hmac.digest(salted, b"Client Key", digest)
        signature = hmac.digest(hashlib.new(digest, client_key).digest(), covered, digest)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        response = base64.b64encode(final + b",p=" + base64.b64encode(proof)).decode()
        self.send(f"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{response}</response>")
        success = base64.b64decode(self._sasl_step("success"))
        server_key = hmac.digest(salted, b"Server Key", digest)
        expected = base64.b64encode(hmac.digest(server_key, covered, digest))
        assert success == b"v=" + expected, "the box does not know the password"

    def _sasl_step(self, wanted: str) -> str:
        element = self.expect(f"{SASL}{wanted}", f"{SASL}failure")
        if element.tag == f"{SASL}failure":
            raise Denied(element[0].tag.removeprefix(SASL))
        return element.text or ""

    def login(self, user: str, password: str, *, resource: str = "raw",
              mechanism: str = "SCRAM-SHA-256") -> "RawStream":
        """STARTTLS (if needed), SASL, bind."""
        if not isinstance(self.socket, ssl.SSLSocket):
            self.start_tls()
        self.open()
        self.authenticate(user, password, mechanism)
        self.open()
        self.bind(resource)
        return self

    def bind(self, resource: str) -> str:
        answer = self.ask("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                          f"<resource>{resource}</resource></bind>")
        return answer.findtext("{urn:ietf:params:xml:ns:xmpp-bind}bind/"
                               "{urn:ietf:params:xml:ns:xmpp-bind}jid") or ""

    def ask(self, kind: str, payload: str, *, to: str | None = None,
            within: float | None = None) -> ET.Element:
        """Sends an IQ and returns its answer, whatever it is."""
        name = base64.b32encode(os.urandom(5)).decode()
        address = f" to='{to}'" if to else ""
        self.send(f"<iq type='{kind}' id='{name}'{address}>{payload}</iq>")
        limit = time.monotonic() + (within or self.within)
        while True:
            element = self.next(within=max(0.01, limit - time.monotonic()))
            if element.tag == f"{CLIENT}iq" and element.get("id") == name:
                return element

    # -- stream management (XEP-0198) -----------------------------------------------------------

    def enable(self) -> str | None:
        """Enables stream management with resumption; the SM-ID."""
        self.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
        return self.expect(f"{MANAGEMENT}enabled").get("id")

    def resume(self, identity: str, handled: int = 0) -> ET.Element:
        """`<resume/>`; the `<resumed/>` or `<failed/>` that answers it."""
        self.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{identity}' h='{handled}'/>")
        return self.expect(f"{MANAGEMENT}resumed", f"{MANAGEMENT}failed")


class Denied(AssertionError):
    """SASL failed, with this condition."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.condition = name

"""Web: WebSocket, BOSH, and where a browser finds them."""

from __future__ import annotations

import contextlib
import json
import xml.etree.ElementTree as ET

from ..web import Web, WebSocket
from .core import logged_in
from .session import CLIENT, SASL, STREAM, Scram, brief
from .target import Target

FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
HTTPBIND = "http://jabber.org/protocol/httpbind"
BIND = "<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
PING = ("<iq xmlns='jabber:client' type='get' id='p' to='{}'><ping xmlns='urn:xmpp:ping'/></iq>")


def mechanisms(features: ET.Element) -> list[str]:
    return [m.text or "" for m in features.iter(f"{SASL}mechanism")]


class Framed:
    """RFC 7395: every stanza a WebSocket message."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.socket = WebSocket(target, path=target.websocket_path)  # type: ignore[arg-type]
        assert self.socket.status == 101, self.socket.head
        assert "sec-websocket-protocol:xmpp" in self.socket.head.replace(": ", ":"), self.socket.head

    def next(self, *tags: str) -> ET.Element:
        """The next element with one of these tags."""
        while True:
            opcode, data = self.socket.next()
            assert opcode == 1, (opcode, data)
            element = ET.fromstring(data)
            if element.tag in tags:
                return element

    def open(self) -> ET.Element:
        self.socket.send(f"<open xmlns='{FRAMING}' to='{self.target.domain}' version='1.0'/>")
        assert self.next(f"{{{FRAMING}}}open", f"{{{FRAMING}}}close").tag.endswith("}open")
        return self.next(f"{STREAM}features")

    def log_in(self, local: str) -> None:
        exchange = Scram.best(local, self.target.password, mechanisms(self.open()))
        self.socket.send(f"<auth xmlns='{SASL[1:-1]}' mechanism='{exchange.mechanism}'>"
                         f"{exchange.first}</auth>")
        challenge = self.next(f"{SASL}challenge", f"{SASL}failure")
        assert challenge.tag == f"{SASL}challenge", brief(challenge)
        self.socket.send(f"<response xmlns='{SASL[1:-1]}'>{exchange.final(challenge.text or '')}</response>")
        exchange.knows_us(self.next(f"{SASL}success").text or "")
        self.open()
        self.socket.send(BIND)
        assert self.next(f"{CLIENT}iq").get("type") == "result"


def websocket(target: Target) -> None:
    """Login, a message in and out."""
    with contextlib.ExitStack() as stack:
        bob = logged_in(target, stack, "bob")
        local = target.account("alice")
        framed = Framed(target)
        stack.callback(framed.socket.close)
        framed.log_in(local)
        framed.socket.send("<presence xmlns='jabber:client'/>")
        framed.socket.send(f"<message xmlns='jabber:client' to='{bob.bare}' type='chat'>"
                           "<body>from a browser</body></message>")
        sender = bob.message("from a browser").get("from")
        bob.send(f"<message to='{sender}' type='chat'><body>to a browser</body></message>")
        assert framed.next(f"{CLIENT}message").findtext(f"{CLIENT}body") == "to a browser"


class Bosh:
    """XEP-0206: stanzas in the bodies of requests and answers."""

    def __init__(self, target: Target) -> None:
        self.target, self.rid, self.sid = target, 4_711, ""
        self._waiting: list[ET.Element] = []
        body = self.post("", to=target.domain, wait="5", hold="1", ver="1.6",
                         **{"xml:lang": "en", "xmlns:xmpp": "urn:xmpp:xbosh", "xmpp:version": "1.0"})
        self.sid = body.get("sid", "")
        assert self.sid, brief(body)

    def post(self, content: str, **attributes: str) -> ET.Element:
        given = {"rid": str(self.rid), **attributes} | ({"sid": self.sid} if self.sid else {})
        self.rid += 1
        text = "".join(f" {name}='{value}'" for name, value in given.items())
        answer = Web(self.target, within=15).ask(  # type: ignore[arg-type]
            "POST", self.target.bosh_path,
            f"<body xmlns='{HTTPBIND}'{text}>{content}</body>".encode(), content_type="text/xml")
        assert answer.status == 200, answer
        body = ET.fromstring(answer.body)
        assert body.get("type") != "terminate", brief(body)
        self._waiting += list(body)
        return body

    def next(self, *tags: str, asks: str = "") -> ET.Element:
        """The next element with one of these tags; `asks` goes out with the first request."""
        for _ in range(12):
            while self._waiting:
                element = self._waiting.pop(0)
                if element.tag in tags:
                    return element
            self.post(asks)
            asks = ""
        raise AssertionError(f"none of {tags} came")

    def log_in(self, local: str) -> None:
        features = self.next(f"{STREAM}features")
        exchange = Scram.best(local, self.target.password, mechanisms(features))
        self.post(f"<auth xmlns='{SASL[1:-1]}' mechanism='{exchange.mechanism}'>{exchange.first}</auth>")
        challenge = self.next(f"{SASL}challenge").text or ""
        self.post(f"<response xmlns='{SASL[1:-1]}'>{exchange.final(challenge)}</response>")
        exchange.knows_us(self.next(f"{SASL}success").text or "")
        self.post("", **{"xmlns:xmpp": "urn:xmpp:xbosh", "xmpp:restart": "true", "to": self.target.domain})
        self.next(f"{STREAM}features")
        self.post(BIND)
        assert self.next(f"{CLIENT}iq").get("type") == "result"


def bosh(target: Target) -> None:
    """Login, a message in and out."""
    with contextlib.ExitStack() as stack:
        bob = logged_in(target, stack, "bob")
        session = Bosh(target)
        session.log_in(target.account("alice"))
        session.post("<presence xmlns='jabber:client'/>"
                     f"<message xmlns='jabber:client' to='{bob.bare}' type='chat'>"
                     "<body>in a body</body></message>")
        sender = bob.message("in a body").get("from")
        bob.send(f"<message to='{sender}' type='chat'><body>in an answer</body></message>")
        assert session.next(f"{CLIENT}message").findtext(f"{CLIENT}body") == "in an answer"


def host_meta(target: Target) -> None:
    """XEP-0156: both forms name the WebSocket and the BOSH address."""
    links = set()
    xrd = Web(target).get("/.well-known/host-meta")  # type: ignore[arg-type]
    assert xrd.status == 200, f"host-meta: {xrd.status}"
    for link in ET.fromstring(xrd.body).iter("{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link"):
        links.add(link.get("rel", ""))
    answer = Web(target).get("/.well-known/host-meta.json")  # type: ignore[arg-type]
    assert answer.status == 200, f"host-meta.json: {answer.status}"
    assert answer.headers.get("access-control-allow-origin") == "*", "no CORS"
    for found in (links, {link["rel"] for link in json.loads(answer.body)["links"]}):
        assert {"urn:xmpp:alt-connections:websocket", "urn:xmpp:alt-connections:xbosh"} <= found, found

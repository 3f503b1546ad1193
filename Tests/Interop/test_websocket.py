"""XMPP over WebSocket (RFC 7395): by hand, and with strophe.js in a browser."""

import base64
import hashlib
import hmac
import os
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest

from dakghar_harness.web import Web, WebSocket

FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
STREAM = "{http://etherx.jabber.org/streams}"


class Framed(WebSocket):
    """A stream in frames: each is read as a document of its own, as a browser does."""

    def next_element(self):
        opcode, data = self.next()
        assert opcode == 1, (opcode, data)
        return ET.fromstring(data)

    def open(self, domain):
        self.send(f"<open xmlns='{FRAMING}' to='{domain}' version='1.0'/>")
        opened = self.next_element()
        assert opened.tag == f"{{{FRAMING}}}open" and opened.get("from") == domain
        return self.next_element()

    def authenticate(self, box, local, password):
        self.open(box.domain)
        nonce = base64.b64encode(os.urandom(12)).decode()
        first = f"n={local},r={nonce}"
        self.send(f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>"
                  f"{base64.b64encode(('n,,' + first).encode()).decode()}</auth>")
        challenge = base64.b64decode(self.next_element().text).decode()
        parts = dict(p.split("=", 1) for p in challenge.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts["s"]),
                                     int(parts["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        final = f"c=biws,r={parts['r']}"
        signed = hmac.digest(hashlib.sha256(key).digest(),
                             ",".join((first, challenge, final)).encode(), "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signed, strict=True))
        answer = f"{final},p={base64.b64encode(proof).decode()}"
        self.send(f"<response xmlns='{SASL}'>{base64.b64encode(answer.encode()).decode()}</response>")
        assert self.next_element().tag == f"{{{SASL}}}success"
        self.open(box.domain)
        return self

    def login(self, box, local, password):
        self.authenticate(box, local, password)
        self.send("<iq xmlns='jabber:client' type='set' id='b'>"
                  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        assert self.next_element().get("type") == "result"
        return self


def test_somebody_logs_in_and_writes(web_box, account, person, password):
    """Each frame that comes is a document of its own, with its namespaces declared."""
    bob = person(web_box, "bob")
    with Framed(web_box) as stream:
        stream.login(web_box, account(web_box, "alice"), password)
        stream.send("<presence xmlns='jabber:client'/>")
        assert stream.next_element().tag == "{jabber:client}presence"
        stream.send(f"<message xmlns='jabber:client' to='{bob.bare}' type='chat'><body>hi</body></message>")
        origin = bob.reads("hi").sender
        bob.send(str(origin), "hello")
        message = stream.next_element()
        assert message.tag == "{jabber:client}message"
        assert message.findtext("{jabber:client}body") == "hello"


def test_features_name_the_stream_namespace_and_no_starttls(web_box):
    """TLS is there already; channel binding holds for the box's own certificate."""
    with Framed(web_box) as stream:
        features = stream.open(web_box.domain)
    assert features.tag == f"{STREAM}features"
    assert features.find("{urn:ietf:params:xml:ns:xmpp-tls}starttls") is None
    offered = {m.text for m in features.iter(f"{{{SASL}}}mechanism")}
    assert {"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"} <= offered


def test_a_message_may_come_in_pieces(web_box):
    """Continuation frames and pings in between are part of WebSocket."""
    text = f"<open xmlns='{FRAMING}' to='{web_box.domain}' version='1.0'/>".encode()
    with Framed(web_box) as stream:
        stream.frame(1, text[:20], final=False)
        stream.frame(9, b"are you there")
        stream.frame(0, text[20:])
        assert stream.next() == (10, b"are you there")
        assert stream.next_element().tag == f"{{{FRAMING}}}open"


def test_the_stream_is_closed_politely(web_box):
    """<close/> is answered with <close/>, then WebSocket's own close (RFC 7395 §3.6)."""
    with Framed(web_box) as stream:
        stream.open(web_box.domain)
        stream.send(f"<close xmlns='{FRAMING}'/>")
        assert stream.next_element().tag == f"{{{FRAMING}}}close"
        assert stream.next() == (8, (1000).to_bytes(2, "big"))
        assert stream.next()[0] == -1


@pytest.mark.parametrize("text, condition", [
    ("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='elsewhere.test' version='1.0'/>", "host-unknown"),
    ("<a><b></a>", "not-well-formed"),
    ("<a/><b/>", "invalid-xml"),
    ("<!DOCTYPE a><a/>", "not-well-formed"),
    ("</s>", "invalid-xml"),
    ("<message xmlns='jabber:client'/>", "not-authorized"),
    ("<a>" + "x" * 70_000 + "</a>", "policy-violation"),
])
def test_a_bad_frame_ends_the_stream(text, condition, web_box):
    """With a stream error that says why, in an opened stream."""
    with Framed(web_box) as stream:
        stream.send(text)
        assert stream.next_element().tag == f"{{{FRAMING}}}open"
        error = stream.next_element()
        assert error.tag == f"{STREAM}error"
        assert error[0].tag == f"{{urn:ietf:params:xml:ns:xmpp-streams}}{condition}"
        assert stream.next_element().tag == f"{{{FRAMING}}}close"


@pytest.mark.parametrize("opcode", [2, 0])
def test_frames_out_of_place_are_refused(opcode, web_box):
    """No binary data, no continuation of nothing."""
    with Framed(web_box) as stream:
        stream.frame(opcode, b"x")
        assert stream.next()[0] == 8
        assert stream.next()[0] == -1


def test_only_the_xmpp_subprotocol_is_spoken(web_box):
    """Without it there is no upgrade."""
    for protocol in (None, "chat"):
        with WebSocket(web_box, protocol=protocol) as stream:
            assert stream.status == 400
    assert Web(web_box).get("/xmpp-websocket").status == 426
    with WebSocket(web_box, path="/other") as stream:
        assert stream.status == 404


def test_a_torn_session_is_resumed(web_box, account, person, password):
    """XEP-0198 over WebSocket, across two sockets: what came in between is there."""
    local, bob = account(web_box, "alice"), person(web_box, "bob")
    first = Framed(web_box).login(web_box, local, password)
    first.send("<presence xmlns='jabber:client'/>")
    first.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    while (enabled := first.next_element()).tag != "{urn:xmpp:sm:3}enabled":
        pass
    first.close()
    bob.send(f"{local}@{web_box.domain}", "while you were away")
    with Framed(web_box) as second:
        second.authenticate(web_box, local, password)
        second.send(f"<resume xmlns='urn:xmpp:sm:3' previd='{enabled.get('id')}' h='0'/>")
        assert second.next_element().tag == "{urn:xmpp:sm:3}resumed"
        bodies = []
        while "while you were away" not in bodies:
            bodies.append(second.next_element().findtext("{jabber:client}body"))


def test_strophe_in_chromium_logs_in_sends_and_receives(web_box, browser, account, person, password):
    """A page of another origin, with the library that people use."""
    alice, bob = account(web_box, "alice"), person(web_box, "bob")
    service = f"wss://{web_box.domain}:{web_box.web_port}/xmpp-websocket"
    with ThreadPoolExecutor() as threads:
        page = threads.submit(
            browser.chat, service, f"{alice}@{web_box.domain}", password, bob.bare)
        bob.send(bob.reads("from the browser <&>", within=20).sender, "seen")
        sender, body = page.result(timeout=30)
    assert sender.startswith(bob.bare) and body == "seen"


def test_the_landing_page_keeps_its_style_in_chromium(web_box, browser):
    """The policy lets the page's own style through: it has the width that it asks for."""
    browser.open(f"https://{web_box.domain}:{web_box.web_port}/setup")
    assert browser.run("return getComputedStyle(document.querySelector('main')).maxWidth") != "none"

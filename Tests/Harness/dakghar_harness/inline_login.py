"""SASL2 (XEP-0388) with Bind 2 (XEP-0386) and tokens (XEP-0484), as a client speaks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import ssl
from xml.etree import ElementTree as ET

from .raw import Denied, RawStream
from .sasl import END_POINT, end_point_binding

SASL2 = "{urn:xmpp:sasl:2}"
FAST = "{urn:xmpp:fast:0}"
BIND2 = "{urn:xmpp:bind:0}"
AGENT = "d4565fa7-4d72-4749-b3d3-740edbf87770"


def _answer(stream: RawStream, *wanted: str) -> ET.Element:
    element = stream.expect(*(f"{SASL2}{name}" for name in wanted), f"{SASL2}failure")
    if element.tag == f"{SASL2}failure":
        raise Denied(element[0].tag.split("}")[1])
    return element


def binding(stream: RawStream) -> bytes:
    assert isinstance(stream.socket, ssl.SSLSocket)
    return end_point_binding(stream.socket.getpeercert(True) or b"")


def offer_digest(stream: RawStream) -> bytes:
    """XEP-0474: what the box should have signed of its offer."""
    assert stream.features is not None
    names = sorted(m.text or "" for m in stream.features.findall(
        f"{SASL2}authentication/{SASL2}mechanism"))
    types = sorted(b.get("type") or "" for b in stream.features.iter(
        "{urn:xmpp:sasl-cb:0}channel-binding"))
    text = "\x1e".join(names) + "\x1f" + "\x1e".join(types)
    return base64.b64encode(hashlib.sha256(text.encode()).digest())


def with_password(stream: RawStream, user: str, password: str, inline: str = "", *, plus: bool = False) -> ET.Element:
    """One SCRAM-SHA-256 exchange; returns `<success/>`. Checks the digest of the offer."""
    gs2 = (END_POINT if plus else b"n") + b",,"
    data = binding(stream) if plus else b""
    nonce = base64.b64encode(os.urandom(18))
    bare = b"n=" + user.encode() + b",r=" + nonce
    mechanism = "SCRAM-SHA-256-PLUS" if plus else "SCRAM-SHA-256"
    stream.send(
        f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'>"
        f"<initial-response>{base64.b64encode(gs2 + bare).decode()}</initial-response>"
        f"<user-agent id='{AGENT}'><software>test</software></user-agent>{inline}</authenticate>")
    first = base64.b64decode(_answer(stream, "challenge").text or "")
    fields = dict(part.split(b"=", 1) for part in first.split(b","))
    assert fields[b"h"] == offer_digest(stream), "the offer was not the one that the box signed"
    final = b"c=" + base64.b64encode(gs2 + data) + b",r=" + fields[b"r"]
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields[b"s"]), int(fields[b"i"]))
    covered = bare + b"," + first + b"," + final
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(key).digest(), covered, "sha256")
    proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
    text = base64.b64encode(final + b",p=" + base64.b64encode(proof)).decode()
    stream.send(f"<response xmlns='urn:xmpp:sasl:2'>{text}</response>")
    success = _answer(stream, "success")
    expected = base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), covered, "sha256"))
    assert base64.b64decode(success.findtext(f"{SASL2}additional-data") or "") == b"v=" + expected
    return success


def with_token(
    stream: RawStream, user: str, token: str, inline: str = "", *, mechanism: str = "HT-SHA-256-ENDP",
    fast: str = "<fast xmlns='urn:xmpp:fast:0'/>",
) -> ET.Element:
    """One round trip with a token; returns `<success/>`."""
    data = binding(stream) if mechanism.endswith("ENDP") else b""
    proof = hmac.digest(token.encode(), b"Initiator" + data, "sha256")
    message = base64.b64encode(user.encode() + b"\0" + proof).decode()
    stream.send(
        f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='{mechanism}'>"
        f"<initial-response>{message}</initial-response><user-agent id='{AGENT}'/>{inline}{fast}</authenticate>")
    success = _answer(stream, "success")
    expected = hmac.digest(token.encode(), b"Responder" + data, "sha256")
    assert base64.b64decode(success.findtext(f"{SASL2}additional-data") or "") == expected
    return success

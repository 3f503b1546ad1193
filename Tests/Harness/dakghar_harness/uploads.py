"""Files (XEP-0363): a slot by XMPP, the content by HTTPS."""

from __future__ import annotations

import urllib.parse

from .box import Box
from .client import Client
from .web import Web

UPLOAD = "{urn:xmpp:http:upload:0}"


def service(box: Box) -> str:
    return f"files.{box.domain}"


def slot(person: Client, size: int, name: str = "picture.jpg", kind: str = "image/jpeg") -> str:
    """Asks for a slot; the path to put to and to fetch from."""
    answer = person.ask("get", f"<request xmlns='{UPLOAD[1:-1]}' filename='{name}' size='{size}' "
                               f"content-type='{kind}'/>", to=service(person.box))
    put = answer.find(f"{UPLOAD}slot/{UPLOAD}put").get("url")
    assert put == answer.find(f"{UPLOAD}slot/{UPLOAD}get").get("url")
    address = urllib.parse.urlsplit(put)
    assert (address.scheme, address.hostname) == ("https", person.box.domain)
    return address.path


def upload(person: Client, content: bytes, **how: str) -> str:
    """Puts it; the path to fetch it from."""
    path = slot(person, len(content), **how)
    assert Web(person.box).ask("PUT", path, content).status == 201
    return path

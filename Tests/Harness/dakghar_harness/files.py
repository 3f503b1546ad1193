"""Files as clients send them: a slot over XMPP (XEP-0363), PUT and GET over HTTPS."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from .web import Answer, Web

if TYPE_CHECKING:
    from .box import Box
    from .client import Client

_UPLOAD = "urn:xmpp:http:upload:0"


def upload(person: Client, content: bytes, *, name: str = "picture.jpg",
           kind: str = "image/jpeg") -> str:
    """Uploads to the person's own box; the address to send to others."""
    answer = person.ask("get", f"<request xmlns='{_UPLOAD}' filename='{name}' "
                               f"size='{len(content)}' content-type='{kind}'/>",
                        to=f"files.{person.box.domain}")
    put = answer.find(f"{{{_UPLOAD}}}slot/{{{_UPLOAD}}}put").get("url")
    address = urllib.parse.urlsplit(put)
    stored = Web(person.box, name=address.hostname, within=60).ask("PUT", address.path, content)
    assert stored.status == 201, stored
    return put


def fetch(box: Box, address: str, *, within: float = 60, **headers: str) -> Answer:
    """Fetches an address as the LAN of `box` does: the files host is its own box there."""
    parts = urllib.parse.urlsplit(address)
    return Web(box, name=parts.hostname, within=within).get(parts.path, **headers)

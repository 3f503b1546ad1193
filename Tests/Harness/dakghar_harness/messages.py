"""What a client saw, taken apart once so that tests can ask plain questions."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

CLIENT = "{jabber:client}"
CARBONS = "{urn:xmpp:carbons:2}"
ARCHIVE = "{urn:xmpp:mam:2}"
FORWARD = "{urn:xmpp:forward:0}"
DELAY = "{urn:xmpp:delay}"
UNIQUE = "{urn:xmpp:sid:0}"


@dataclass
class Message:
    """One message stanza."""

    id: str | None
    sender: str
    recipient: str
    type: str
    body: str | None
    #: XEP-0359 stanza-id, and who gave it.
    stanza_id: str | None
    stanza_id_by: str | None
    #: XEP-0203: the stamp of the delay inside the message itself.
    delay: str | None
    #: The condition, if it is an error.
    error: str | None
    #: "sent" or "received" if it came as a carbon.
    carbon: str | None = None
    #: Archive id, query id and archive stamp if it came out of the archive.
    archive_id: str | None = None
    query: str | None = None
    archived_at: str | None = None
    xml: ET.Element = field(default_factory=lambda: ET.Element("none"), repr=False)
    #: Monotonic seconds when it came.
    at: float = field(default_factory=time.monotonic)


def parse(stanza: ET.Element) -> Message:
    """A message stanza, unwrapped if it is a carbon or an archive result."""
    for way in ("sent", "received"):
        inner = stanza.find(f"{CARBONS}{way}/{FORWARD}forwarded/{CLIENT}message")
        if inner is not None:
            message = _plain(inner)
            message.carbon = way
            message.xml = stanza
            return message
    result = stanza.find(f"{ARCHIVE}result")
    if result is not None:
        inner = result.find(f"{FORWARD}forwarded/{CLIENT}message")
        if inner is not None:
            message = _plain(inner)
            message.archive_id = result.get("id")
            message.query = result.get("queryid")
            stamp = result.find(f"{FORWARD}forwarded/{DELAY}delay")
            message.archived_at = None if stamp is None else stamp.get("stamp")
            message.xml = stanza
            return message
    return _plain(stanza)


def _plain(stanza: ET.Element) -> Message:
    unique = stanza.find(f"{UNIQUE}stanza-id")
    delay = stanza.find(f"{DELAY}delay")
    error = stanza.find(f"{CLIENT}error")
    return Message(
        id=stanza.get("id"),
        sender=stanza.get("from", ""),
        recipient=stanza.get("to", ""),
        type=stanza.get("type", "normal"),
        body=stanza.findtext(f"{CLIENT}body"),
        stanza_id=None if unique is None else unique.get("id"),
        stanza_id_by=None if unique is None else unique.get("by"),
        delay=None if delay is None else delay.get("stamp"),
        error=None if error is None else condition(error),
        xml=stanza,
    )


def condition(error: ET.Element) -> str:
    """The name of the condition in a stanza's or a stream's error."""
    for child in error:
        space, _, name = child.tag[1:].partition("}")
        if space.startswith("urn:ietf:params:xml:ns:xmpp-st") and name != "text":
            return name
    return "unspecified"

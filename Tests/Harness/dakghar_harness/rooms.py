"""A person in a room (XEP-0045), over slixmpp's plugin where it has what is needed."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from typing import Any

from slixmpp import JID
from slixmpp.exceptions import PresenceError

from .client import Client, Refused
from .loop import clients
from .messages import Message
from .waiting import until

MUC = "http://jabber.org/protocol/muc"
USER = f"{{{MUC}#user}}"
_numbers = itertools.count(1)


def room_name(box: Any, name: str = "council") -> str:
    """A room of the box that no other test uses."""
    return f"{name}{next(_numbers)}@rooms.{box.domain}"


def statuses(presence: ET.Element) -> set[int]:
    return {int(status.get("code", "0")) for status in presence.findall(f"{USER}x/{USER}status")}


def item(presence: ET.Element) -> ET.Element:
    found = presence.find(f"{USER}x/{USER}item")
    assert found is not None, ET.tostring(presence)
    return found


class Seat:
    """One client of a person in one room."""

    def __init__(self, person: Client, room: str, nick: str) -> None:
        self.person, self.room, self.nick = person, room, nick
        person.stream.register_plugin("xep_0045")
        self.history: list[Message] = []
        self.own: ET.Element | None = None

    # -- coming and going --------------------------------------------------------------------------

    def enter(self, *, password: str | None = None, **history: Any) -> "Seat":
        """Enters; or `Refused` with the condition."""
        muc = self.person.plugin("xep_0045")
        before = len(self.person.messages)
        try:
            result = self.person.does(lambda: muc.join_muc_wait(
                JID(self.room), self.nick, password=password, timeout=10, **history), within=12)
        except PresenceError as error:
            raise Refused(error.condition) from None
        self.own = result[0].xml
        self.history = [m for m in self.person.messages[before:]
                        if m.sender.startswith(self.room) and m.body is not None]
        return self

    def leave(self) -> None:
        self._presence("unavailable")

    def rename(self, nick: str) -> None:
        self.nick = nick
        self._presence(None)

    def show(self, kind: str) -> None:
        self._presence(None, f"<show xmlns='jabber:client'>{kind}</show>")

    def _presence(self, kind: str | None, inside: str | None = None) -> None:
        def send() -> None:
            stanza = self.person.stream.make_presence(pto=f"{self.room}/{self.nick}", ptype=kind)
            if inside:
                stanza.append(ET.fromstring(inside))
            stanza.send()
        clients.call(send)

    # -- talking -----------------------------------------------------------------------------------

    def says(self, body: str, **more: Any) -> str:
        return self.person.send(self.room, body, kind="groupchat", **more)

    def hears(self, body: str, *, within: float = 10) -> Message:
        """Waits for a text in this room."""
        return until(
            lambda: next((m for m in self.person.messages if m.body == body and m.query is None
                          and m.type == "groupchat" and m.sender.startswith(self.room + "/")), None),
            within=within, what=lambda: f"{self.nick} hears {body!r}; heard {self.heard}")

    @property
    def heard(self) -> list[str]:
        return [m.body for m in self.person.messages if m.body is not None and m.query is None
                and m.type == "groupchat" and m.sender.startswith(self.room + "/")]

    # -- seeing --------------------------------------------------------------------------------------

    def sees(self, nick: str, kind: str | None = None, *, status: int | None = None,
             since: int = 0, within: float = 10, role: str | None = None,
             text: str | None = None) -> ET.Element:
        """Waits for a presence of somebody in the room."""
        def fits(xml: ET.Element) -> bool:
            return (xml.get("from") == f"{self.room}/{nick}" and xml.get("type") == kind
                    and (status is None or status in statuses(xml))
                    and (role is None or item(xml).get("role") == role)
                    and (text is None or text in (xml.findtext("{jabber:client}status") or "")))
        return until(
            lambda: next((p for p in self.person.stream.presences[since:] if fits(p)), None),
            within=within, what=lambda: f"{self.nick} sees {nick} {kind} {status} {role}; saw " + str(
                [ET.tostring(p)[:300] for p in self.person.stream.presences[since:]][-6:]))

    @property
    def seen(self) -> int:
        return len(self.person.stream.presences)

    # -- asking --------------------------------------------------------------------------------------

    def configure(self, **settings: str) -> None:
        """Submits the owner's form; without settings the room is made as it is."""
        fields = "".join(
            f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>"
            for name, value in settings.items())
        self.person.ask("set", f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'>"
                        f"<field var='FORM_TYPE'><value>{MUC}#roomconfig</value></field>"
                        f"{fields}</x></query>", to=self.room)

    def affiliate(self, jid: str, affiliation: str, reason: str = "") -> None:
        self.administer(f"<item jid='{jid}' affiliation='{affiliation}'>"
                        f"<reason>{reason}</reason></item>")

    def role(self, nick: str, role: str) -> None:
        self.administer(f"<item nick='{nick}' role='{role}'/>")

    def administer(self, items: str) -> None:
        self.person.ask("set", f"<query xmlns='{MUC}#admin'>{items}</query>", to=self.room)

    def listed(self, **kind: str) -> list[str]:
        """JIDs of a list: `listed(affiliation="member")`."""
        (name, value), = kind.items()
        answer = self.person.ask("get", f"<query xmlns='{MUC}#admin'><item {name}='{value}'/></query>",
                                 to=self.room)
        return [i.get("jid", "") for i in answer.iter(f"{{{MUC}#admin}}item")]

    def archive(self, *, size: int = 50) -> list[Message]:
        return room_archive(self.person, self.room, size=size)


def room_archive(person: Client, room: str, *, size: int = 50) -> list[Message]:
    """A room's archive, read by anybody who may."""
    name = f"r{next(_numbers)}"
    person.ask("set", f"<query xmlns='urn:xmpp:mam:2' queryid='{name}'>"
               f"<set xmlns='http://jabber.org/protocol/rsm'><max>{size}</max></set></query>", to=room)
    return [m for m in person.messages if m.query == name]

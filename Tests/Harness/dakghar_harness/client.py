"""A person at an XMPP client (slixmpp): logs in, writes, reads, loses the line, comes back."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Any

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout

from .archive import ArchiveReader
from .box import Box
from .loop import clients
from .messages import Message, condition
from .stream import RecordingStream
from .waiting import until

_numbers = itertools.count(1)


class LoginFailed(AssertionError):
    """The login did not work; `reason` is "denied", "untrusted", "lost" or "unreachable"."""

    def __init__(self, jid: str, reason: str, stream: RecordingStream) -> None:
        super().__init__(f"{jid}: {reason}; denials {stream.denials}, "
                         f"stream errors {stream.stream_errors}, offered {stream.offered}")
        self.reason = reason
        self.conditions = stream.denials


class Refused(AssertionError):
    """An IQ was answered with an error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.condition = name


class Client(ArchiveReader):
    """A client of one account. Every method returns when it is done, or fails at its limit."""

    def __init__(self, box: Box, user: str, password: str, *, resource: str = "desk",
                 mechanism: str | None = None, direct_tls: bool = False,
                 management: bool = True, source: str | None = None) -> None:
        self.box = box
        self.bare = f"{user}@{box.domain}"
        self.jid = f"{self.bare}/{resource}"
        self.password = password
        self._port = 5223 if direct_tls else 5222

        async def make() -> RecordingStream:
            return RecordingStream(
                self.jid, password, root=box.root_certificate, mechanism=mechanism,
                direct_tls=direct_tls, namespace=box.namespace, source=source,
                management=management)

        self.stream = clients.run(make(), within=5)

    # -- session -------------------------------------------------------------------------------

    def login(self, *, within: float = 15, available: bool = True) -> "Client":
        """Logs in and reads the roster; available means that messages come here."""
        self._connect(within)
        self.roster()
        if available:
            self.show()
            # The box answers in order: what is sent to this client from now on finds it there.
            self.ask("get", "<ping xmlns='urn:xmpp:ping'/>", within=within)
        return self

    def show(self, show: str | None = None, status: str | None = None,
             priority: int | None = None) -> None:
        """Sends presence."""
        clients.call(lambda: self.stream.send_presence(
            pshow=show, pstatus=status, ppriority=priority))

    def logout(self) -> None:
        """Ends the stream as RFC 6120 §4.4 asks."""
        async def leave() -> None:
            await self.stream.disconnect(wait=2)
        if self.connected:
            clients.run(leave(), within=5)

    def tear(self) -> None:
        """The socket is gone, without a word to the box."""
        clients.call(self._abort)
        until(lambda: not self.connected, within=5, what="the socket is closed")

    def _abort(self) -> None:
        if self.stream.transport is not None:
            self.stream.transport.abort()

    def reconnect(self, *, within: float = 15) -> str:
        """Comes back: "resumed", or "started" after a failed resumption; then what the box did
        not take is sent again under its old ids."""
        outcome = self._connect(within)
        if outcome == "started":
            self.roster()
            self.show()
            again, self.stream.to_resend = self.stream.to_resend, []
            if again:
                clients.call(lambda: [self.stream.send(stanza) for stanza in again])
                self.request_acknowledgement()
        return outcome

    def _connect(self, within: float) -> str:
        limit = time.monotonic() + within
        while True:
            outcome = clients.run(self._attempt(limit), within=within + 5)
            if outcome in ("started", "resumed"):
                return outcome
            if outcome not in ("unreachable", "lost") or time.monotonic() > limit:
                raise LoginFailed(self.jid, outcome, self.stream)
            time.sleep(0.1)

    async def _attempt(self, limit: float) -> str:
        stream = self.stream
        stream.outcome = asyncio.get_running_loop().create_future()
        stream.connect(self.box.host, self._port)
        try:
            return await asyncio.wait_for(
                asyncio.shield(stream.outcome), max(0.1, limit - time.monotonic()))
        except asyncio.TimeoutError:
            stream.abort()
            return "unreachable"

    @property
    def connected(self) -> bool:
        return self.stream.transport is not None

    @property
    def offered_mechanisms(self) -> list[str]:
        return self.stream.offered

    # -- writing -------------------------------------------------------------------------------

    def send(self, to: "str | Client", body: str, **more: Any) -> str:
        """Writes one message; its id."""
        return self.send_all(to, [body], **more)[0]

    def send_all(self, to: "str | Client", bodies: Iterable[str], *, kind: str = "chat",
                 identities: list[str] | None = None, payload: str | list[str] | None = None) -> list[str]:
        """Writes messages one after the other without waiting; their ids."""
        address = to if isinstance(to, str) else to.bare
        texts = list(bodies)
        names = identities or [f"m{next(_numbers)}" for _ in texts]
        payloads = payload if isinstance(payload, list) else [payload] * len(texts)

        def write() -> None:
            for name, text, more in zip(names, texts, payloads, strict=True):
                message = self.stream.make_message(mto=address, mbody=text, mtype=kind)
                message["id"] = name
                if more is not None:
                    message.append(ET.fromstring(more))
                message.send()

        clients.call(write, within=30)
        self.request_acknowledgement()
        return names

    def say(self, stanza: str) -> None:
        """Sends a message or a presence as it is written here."""
        xml = ET.fromstring(re.sub(r"^<(\w+)", r"<\1 xmlns='jabber:client'", stanza))
        kind = slixmpp.Message if xml.tag.endswith("}message") else slixmpp.Presence
        clients.call(lambda: kind(self.stream, xml=xml).send())

    def request_acknowledgement(self) -> None:
        """`<r/>` (XEP-0198) after everything that was written so far."""
        async def ask() -> None:
            await self.stream.waiting_queue.join()
            management = self.stream.plugin.get("xep_0198", None)
            if management is not None and management.enabled_out and self.connected:
                management.request_ack()
        clients.run(ask(), within=30)

    @property
    def acknowledged(self) -> dict[str, float]:
        """Ids of the messages that the box acknowledged, and when (monotonic seconds)."""
        return self.stream.acknowledged

    def wait_acknowledged(self, names: Iterable[str], *, within: float = 15) -> None:
        wanted = set(names)
        until(lambda: wanted <= self.acknowledged.keys(), within=within,
              what=lambda: f"{len(wanted - self.acknowledged.keys())} of {len(wanted)} messages "
                           f"of {self.jid} are not acknowledged")

    # -- reading -------------------------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        """Every message stanza so far, in order: also carbons, archive results and errors."""
        return self.stream.messages

    @property
    def inbox(self) -> list[Message]:
        """What was written to this client: no carbons, no archive results, no errors."""
        return [m for m in list(self.messages)
                if m.body is not None and m.carbon is None and m.query is None and not m.error]

    @property
    def bodies(self) -> list[str]:
        """The texts of the inbox, a repeat under the same stanza-id left out."""
        seen: dict[str, str] = {}
        for index, message in enumerate(self.inbox):
            seen.setdefault(message.stanza_id or f"#{index}", message.body or "")
        return list(seen.values())

    @property
    def errors(self) -> list[Message]:
        return [m for m in list(self.messages) if m.type == "error"]

    def forget(self) -> None:
        """Empties what was noted so far, for a new chapter of a test."""
        clients.call(self.stream.messages.clear)

    def reads(self, body: str, *, within: float = 10) -> Message:
        """Waits for the message with this text."""
        return until(
            lambda: next((m for m in self.inbox if m.body == body), None), within=within,
            what=lambda: f"{self.jid} reads {body!r}; it read {self.bodies[-5:]}, "
                         f"errors {[m.error for m in self.errors]}")

    def reads_all(self, count: int, *, within: float) -> list[str]:
        """Waits for so many different messages; their texts."""
        until(lambda: len(self.bodies) >= count, within=within, look=0.05,
              what=lambda: f"{self.jid} has {len(self.bodies)} of {count} messages")
        return self.bodies

    # -- presence and roster -----------------------------------------------------------------------

    def presence(self, kind: str, to: "str | Client", status: str | None = None) -> None:
        """Sends directed presence: subscribe, subscribed, unsubscribe, …"""
        address = to if isinstance(to, str) else to.bare
        clients.call(lambda: self.stream.send_presence(
            pto=address, ptype=kind, pstatus=status))

    def sees(self, sender: str, kind: str | None = None, *, since: int = 0,
             within: float = 10) -> ET.Element:
        """Waits for presence of a type (None: available) from a JID or any of its resources."""
        def find() -> ET.Element | None:
            for xml in self.stream.presences[since:]:
                origin = xml.get("from", "")
                if xml.get("type") == kind and (
                        origin == sender or origin.startswith(sender + "/")):
                    return xml
            return None
        return until(find, within=within, what=lambda: (
            f"{self.jid} sees {kind or 'available'} of {sender}; it saw "
            f"{[(p.get('from'), p.get('type')) for p in self.stream.presences[since:]]}"))

    def roster(self) -> dict[str, str]:
        """The roster as the box has it: JID to subscription (with "+ask" while asked)."""
        query = self.ask("get", "<query xmlns='jabber:iq:roster'/>")
        items = query.findall("{jabber:iq:roster}query/{jabber:iq:roster}item")
        return {item.get("jid", ""): item.get("subscription", "none")
                + ("+ask" if item.get("ask") else "") for item in items}

    def wait_roster(self, jid: str, subscription: str, *, within: float = 10) -> None:
        until(lambda: self.roster().get(jid) == subscription, within=within, look=0.2,
              what=lambda: f"{self.jid} has {jid} as {subscription}; roster {self.roster()}")

    # -- questions -----------------------------------------------------------------------------------

    def ask(self, kind: str, payload: str, *, to: str | None = None,
            within: float = 10) -> ET.Element:
        """Sends an IQ; its result, or `Refused` with the condition."""
        async def go() -> ET.Element:
            iq = self.stream.make_iq(ito=to, itype=kind)
            iq.append(ET.fromstring(payload))
            return (await iq.send(timeout=within)).xml
        try:
            return clients.run(go(), within=within + 2)
        except IqError as error:
            found = error.iq.xml.find("{jabber:client}error")
            raise Refused("unspecified" if found is None else condition(found)) from None
        except IqTimeout:
            raise AssertionError(f"no answer within {within:g} s to {payload}") from None

    def plugin(self, name: str) -> Any:
        return self.stream[name]

    def does(self, work: Any, *, within: float = 10) -> Any:
        """Runs a coroutine of slixmpp, given as a function, and returns its value."""
        async def go() -> Any:
            value = work()
            return await value if asyncio.isfuture(value) or asyncio.iscoroutine(value) else value
        return clients.run(go(), within=within)

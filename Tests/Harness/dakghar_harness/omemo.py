"""OMEMO end to end (slixmpp-omemo): what two people say that no box can read."""

from __future__ import annotations

import copy
import sys
import xml.etree.ElementTree as ET
from typing import Any
from xml.sax.saxutils import escape

import oldmemo
import oldmemo.etree
import twomemo
import twomemo.etree
from omemo.storage import Just, Maybe, Nothing, Storage
from omemo.types import JSONType
from slixmpp import JID
from slixmpp.plugins import register_plugin
from slixmpp_omemo import XEP_0384, TrustLevel

from .client import Client
from .loop import clients
from .waiting import until

#: The two generations of the protocol, and where each keeps a person's list of devices.
DEVICE_LISTS = {
    "eu.siacs.conversations.axolotl": "eu.siacs.conversations.axolotl.devicelist",
    "urn:xmpp:omemo:2": "urn:xmpp:omemo:2:devices",
}

ETREE = {"eu.siacs.conversations.axolotl": oldmemo.etree, "urn:xmpp:omemo:2": twomemo.etree}


class Keys(Storage):
    """A person's keys and sessions, in memory: survive the client, not the test."""

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[str, JSONType] = {}

    async def _load(self, key: str) -> Maybe[JSONType]:
        return Just(copy.deepcopy(self._values[key])) if key in self._values else Nothing()

    async def _store(self, key: str, value: JSONType) -> None:
        self._values[key] = copy.deepcopy(value)

    async def _delete(self, key: str) -> None:
        self._values.pop(key, None)


class Encryption(XEP_0384):
    """The plugin, which trusts whoever it meets first."""

    name = "xep_0384"
    default_config = {"fallback_message": "This message is encrypted.", "keys": None}

    @property
    def storage(self) -> Storage:
        return self.keys

    @property
    def _btbv_enabled(self) -> bool:
        return True

    async def _prompt_manual_trust(self, manually_trusted: Any, identifier: str | None) -> None:
        manager = await self.get_session_manager()
        for device in manually_trusted:
            await manager.set_trust(
                device.bare_jid, device.identity_key, TrustLevel.TRUSTED.value)


register_plugin(Encryption)


class Secret:
    """A client that encrypts: `Secret(client(finance, "alice1")).login()`."""

    def __init__(self, client: Client, keys: Keys | None = None) -> None:
        self.client = client
        self.keys = keys or Keys()
        self.stanzas: list[Any] = []
        #: What could be decrypted so far.
        self.read: list[str] = []
        self._is_ready = False
        client.stream.register_plugin(
            "xep_0384", {"keys": self.keys}, module=sys.modules[__name__])
        client.stream.add_event_handler("message", self.stanzas.append)
        client.stream.add_event_handler("omemo_initialized", self._ready)

    def _ready(self, _: Any) -> None:
        self._is_ready = True

    def login(self) -> "Secret":
        """Logs in; lists of devices and key bundles are published."""
        self.client.login()
        until(lambda: self._is_ready, within=30, what=f"{self.client.jid} has published its keys")
        return self

    def send(self, to: str, body: str, namespace: str) -> None:
        """Encrypts for all devices of somebody, sends, and waits for the acknowledgement."""
        stream = self.client.stream

        async def write() -> str:
            plugin = stream["xep_0384"]
            await plugin.refresh_device_lists({JID(to)})
            manager = await plugin.get_session_manager()
            sealed, problems = await manager.encrypt(
                frozenset({to}), {namespace: _envelope(body, namespace)}, [namespace])
            assert sealed and not problems, problems
            message = stream.make_message(mto=JID(to), mtype="chat", mbody="(encrypted)")
            message["id"] = stream.new_id()
            for one in sealed:
                message.append(ETREE[one.namespace].serialize_message(one))
            message.send()
            return message["id"]

        name = clients.run(write(), within=20)
        self.client.request_acknowledgement()
        self.client.wait_acknowledged([name])

    def reads(self, body: str, namespace: str, *, within: float = 20) -> None:
        """Waits for a message encrypted by this generation that says this."""
        def look() -> bool:
            while self.stanzas:
                stanza = self.stanzas.pop(0)
                sealed = stanza.xml.find(f"{{{namespace}}}encrypted")
                if sealed is not None:
                    self.read.append(clients.run(self._open(stanza, sealed, namespace), within=20))
            return body in self.read

        until(look, within=within,
              what=lambda: f"{self.client.jid} reads {body!r}; it read {self.read}")

    async def _open(self, stanza: Any, sealed: ET.Element, namespace: str) -> str:
        manager = await self.client.stream["xep_0384"].get_session_manager()
        sender = stanza["from"].bare
        if namespace == "urn:xmpp:omemo:2":
            message = twomemo.etree.parse_message(sealed, sender)
        else:
            message = await oldmemo.etree.parse_message(
                sealed, sender, self.client.bare, manager)
        text = (await manager.decrypt(message))[0]
        return _content(text or b"", namespace)


def _envelope(body: str, namespace: str) -> bytes:
    """The old generation encrypts the text, OMEMO 2 an envelope (XEP-0420)."""
    if namespace != "urn:xmpp:omemo:2":
        return body.encode()
    return (f"<envelope xmlns='urn:xmpp:sce:1'><content><body xmlns='jabber:client'>{escape(body)}"
            "</body></content><rpad>x</rpad></envelope>").encode()


def _content(text: bytes, namespace: str) -> str:
    if namespace != "urn:xmpp:omemo:2":
        return text.decode()
    return ET.fromstring(text).findtext(".//{jabber:client}body") or ""

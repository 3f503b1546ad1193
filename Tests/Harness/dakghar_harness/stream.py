"""The slixmpp client underneath `Client`: where it connects, what it notes."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from slixmpp import ClientXMPP

from . import namespaces, sasl
from .messages import Message, condition, parse

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

PLUGINS = ("xep_0030", "xep_0054", "xep_0092", "xep_0115", "xep_0198", "xep_0199", "xep_0202",
           "xep_0280", "xep_0352")


def trusting(root: Path) -> ssl.SSLContext:
    """TLS that believes this root only, and checks the name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=root)
    return context


class RecordingStream(ClientXMPP):
    """Notes every message, presence and acknowledgement. All of it runs on the clients' loop."""

    def __init__(self, jid: str, password: str, *, root: Path, mechanism: str | None,
                 direct_tls: bool, namespace: str | None, source: str | None,
                 management: bool) -> None:
        super().__init__(jid, password, sasl_mech=mechanism, ssl_context=trusting(root))
        self.enable_direct_tls, self.enable_starttls = direct_tls, not direct_tls
        self._namespace, self._source = namespace, source
        for plugin in PLUGINS:
            if plugin != "xep_0198" or management:
                self.register_plugin(plugin)
        self.plugin["feature_mechanisms"].sasl_callback = (
            lambda required, optional: sasl.credentials(self, required, optional))
        if not management:
            self.end_session_on_disconnect = True
        self.roster.auto_authorize = None
        self.roster.auto_subscribe = False

        self.messages: list[Message] = []
        self.presences: list[ET.Element] = []
        self.roster_pushes: list[ET.Element] = []
        self.acknowledged: dict[str, float] = {}
        self.offered: list[str] = []
        self.stream_errors: list[str] = []
        self.denials: list[str] = []
        self.failed_h: int | None = None
        self.to_resend: list[Any] = []
        self._unacknowledged: list[Any] = []
        self._last_h = 0
        self.outcome: asyncio.Future[str] | None = None

        self.add_filter("in", self._note)
        on = self.add_event_handler
        on("stanza_acked", self._note_acknowledged)
        on("sm_failed", self._note_failed)
        on("disconnected", self._note_disconnected)
        on("session_start", lambda _: self._settle("started"))
        on("session_resumed", lambda _: self._settle("resumed"))
        on("failed_auth", lambda stanza: self.denials.append(stanza["condition"]))
        on("failed_all_auth", lambda _: self._settle("denied"))
        on("ssl_invalid_chain", self._note_untrusted)
        on("connection_failed", lambda _: self._settle("unreachable"))

    # -- connecting ----------------------------------------------------------------------------

    async def _attempt_connection(self, host: str, port: int, tls: bool,
                                  server_hostname: str | None) -> bool:
        self.event_when_connected = "connected"
        try:
            with namespaces.inside(self._namespace):
                plain = socket.socket()
                plain.setblocking(False)
                if self._source:
                    plain.bind((self._source, 0))
            try:
                await self.loop.sock_connect(plain, (host, port))
                await self.loop.create_connection(
                    lambda: self, sock=plain,
                    ssl=self.get_ssl_context() if tls else None,
                    server_hostname=server_hostname)
            except BaseException:
                plain.close()
                raise
            return True
        except ssl.SSLError:
            self._settle("untrusted")
        except OSError as error:
            self.event("connection_failed", error)
        return False

    def reschedule_connection_attempt(self) -> None:
        """Whoever waits for the login decides when to try again."""
        self._current_connection_attempt = None

    def _settle(self, outcome: str) -> None:
        if self.outcome is not None and not self.outcome.done():
            self.outcome.set_result(outcome)

    # -- noting --------------------------------------------------------------------------------

    def _note(self, stanza: Any) -> Any:
        xml, name = stanza.xml, stanza.name
        if name == "message":
            self.messages.append(parse(xml))
        elif name == "presence":
            self.presences.append(xml)
        elif name == "iq" and xml.get("type") == "set" and (
                xml.find("{jabber:iq:roster}query") is not None):
            self.roster_pushes.append(xml)
        elif name == "features":
            space = "urn:ietf:params:xml:ns:xmpp-sasl"
            found = xml.findall(f"{{{space}}}mechanisms/{{{space}}}mechanism")
            if found:
                self.offered = [mechanism.text or "" for mechanism in found]
        elif name == "error":
            self.stream_errors.append(condition(xml))
        return stanza

    def _note_acknowledged(self, stanza: Any) -> None:
        import time
        identity = stanza.xml.get("id")
        if stanza.name == "message" and identity:
            self.acknowledged.setdefault(identity, time.monotonic())

    def _note_disconnected(self, _: Any) -> None:
        management = self.plugin.get("xep_0198", None)
        if management is not None and management.unacked_queue:
            self._unacknowledged = [stanza for _, stanza in management.unacked_queue]
            self._last_h = management.last_ack or 0
        self._settle("lost")

    def _note_failed(self, failed: Any) -> None:
        """`<failed h=…>` (XEP-0198 §5) says what the box took of what was not acknowledged."""
        taken = failed.xml.get("h")
        waiting, self._unacknowledged = self._unacknowledged, []
        self.failed_h = None if taken is None else int(taken)
        count = 0 if self.failed_h is None else max(0, self.failed_h - self._last_h)
        for stanza in waiting[:count]:
            self._note_acknowledged(stanza)
        self.to_resend += [stanza for stanza in waiting[count:] if stanza.name == "message"]

    def _note_untrusted(self, _: Any) -> None:
        self._settle("untrusted")
        self.abort()

"""A client of any XMPP server, as plain as can be: what it is asked is all that it sends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import os
import ssl
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable

from ..raw import CLIENT, SASL, STREAM, Denied, RawStream
from .target import Target

INFO = "http://jabber.org/protocol/disco#info"
SESSION = "urn:ietf:params:xml:ns:xmpp-session"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
CAPS = "http://jabber.org/protocol/caps"
_numbers = itertools.count(1)


class Scram:
    """The client's side of RFC 5802, without channel binding."""

    def __init__(self, user: str, password: str, mechanism: str) -> None:
        self.mechanism = mechanism
        self._digest = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}[mechanism]
        self._password = password.encode()
        self._bare = b"n=" + user.encode() + b",r=" + base64.b64encode(os.urandom(18))
        self._server = b""

    @classmethod
    def best(cls, user: str, password: str, offered: list[str]) -> "Scram":
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1"):
            if mechanism in offered:
                return cls(user, password, mechanism)
        raise AssertionError(f"no SCRAM among {offered}")

    @property
    def first(self) -> str:
        return base64.b64encode(b"n,," + self._bare).decode()

    def final(self, challenge: str) -> str:
        """The answer to the challenge."""
        first = base64.b64decode(challenge)
        fields = dict(part.split(b"=", 1) for part in first.split(b","))
        final = b"c=biws,r=" + fields[b"r"]
        salted = hashlib.pbkdf2_hmac(
            self._digest, self._password, base64.b64decode(fields[b"s"]), int(fields[b"i"]))
        covered = self._bare + b"," + first + b"," + final
        key = hmac.digest(salted, b"Client Key", self._digest)
        signature = hmac.digest(hashlib.new(self._digest, key).digest(), covered, self._digest)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._server = hmac.digest(
            hmac.digest(salted, b"Server Key", self._digest), covered, self._digest)
        return base64.b64encode(final + b",p=" + base64.b64encode(proof)).decode()

    def knows_us(self, success: str) -> None:
        """Fails if the server does not know the password."""
        assert base64.b64decode(success) == b"v=" + base64.b64encode(self._server), \
            "the server does not know the password"


class Session(RawStream):
    """One client; what it does not wait for is kept in `heard`."""

    def __init__(self, target: Target, *, direct_tls: bool = False, within: float = 10) -> None:
        self.target = target
        self.heard: list[ET.Element] = []
        self.jid = ""
        #: What it says of itself when somebody asks.
        self.said = [INFO]
        self._name = f"probe {next(_numbers)}"
        self._answered = 0
        super().__init__(target.host, target.direct_tls_port if direct_tls else target.port,
                         domain=target.domain, root=target.root_certificate,
                         direct_tls=direct_tls, within=within)

    @property
    def bare(self) -> str:
        return self.jid.split("/")[0]

    # -- the way in ----------------------------------------------------------------------------

    def log_in(self, user: str, *, resource: str = "desk", wants: tuple[str, ...] = (),
               available: bool = True, bind: bool = True) -> "Session":
        """TLS if there is none, SCRAM, a resource, presence."""
        if not isinstance(self.socket, ssl.SSLSocket):
            self.start_tls()
        self.open()
        self.authenticate(user, self.target.password)
        self.open()
        if bind:
            self.take_resource(resource)
            self.gets("<query xmlns='jabber:iq:roster'/>")
            if available:
                self.show(wants=wants)
            if available and wants:
                # Once more when the server knows what the capabilities mean: some look only then.
                self.settle(asked=True)
                self.show(wants=wants)
            if available:
                self.settle()
        return self

    def settle(self, *, asked: bool = False) -> None:
        """Until the server has done what came before; `asked`: until it knows what this client is."""
        limit = time.monotonic() + 3
        while True:
            self.gets("<ping xmlns='urn:xmpp:ping'/>", to=self.target.domain)
            if self._answered or not asked or time.monotonic() > limit:
                break
            time.sleep(0.05)
        if asked:
            self.gets("<ping xmlns='urn:xmpp:ping'/>", to=self.target.domain)

    def authenticate(self, user: str, password: str, *_: object, **__: object) -> None:  # type: ignore[override]
        """SCRAM with the best that is offered."""
        exchange = Scram.best(user, password, self.mechanisms())
        self.send(f"<auth xmlns='{SASL[1:-1]}' mechanism='{exchange.mechanism}'>"
                  f"{exchange.first}</auth>")
        self.send(f"<response xmlns='{SASL[1:-1]}'>{exchange.final(self._step('challenge'))}"
                  "</response>")
        exchange.knows_us(self._step("success"))

    def _step(self, wanted: str) -> str:
        element = self.expect(f"{SASL}{wanted}", f"{SASL}failure")
        if element.tag == f"{SASL}failure":
            raise Denied(element[0].tag.removeprefix(SASL))
        return element.text or ""

    def take_resource(self, resource: str) -> None:
        self.jid = self.bind(resource)
        if self.offers(f"{{{SESSION}}}session"):
            self.ask("set", f"<session xmlns='{SESSION}'/>")

    def offers(self, tag: str) -> bool:
        """Whether the stream's features have this child."""
        return self.features is not None and self.features.find(tag) is not None

    def show(self, *, wants: tuple[str, ...] = (), kind: str = "", inside: str = "",
             to: str = "") -> None:
        """Presence; with `wants` it has capabilities (XEP-0115) that ask for notifications."""
        caps = ""
        if wants:
            self.said = sorted([INFO, CAPS, *(f"{node}+notify" for node in wants)])
            caps = (f"<c xmlns='{CAPS}' hash='sha-1' node='urn:compliance' "
                    f"ver='{verification(f'client/pc//{self._name}', self.said)}'/>")
        attributes = "".join(f" {k}='{v}'" for k, v in (("type", kind), ("to", to)) if v)
        self.send(f"<presence{attributes}>{inside}{caps}</presence>")

    # -- asking and hearing ----------------------------------------------------------------------

    def next(self, *, within: float | None = None) -> ET.Element:
        element = super().next(within=within)
        if element.tag == f"{CLIENT}iq" and element.get("type") == "get":
            self._answer(element)
        return element

    def _answer(self, question: ET.Element) -> None:
        """Says what it is, to whoever asks; anything else it does not know."""
        query = question.find(f"{{{INFO}}}query")
        head = f"id='{question.get('id')}' to='{question.get('from') or self.target.domain}'"
        if query is None:
            self.send(f"<iq type='error' {head}><error type='cancel'><service-unavailable "
                      "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
            return
        self._answered += 1
        node = f" node='{query.get('node')}'" if query.get("node") else ""
        said = "".join(f"<feature var='{name}'/>" for name in self.said)
        self.send(f"<iq type='result' {head}><query xmlns='{INFO}'{node}>"
                  f"<identity category='client' type='pc' name='{self._name}'/>{said}</query></iq>")

    def ask(self, kind: str, payload: str, *, to: str | None = None,  # type: ignore[override]
            within: float | None = None) -> ET.Element:
        """The answer to an IQ, whatever it is."""
        name = f"q{next(_numbers)}"
        address = f" to='{to}'" if to else ""
        self.send(f"<iq type='{kind}' id='{name}'{address}>{payload}</iq>")
        return self.hears(lambda e: e.tag == f"{CLIENT}iq" and e.get("id") == name
                          and e.get("type") in ("result", "error"), f"an answer to {payload[:60]}",
                          within=within)

    def gets(self, payload: str, *, to: str | None = None) -> ET.Element:
        """The first child of the answer to a question that must not be an error."""
        answer = self.ask("get", payload, to=to)
        assert answer.get("type") == "result", f"{refusal(answer)} to {payload[:80]}"
        return answer[0] if len(answer) else answer

    def sets(self, payload: str, *, to: str | None = None) -> ET.Element:
        answer = self.ask("set", payload, to=to)
        assert answer.get("type") == "result", f"{refusal(answer)} to {payload[:80]}"
        return answer[0] if len(answer) else answer

    def refused(self, kind: str, payload: str, *, to: str | None = None) -> str:
        """The condition of the error that must come."""
        answer = self.ask(kind, payload, to=to)
        assert answer.get("type") == "error", f"not refused: {payload[:80]}"
        return next(c.tag.removeprefix(STANZAS) for c in answer.find(f"{CLIENT}error") or ()
                    if c.tag.startswith(STANZAS))

    def hears(self, fits: Callable[[ET.Element], bool], what: str, *,
              within: float | None = None) -> ET.Element:
        """The first stanza that fits, of those that came and those that come."""
        for element in self.heard:
            if fits(element):
                self.heard.remove(element)
                return element
        limit = time.monotonic() + (within or self.within)
        while time.monotonic() < limit:
            try:
                element = self.next(within=max(0.01, limit - time.monotonic()))
            except AssertionError as error:
                if "no stanza in time" in str(error):
                    break
                raise
            if fits(element):
                return element
            self.heard.append(element)
        raise AssertionError(f"{what} did not come; heard {[brief(e) for e in self.heard][-4:]}")

    def message(self, body: str, *, within: float | None = None) -> ET.Element:
        return self.hears(lambda e: e.tag == f"{CLIENT}message"
                          and e.findtext(f"{CLIENT}body") == body, f"the message {body!r}",
                          within=within)

    def presence(self, sender: str, kind: str | None = None, *, within: float | None = None) -> ET.Element:
        return self.hears(lambda e: e.tag == f"{CLIENT}presence" and e.get("type") == kind
                          and (e.get("from") or "").startswith(sender),
                          f"presence {kind} of {sender}", within=within)

    def nothing_like(self, fits: Callable[[ET.Element], bool], what: str) -> None:
        """Fails if it has come before the answer to a question that is asked now."""
        self.ask("get", "<ping xmlns='urn:xmpp:ping'/>", to=self.target.domain)
        assert not [e for e in self.heard if fits(e)], f"{what} came all the same"

    def disco(self, to: str, node: str = "") -> set[str]:
        """The features of somebody."""
        query = self.gets(f"<query xmlns='{INFO}'" + (f" node='{node}'" if node else "") + "/>", to=to)
        return {f.get("var") or "" for f in query.findall(f"{{{INFO}}}feature")}

    def service(self, feature: str) -> str:
        """The service of the domain that has a feature."""
        items = self.gets("<query xmlns='http://jabber.org/protocol/disco#items'/>", to=self.domain)
        for item in items:
            name = item.get("jid") or ""
            answer = self.ask("get", f"<query xmlns='{INFO}'/>", to=name)
            if any(f.get("var") == feature for f in answer.iter(f"{{{INFO}}}feature")):
                return name
        raise AssertionError(f"no service with {feature}")


def verification(identity: str, features: list[str]) -> str:
    """The hash of XEP-0115 §5.1; one identity, no forms."""
    text = "".join(f"{part}<" for part in [identity, *sorted(features)])
    return base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()


def refusal(answer: ET.Element) -> str:
    """The condition and the words of an error."""
    error = answer.find(f"{CLIENT}error")
    return " ".join(filter(None, ([c.tag.split("}")[1] for c in error] + [c.text for c in error])
                           if error is not None else [brief(answer)]))


def brief(element: ET.Element, size: int = 240) -> str:
    return ET.tostring(element, encoding="unicode")[:size]


__all__ = ["CAPS", "CLIENT", "INFO", "STREAM", "Denied", "Scram", "Session", "brief", "refusal",
           "verification"]

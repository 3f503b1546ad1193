"""Core: streams, TLS, discovery, capabilities, components, personal eventing."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import ssl
import xml.etree.ElementTree as ET

from ..raw import RawStream, StreamEnded
from .session import CAPS, CLIENT, INFO, STREAM, Denied, Session, brief
from .target import Target

COMPONENT = "{jabber:component:accept}"
EVENT = "{http://jabber.org/protocol/pubsub#event}"


def logged_in(target: Target, stack: contextlib.ExitStack, name: str, **how: object) -> Session:
    """A new person at a client."""
    return again(target, stack, target.account(name), **how)


def again(target: Target, stack: contextlib.ExitStack, local: str, **how: object) -> Session:
    """A client of an account that is there."""
    return stack.enter_context(Session(target)).log_in(local, **how)  # type: ignore[arg-type]


def befriend(a: Session, b: Session) -> None:
    """Each subscribes to the other's presence."""
    for one, other in ((a, b), (b, a)):
        one.show(kind="subscribe", to=other.bare)
        other.presence(one.bare, "subscribe")
        other.show(kind="subscribed", to=one.bare)
        one.presence(other.bare, "subscribed")


# -- RFC 6120 --------------------------------------------------------------------------------------


def streams(target: Target) -> None:
    """Login, resource, errors where errors are due."""
    local = target.account("alice")
    with Session(target).start_tls() as stream:
        stream.open()
        try:
            stream.authenticate(local, "wrong")
            raise AssertionError("a wrong password is taken")
        except Denied as denied:
            assert denied.condition == "not-authorized", denied.condition
    with Session(target).log_in(local) as stream:
        assert stream.jid == f"{local}@{target.domain}/desk", stream.jid
        condition = stream.refused("get", "<query xmlns='urn:compliance:unheard-of'/>", to=target.domain)
        assert condition in ("service-unavailable", "feature-not-implemented"), condition
        stream.send("<message><body></message>")
        assert stream.end() == "not-well-formed"
    with RawStream(target.host, target.port, domain="elsewhere.example") as stream:
        try:
            stream.open()
            raise AssertionError("a stream for another host is opened")
        except StreamEnded as ended:
            assert ended.condition == "host-unknown", ended.condition


# -- RFC 7590, XEP-0368 ----------------------------------------------------------------------------


def tls(target: Target) -> None:
    """Nothing but STARTTLS before TLS; then at least TLS 1.2 and a certificate for the domain."""
    with Session(target) as stream:
        features = stream.open()
        offer = features.find("{urn:ietf:params:xml:ns:xmpp-tls}starttls")
        assert offer is not None, "no STARTTLS"
        assert offer.find("{urn:ietf:params:xml:ns:xmpp-tls}required") is not None, "TLS is not required"
        assert not stream.mechanisms(), "mechanisms before TLS"
    with Session(target).start_tls() as stream:
        assert isinstance(stream.socket, ssl.SSLSocket)
        assert stream.socket.version() in ("TLSv1.2", "TLSv1.3"), stream.socket.version()
        stream.open()
        assert stream.mechanisms()
    with Session(target) as stream:
        stream.context.minimum_version = ssl.TLSVersion.TLSv1
        stream.context.maximum_version = ssl.TLSVersion.TLSv1_1
        stream.context.set_ciphers("ALL:@SECLEVEL=0")
        try:
            stream.start_tls()
        except (ssl.SSLError, ConnectionError):
            return
        raise AssertionError("TLS 1.1 is taken")


def direct_tls(target: Target) -> None:
    """TLS from the first byte, with the domain as SNI and with ALPN."""
    with Session(target, direct_tls=True) as stream:
        features = stream.open()
        assert features.find("{urn:ietf:params:xml:ns:xmpp-tls}starttls") is None, "STARTTLS in TLS"
    context = ssl.create_default_context(cafile=str(target.root_certificate))
    context.set_alpn_protocols(["xmpp-client"])
    with socket.create_connection((target.host, target.direct_tls_port), timeout=10) as plain, \
            context.wrap_socket(plain, server_hostname=target.domain) as secure:
        assert secure.selected_alpn_protocol() in (None, "xmpp-client")
    with Session(target, direct_tls=True).log_in(target.account("alice")) as stream:
        stream.gets("<ping xmlns='urn:xmpp:ping'/>", to=target.domain)


# -- XEP-0030, XEP-0115 ----------------------------------------------------------------------------


def discovery(target: Target) -> None:
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        info = alice.gets(f"<query xmlns='{INFO}'/>", to=target.domain)
        kinds = {(i.get("category"), i.get("type")) for i in info.findall(f"{{{INFO}}}identity")}
        assert ("server", "im") in kinds, kinds
        items = "http://jabber.org/protocol/disco#items"
        assert {INFO, items} <= alice.disco(target.domain)
        assert len(alice.gets(f"<query xmlns='{items}'/>", to=target.domain)), "no items"
        alice.disco(alice.bare)


def capabilities(target: Target) -> None:
    """The hash in the stream's features is that of the answer to disco#info."""
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        assert alice.features is not None
        caps = alice.features.find(f"{{{CAPS}}}c")
        assert caps is not None, "no capabilities in the stream's features"
        assert caps.get("hash") == "sha-1", caps.attrib
        node = f"{caps.get('node')}#{caps.get('ver')}"
        info = alice.gets(f"<query xmlns='{INFO}' node='{node}'/>", to=target.domain)
        assert caps.get("ver") == hash_of(info), f"{caps.get('ver')} is not the hash of {brief(info)}"


def hash_of(info: ET.Element) -> str:
    """XEP-0115 §5.1."""
    form = "{jabber:x:data}"
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    parts = sorted("/".join((i.get("category", ""), i.get("type", ""), i.get(lang, ""), i.get("name", "")))
                   for i in info.findall(f"{{{INFO}}}identity"))
    parts += sorted(f.get("var", "") for f in info.findall(f"{{{INFO}}}feature"))
    forms = []
    for x in info.findall(f"{form}x"):
        fields = {f.get("var", ""): sorted(v.text or "" for v in f.findall(f"{form}value"))
                  for f in x.findall(f"{form}field")}
        kind = fields.pop("FORM_TYPE", [""])[0]
        forms.append([kind] + [part for name in sorted(fields) for part in (name, *fields[name])])
    for one in sorted(forms):
        parts += one
    return base64.b64encode(hashlib.sha1("".join(f"{p}<" for p in parts).encode()).digest()).decode()


# -- XEP-0114 --------------------------------------------------------------------------------------


class Component(RawStream):
    """An external component of the target."""

    def __init__(self, target: Target, secret: str) -> None:
        super().__init__(target.host, target.component_port, domain=target.component)
        self.send(f"<?xml version='1.0'?><stream:stream xmlns='{COMPONENT[1:-1]}' "
                  f"xmlns:stream='{STREAM[1:-1]}' to='{self.domain}'>")
        while self._root is None:
            self._feed(self.socket.recv(65536))
        proof = hashlib.sha1((self._root.get("id", "") + secret).encode()).hexdigest()
        self.send(f"<handshake>{proof}</handshake>")
        self.expect(f"{COMPONENT}handshake")


def components(target: Target) -> None:
    try:
        Component(target, "not the secret").close()
        raise AssertionError("a wrong secret is taken")
    except StreamEnded:
        pass
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        component = stack.enter_context(Component(target, target.secret))
        alice.send(f"<message to='{target.component}' type='chat'><body>to the component</body></message>")
        heard = component.expect(f"{COMPONENT}message")
        assert heard.findtext(f"{COMPONENT}body") == "to the component"
        assert heard.get("from") == alice.jid, heard.get("from")
        component.send(f"<message from='bot@{target.component}' to='{alice.jid}' type='chat'>"
                       "<body>from the component</body></message>")
        assert alice.message("from the component").get("from") == f"bot@{target.component}"


# -- XEP-0163 --------------------------------------------------------------------------------------


def publish(session: Session, node: str, item: str, payload: str, options: dict[str, str] | None = None) -> None:
    fields = "".join(f"<field var='pubsub#{name}'><value>{value}</value></field>"
                     for name, value in (options or {}).items())
    form = ("<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
            "<value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
            f"{fields}</x></publish-options>") if options else ""
    session.sets("<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                 f"<publish node='{node}'><item id='{item}'>{payload}</item></publish>{form}</pubsub>")


def items_of(node: str) -> str:
    return f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'/></pubsub>"


def told(session: Session, sender: str, node: str) -> ET.Element:
    """Waits for a notification; the item."""
    def fits(element: ET.Element) -> bool:
        items = element.find(f"{EVENT}event/{EVENT}items")
        return (items is not None and items.get("node") == node and len(items) > 0
                and element.get("from") == sender)
    message = session.hears(fits, f"a notification of {node}")
    return message.find(f"{EVENT}event/{EVENT}items")[0]  # type: ignore[index]


def eventing(target: Target) -> None:
    """Publishing makes the node; contacts who want it are told, also when they come later."""
    node = "http://jabber.org/protocol/tune"
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        bob = logged_in(target, stack, "bob", wants=(node,))
        info = alice.gets(f"<query xmlns='{INFO}'/>", to=alice.bare)
        kinds = {(i.get("category"), i.get("type")) for i in info.findall(f"{{{INFO}}}identity")}
        assert ("pubsub", "pep") in kinds, kinds
        befriend(alice, bob)
        bob.show(wants=(node,))
        bob.settle()
        publish(alice, node, "first", "<tune xmlns='http://jabber.org/protocol/tune'><title>one</title></tune>")
        assert told(bob, alice.bare, node).get("id") == "first"
        later = again(target, stack, bob.bare.split("@")[0], resource="later", wants=(node,))
        assert told(later, alice.bare, node).get("id") == "first"


__all__ = ["CLIENT", "Component", "again", "befriend", "items_of", "logged_in", "publish", "told"]

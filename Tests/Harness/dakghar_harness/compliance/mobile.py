"""Mobile: stream management, client state, push; and what calls need."""

from __future__ import annotations

import contextlib

from .core import COMPONENT, Component, again, befriend, logged_in
from .session import CLIENT, Session, brief
from .target import Target

MANAGEMENT = "{urn:xmpp:sm:3}"


def stream_management(target: Target) -> None:
    """XEP-0198: acknowledgements both ways, and a torn session that goes on where it was."""
    with contextlib.ExitStack() as stack:
        bob = logged_in(target, stack, "bob")
        alice = logged_in(target, stack, "alice")
        assert alice.offers(f"{MANAGEMENT}sm"), "not among the features"
        identity = alice.enable()
        assert identity, "no resumption"
        alice.send("<presence/><r xmlns='urn:xmpp:sm:3'/>")
        assert alice.hears(lambda e: e.tag == f"{MANAGEMENT}a", "an acknowledgement").get("h") == "1"
        alice.close()
        bob.send(f"<message to='{alice.jid}' type='chat'><body>while you were gone</body></message>")
        back = stack.enter_context(Session(target))
        back.log_in(alice.bare.split("@")[0], bind=False)
        # Presence of her own came before; what is sent again is more than the message.
        answer = back.resume(identity, handled=0)
        assert answer.tag == f"{MANAGEMENT}resumed", brief(answer)
        assert answer.get("h") == "1", answer.get("h")
        back.message("while you were gone")


def client_state(target: Target) -> None:
    """XEP-0352: presence waits while the client is inactive, a message does not."""
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        assert alice.offers("{urn:xmpp:csi:0}csi"), "not among the features"
        befriend(alice, bob)
        alice.send("<inactive xmlns='urn:xmpp:csi:0'/>")
        alice.gets("<ping xmlns='urn:xmpp:ping'/>", to=target.domain)
        alice.heard.clear()
        bob.show(inside="<status>chatty</status>")
        bob.gets("<ping xmlns='urn:xmpp:ping'/>", to=target.domain)
        bob.send(f"<message to='{alice.bare}' type='chat'><body>important</body></message>")
        alice.message("important")
        alice.send("<active xmlns='urn:xmpp:csi:0'/>")
        if not [e for e in alice.heard if e.findtext(f"{CLIENT}status") == "chatty"]:
            alice.hears(lambda e: e.findtext(f"{CLIENT}status") == "chatty", "the presence that waited")


def push(target: Target) -> None:
    """XEP-0357: an app server is told that something waits for who has no client connected."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Component(target, target.secret))
        bob = logged_in(target, stack, "bob")
        alice = logged_in(target, stack, "alice")
        assert "urn:xmpp:push:0" in alice.disco(alice.bare) | alice.disco(target.domain), "not announced"
        alice.sets(f"<enable xmlns='urn:xmpp:push:0' jid='{target.component}' node='phone'/>")
        befriend(alice, bob)
        bob.heard.clear()
        alice.send("</stream:stream>")
        bob.presence(alice.bare, "unavailable")
        bob.send(f"<message to='{alice.bare}' type='chat'><body>wake up</body></message>")
        told = server.expect(f"{COMPONENT}iq", within=15)
        assert told.get("type") == "set", brief(told)
        published = told.find("{http://jabber.org/protocol/pubsub}pubsub/"
                              "{http://jabber.org/protocol/pubsub}publish")
        assert published is not None and published.get("node") == "phone", brief(told)
        assert any(e.tag == "{urn:xmpp:push:0}notification" for e in published.iter()), brief(told)
        server.send(f"<iq type='result' id='{told.get('id')}' from='{target.component}' "
                    f"to='{told.get('from')}'/>")
        again(target, stack, alice.bare.split("@")[0]).message("wake up")


def calls(target: Target) -> None:
    """XEP-0215: a TURN server, with a name and a password that are good for a while."""
    namespace = "urn:xmpp:extdisco:2"
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        assert namespace in alice.disco(target.domain), "not announced"
        services = alice.gets(f"<services xmlns='{namespace}' type='turn'/>", to=target.domain)
        servers = [s for s in services if s.get("type") == "turn"]
        assert servers and servers[0].get("host", "").startswith("turn."), brief(services)
        assert servers[0].get("username") and servers[0].get("password"), brief(services)

"""IM: people, cards, avatars, copies, blocking, archives, private storage, uploads."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import urllib.parse
import xml.etree.ElementTree as ET

from ..waiting import until
from ..web import Web
from .core import again, befriend, items_of, logged_in, publish
from .session import CLIENT, Session, brief, refusal
from .target import Target

CARD = "vcard-temp"
SECRET_NODE = "urn:compliance:secret"
#: One pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def people(target: Target) -> None:
    """RFC 6121: roster and its pushes, subscriptions, presence, messages also to who is away."""
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        for one in (alice, bob):
            one.gets("<query xmlns='jabber:iq:roster'/>")
        befriend(alice, bob)
        alice.sets("<query xmlns='jabber:iq:roster'>"
                   f"<item jid='{bob.bare}' name='Robert'><group>Friends</group></item></query>")
        alice.hears(lambda e: e.find("{jabber:iq:roster}query/{jabber:iq:roster}item[@name='Robert']")
                    is not None, "the roster's push")
        entry = alice.gets("<query xmlns='jabber:iq:roster'/>").find("{jabber:iq:roster}item")
        assert entry is not None and entry.get("subscription") == "both", entry
        bob.show(inside="<show>away</show>")
        alice.hears(lambda e: e.findtext(f"{CLIENT}show") == "away", "a contact's presence")
        alice.send(f"<message to='{bob.bare}' type='chat'><body>a word</body></message>")
        assert bob.message("a word").get("from") == alice.jid
        alice.heard.clear()
        bob.send("</stream:stream>")
        alice.presence(bob.bare, "unavailable")
        alice.send(f"<message to='{bob.bare}' type='chat'><body>for later</body></message>")
        alice.gets("<ping xmlns='urn:xmpp:ping'/>", to=target.domain)
        again(target, stack, bob.bare.split("@")[0]).message("for later")


def card(target: Target) -> None:
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        alice.sets(f"<vCard xmlns='{CARD}'><FN>Alice of the Archive</FN></vCard>")
        assert bob.gets(f"<vCard xmlns='{CARD}'/>", to=alice.bare).findtext(f"{{{CARD}}}FN") == \
            "Alice of the Archive"
        assert CARD in alice.disco(target.domain) | alice.disco(alice.bare)


def photo_hash(presence: ET.Element) -> str | None:
    return presence.findtext("{vcard-temp:x:update}x/{vcard-temp:x:update}photo")


def photo_in_presence(target: Target) -> None:
    """XEP-0153: the server puts the photo's hash into presence (XEP-0398 §5)."""
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        befriend(alice, bob)
        alice.sets(f"<vCard xmlns='{CARD}'><PHOTO><TYPE>image/png</TYPE><BINVAL>"
                   f"{base64.b64encode(PNG).decode()}</BINVAL></PHOTO></vCard>")
        alice.show(inside="<x xmlns='vcard-temp:x:update'/>")
        alice.show(inside="<status>with a photo</status>")
        digest = hashlib.sha1(PNG).hexdigest()
        bob.hears(lambda e: photo_hash(e) == digest, "the hash of the photo")


def photo(session: Session) -> bytes:
    """The photo in one's own card."""
    found = session.ask("get", f"<vCard xmlns='{CARD}'/>").findtext(
        f"{{{CARD}}}vCard/{{{CARD}}}PHOTO/{{{CARD}}}BINVAL")
    return base64.b64decode(found or "")


def avatars(target: Target) -> None:
    """XEP-0398: an avatar that is published is in the card, one in the card is published."""
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        digest = hashlib.sha1(PNG).hexdigest()
        public = {"access_model": "open"}
        publish(alice, "urn:xmpp:avatar:data", digest,
                f"<data xmlns='urn:xmpp:avatar:data'>{base64.b64encode(PNG).decode()}</data>", public)
        publish(alice, "urn:xmpp:avatar:metadata", digest,
                f"<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='{len(PNG)}' id='{digest}' "
                "height='1' width='1' type='image/png'/></metadata>", public)
        until(lambda: photo(alice) == PNG, within=10, what="the published avatar is in the card")
        carol = logged_in(target, stack, "carol")
        carol.sets(f"<vCard xmlns='{CARD}'><PHOTO><TYPE>image/png</TYPE><BINVAL>"
                   f"{base64.b64encode(PNG).decode()}</BINVAL></PHOTO></vCard>")
        metadata = items_of("urn:xmpp:avatar:metadata")
        until(lambda: digest in brief(carol.ask("get", metadata), 2_000), within=10,
              what="the card's photo is published")
        assert "urn:xmpp:pep-vcard-conversion:0" in carol.disco(carol.bare), "not announced"


def carbons(target: Target) -> None:
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        phone = again(target, stack, alice.bare.split("@")[0], resource="phone")
        assert "urn:xmpp:carbons:2" in alice.disco(target.domain)
        for one in (alice, phone):
            one.sets("<enable xmlns='urn:xmpp:carbons:2'/>")
        alice.send(f"<message to='{bob.bare}' type='chat'><body>written at the desk</body></message>")
        copied(phone, "sent", "written at the desk")
        bob.send(f"<message to='{alice.jid}' type='chat'><body>to the desk</body></message>")
        copied(phone, "received", "to the desk")


def copied(session: Session, direction: str, body: str) -> None:
    path = (f"{{urn:xmpp:carbons:2}}{direction}/{{urn:xmpp:forward:0}}forwarded/"
            f"{CLIENT}message/{CLIENT}body")
    session.hears(lambda e: e.findtext(path) == body, f"a copy of what was {direction}")


def blocking(target: Target) -> None:
    with contextlib.ExitStack() as stack:
        alice, mallory = (logged_in(target, stack, name) for name in ("alice", "mallory"))
        assert "urn:xmpp:blocking" in alice.disco(target.domain)
        assert not len(alice.gets("<blocklist xmlns='urn:xmpp:blocking'/>"))
        alice.sets(f"<block xmlns='urn:xmpp:blocking'><item jid='{mallory.bare}'/></block>")
        alice.hears(lambda e: e.find("{urn:xmpp:blocking}block") is not None, "the list's push")
        listed = alice.gets("<blocklist xmlns='urn:xmpp:blocking'/>")
        assert [i.get("jid") for i in listed] == [mallory.bare]
        mallory.send(f"<message to='{alice.bare}' type='chat' id='m'><body>let me in</body></message>")
        error = mallory.hears(lambda e: e.get("id") == "m", "the error for who is blocked")
        assert error.get("type") == "error", brief(error)
        alice.nothing_like(lambda e: e.findtext(f"{CLIENT}body") == "let me in", "what was blocked")
        alice.send(f"<message to='{mallory.bare}' type='chat' id='n'><body>you</body></message>")
        error = alice.hears(lambda e: e.get("id") == "n", "the error for who blocks")
        assert error.find("{jabber:client}error/{urn:xmpp:blocking:errors}blocked") is not None, \
            f"no <blocked/> for who blocks, but {refusal(error)}"
        alice.sets(f"<unblock xmlns='urn:xmpp:blocking'><item jid='{mallory.bare}'/></unblock>")
        mallory.send(f"<message to='{alice.bare}' type='chat'><body>thank you</body></message>")
        alice.message("thank you")


def private_storage(target: Target) -> None:
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        alice.sets("<query xmlns='jabber:iq:private'><notes xmlns='urn:compliance:notes'>kept</notes></query>")
        asked = "<query xmlns='jabber:iq:private'><notes xmlns='urn:compliance:notes'/></query>"
        phone = again(target, stack, alice.bare.split("@")[0], resource="phone")
        assert phone.gets(asked).findtext("{urn:compliance:notes}notes") == "kept"
        assert bob.ask("get", asked, to=alice.bare).get("type") == "error", "others read it"


def private_nodes(target: Target) -> None:
    """XEP-0223: a node for oneself, made in one step; nobody else reads it or is told."""
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        bob = logged_in(target, stack, "bob", wants=(SECRET_NODE,))
        befriend(alice, bob)
        assert "http://jabber.org/protocol/pubsub#publish-options" in alice.disco(alice.bare)
        publish(alice, SECRET_NODE, "one", "<secret xmlns='urn:compliance:secret'>mine</secret>",
                {"persist_items": "true", "access_model": "whitelist"})
        assert "mine" in ET.tostring(alice.gets(items_of(SECRET_NODE)), encoding="unicode")
        assert bob.ask("get", items_of(SECRET_NODE), to=alice.bare).get("type") == "error", "others read it"
        bob.nothing_like(lambda e: e.tag == f"{CLIENT}message" and SECRET_NODE in brief(e), "a notification")
        conditions = {"access_model": "open", "persist_items": "true"}
        try:
            publish(alice, SECRET_NODE, "two", "<secret xmlns='urn:compliance:secret'>all</secret>", conditions)
        except AssertionError as error:
            assert "precondition-not-met" in str(error) or "conflict" in str(error), error
        else:
            raise AssertionError("the options are no conditions")


def archive(target: Target) -> None:
    """XEP-0313: both sides of a conversation, in order, page by page, with ids that messages have."""
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        assert "urn:xmpp:mam:2" in alice.disco(alice.bare)
        for number in range(5):
            alice.send(f"<message to='{bob.bare}' type='chat' id='m{number}'><body>no. {number}</body></message>")
        ids = []
        for number in range(5):
            stamp = bob.message(f"no. {number}").find("{urn:xmpp:sid:0}stanza-id")
            ids.append(None if stamp is None else stamp.get("id"))
        assert read_archive(bob, "") == ([f"no. {n}" for n in range(5)], ids), "not what was said"
        first, found = read_archive(bob, "<max>2</max>")
        assert first == ["no. 0", "no. 1"], first
        assert read_archive(bob, f"<max>2</max><after>{found[1]}</after>")[0] == ["no. 2", "no. 3"]
        assert read_archive(bob, "<max>2</max><before/>")[0] == ["no. 3", "no. 4"]
        assert read_archive(alice, "")[0] == [f"no. {n}" for n in range(5)], "the sender's own"


def read_archive(session: Session, page: str, *, to: str | None = None, name: str = "") -> tuple[list[str], list[str | None]]:
    """Texts and ids of a page."""
    name = name or base64.b32encode(os.urandom(5)).decode()
    mam = "{urn:xmpp:mam:2}"
    session.sets(f"<query xmlns='urn:xmpp:mam:2' queryid='{name}'>"
                 f"<set xmlns='http://jabber.org/protocol/rsm'>{page}</set></query>", to=to)
    results = [e.find(f"{mam}result") for e in session.heard]
    mine = [r for r in results if r is not None and r.get("queryid") == name]
    path = f"{{urn:xmpp:forward:0}}forwarded/{CLIENT}message/{CLIENT}body"
    said = [(r.findtext(path), r.get("id")) for r in mine]
    return [t for t, _ in said if t is not None], [i for t, i in said if t is not None]


def upload(target: Target) -> None:
    """XEP-0363: a slot, then put and get over HTTPS."""
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        feature = "urn:xmpp:http:upload:0"
        service = alice.service(feature)
        content = os.urandom(100_000)
        slot = alice.gets(f"<request xmlns='{feature}' filename='picture.jpg' size='{len(content)}' "
                          "content-type='image/jpeg'/>", to=service)
        put = slot.find(f"{{{feature}}}put")
        assert put is not None
        headers = {(h.get("name") or "").replace("-", "_"): h.text or "" for h in put}
        answer = Web(target).ask(  # type: ignore[arg-type]
            "PUT", path_of(put.get("url")), content, **{"content_type": "image/jpeg"} | headers)
        assert answer.status == 201, answer
        got = Web(target).get(path_of(slot.find(f"{{{feature}}}get").get("url")))  # type: ignore
        assert got.status == 200 and got.body == content, got.status
        condition = alice.refused("get", f"<request xmlns='{feature}' filename='x' size='{1 << 40}'/>", to=service)
        assert condition in ("not-acceptable", "resource-constraint"), condition


def path_of(url: str | None) -> str:
    parts = urllib.parse.urlsplit(url or "")
    assert parts.scheme == "https", url
    return parts.path + (f"?{parts.query}" if parts.query else "")

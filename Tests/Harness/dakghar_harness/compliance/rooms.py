"""IM: rooms, invitations to them, their archives, bookmarks."""

from __future__ import annotations

import contextlib
import itertools
import xml.etree.ElementTree as ET

from .core import again, items_of, logged_in, publish, told
from .instant import read_archive
from .session import CLIENT, Session, brief
from .target import Target

MUC = "http://jabber.org/protocol/muc"
PRIVATE = "<query xmlns='jabber:iq:private'>{}</query>"
BOOKMARKS = "urn:xmpp:bookmarks:1"
_numbers = itertools.count(1)


def enter(session: Session, room: str, nick: str) -> ET.Element:
    """Own presence comes last (XEP-0045 §7.2.2)."""
    session.show(to=f"{room}/{nick}", inside=f"<x xmlns='{MUC}'/>")
    return session.hears(
        lambda e: e.tag == f"{CLIENT}presence" and (e.get("from") == f"{room}/{nick}"), "own presence")


def statuses(presence: ET.Element) -> set[str]:
    return {s.get("code", "") for s in presence.iter(f"{{{MUC}#user}}status")}


def new_room(owner: Session) -> str:
    """A room with the owner in it."""
    room = f"council{next(_numbers)}@{owner.service(MUC)}"
    own = enter(owner, room, "owner")
    assert {"110", "201"} <= statuses(own), brief(own)
    owner.sets(f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'/></query>", to=room)
    return room


def said(session: Session, room: str, nick: str, body: str) -> None:
    session.hears(lambda e: e.tag == f"{CLIENT}message" and e.get("type") == "groupchat"
                  and e.get("from") == f"{room}/{nick}" and e.findtext(f"{CLIENT}body") == body,
                  f"{body!r} in the room")


def say(session: Session, room: str, body: str) -> None:
    session.send(f"<message to='{room}' type='groupchat'><body>{body}</body></message>")


def rooms(target: Target) -> None:
    """Making, form, entering, talking, subject, history, kicking, members only, the end."""
    with contextlib.ExitStack() as stack:
        alice, bob, carol = (logged_in(target, stack, name) for name in ("alice", "bob", "carol"))
        room = new_room(alice)
        assert MUC in alice.disco(room)
        form = alice.gets(f"<query xmlns='{MUC}#owner'/>", to=room)
        fields = {f.get("var") for f in form.iter("{jabber:x:data}field")}
        assert {"muc#roomconfig_membersonly", "muc#roomconfig_roomname"} <= fields, fields
        enter(bob, room, "bob")
        say(alice, room, "welcome")
        said(bob, room, "owner", "welcome")
        said(alice, room, "owner", "welcome")
        alice.send(f"<message to='{room}' type='groupchat'><subject>the harvest</subject></message>")
        bob.hears(lambda e: e.findtext(f"{CLIENT}subject") == "the harvest", "the subject")
        enter(carol, room, "carol")
        said(carol, room, "owner", "welcome")
        bob.presence(f"{room}/carol")
        admin = f"<query xmlns='{MUC}#admin'><item nick='carol' role='none'/></query>"
        assert bob.refused("set", admin, to=room) in ("forbidden", "not-allowed")
        alice.sets(admin, to=room)
        assert "307" in statuses(carol.presence(f"{room}/carol", "unavailable"))
        alice.sets(f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'>"
                   f"<field var='FORM_TYPE'><value>{MUC}#roomconfig</value></field>"
                   "<field var='muc#roomconfig_membersonly'><value>1</value></field></x></query>", to=room)
        carol.show(to=f"{room}/carol", inside=f"<x xmlns='{MUC}'/>")
        refusal = carol.presence(f"{room}/carol", "error").find(f"{CLIENT}error")
        assert refusal is not None and any(c.tag.endswith("}registration-required") for c in refusal)
        alice.sets(f"<query xmlns='{MUC}#owner'><destroy/></query>", to=room)
        assert alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>",
                         to=room).get("type") == "error", "the room is still there"


def invitations(target: Target) -> None:
    """XEP-0249: passed on, and kept for who is away."""
    def invites(element: ET.Element) -> bool:
        found = element.find("{jabber:x:conference}x")
        return found is not None and (found.get("jid") or "").startswith("council@")

    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        invitation = (f"<message to='{bob.bare}'><x xmlns='jabber:x:conference' "
                      f"jid='council@{alice.service(MUC)}'/></message>")
        alice.send(invitation)
        bob.hears(invites, "an invitation")


def room_archive(target: Target) -> None:
    with contextlib.ExitStack() as stack:
        alice, bob, carol = (logged_in(target, stack, name) for name in ("alice", "bob", "carol"))
        room = new_room(alice)
        assert "urn:xmpp:mam:2" in alice.disco(room), "not announced by the room"
        enter(bob, room, "bob")
        for body in ("first", "second"):
            say(bob, room, body)
            said(alice, room, "bob", body)
        assert read_archive(bob, "", to=room)[0] == ["first", "second"]
        assert read_archive(bob, "<max>1</max><before/>", to=room)[0] == ["second"]
        alice.sets(f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'>"
                   f"<field var='FORM_TYPE'><value>{MUC}#roomconfig</value></field>"
                   "<field var='muc#roomconfig_membersonly'><value>1</value></field></x></query>", to=room)
        answer = carol.ask("set", "<query xmlns='urn:xmpp:mam:2'/>", to=room)
        assert answer.get("type") == "error", "strangers read the archive of a room for members"


def self_ping(target: Target) -> None:
    """XEP-0410: the answer tells whether one is still inside; the room answers by itself if it says so."""
    ping = "<ping xmlns='urn:xmpp:ping'/>"
    with contextlib.ExitStack() as stack:
        alice, bob = (logged_in(target, stack, name) for name in ("alice", "bob"))
        room = new_room(alice)
        enter(bob, room, "bob")
        assert bob.ask("get", ping, to=f"{room}/bob").get("type") == "result"
        bob.show(to=f"{room}/bob", kind="unavailable")
        bob.presence(f"{room}/bob", "unavailable")
        assert bob.refused("get", ping, to=f"{room}/bob") == "not-acceptable"


def old_bookmarks(target: Target) -> None:
    """XEP-0048 in private storage, as older clients keep them."""
    storage = ("<storage xmlns='storage:bookmarks'><conference jid='old@rooms.test' autojoin='true' "
               "name='The old one'><nick>me</nick></conference></storage>")
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice")
        alice.sets(PRIVATE.format(storage))
        phone = again(target, stack, alice.bare.split("@")[0], resource="phone")
        found = phone.gets(PRIVATE.format("<storage xmlns='storage:bookmarks'/>"))
        room = found.find("{storage:bookmarks}storage/{storage:bookmarks}conference")
        assert room is not None and room.get("jid") == "old@rooms.test", brief(found)
        assert room.findtext("{storage:bookmarks}nick") == "me"


def bookmarks(target: Target) -> None:
    """XEP-0402 with `#compat`: written in one form, read in the other."""
    with contextlib.ExitStack() as stack:
        alice = logged_in(target, stack, "alice", wants=(BOOKMARKS,))
        assert f"{BOOKMARKS}#compat" in alice.disco(alice.bare), "#compat is not announced"
        publish(alice, BOOKMARKS, "new@rooms.test",
                f"<conference xmlns='{BOOKMARKS}' name='The new one' autojoin='true'/>",
                {"persist_items": "true", "max_items": "max", "send_last_published_item": "never",
                 "access_model": "whitelist"})
        assert told(alice, alice.bare, BOOKMARKS).get("id") == "new@rooms.test"
        old = alice.gets(PRIVATE.format("<storage xmlns='storage:bookmarks'/>"))
        names = {c.get("jid") for c in old.iter("{storage:bookmarks}conference")}
        assert "new@rooms.test" in names, f"the old form has {names}"
        alice.sets(PRIVATE.format(
            "<storage xmlns='storage:bookmarks'><conference jid='new@rooms.test' autojoin='true'/>"
            "<conference jid='second@rooms.test' autojoin='false'/></storage>"))
        found = alice.gets(items_of(BOOKMARKS))
        names = {i.get("id") for i in found.iter("{http://jabber.org/protocol/pubsub}item")}
        assert names == {"new@rooms.test", "second@rooms.test"}, names

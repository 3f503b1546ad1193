"""Rooms (XEP-0045): coming and going, talking, and who may do what, on one box and across two."""

import xml.etree.ElementTree as ET

import pytest

from dakghar_harness import Refused, stays, until
from dakghar_harness.rooms import Seat, item, room_archive, room_name, statuses

USER = "{http://jabber.org/protocol/muc#user}"


@pytest.fixture
def council(finance, person):
    """A new room of alice's, made as it is: `council()` or `council(membersonly="1")`."""
    def make(**settings):
        alice = Seat(person(finance, "alice"), room_name(finance), "alice").enter()
        alice.configure(**settings)
        return alice
    return make


@pytest.fixture
def guest(finance, interior, person):
    """Somebody else in the room: `guest(alice, "bob")`, or of the other office."""
    def make(host, nick, *, across=False, enter=True, **options):
        seat = Seat(person(interior if across else finance, nick), host.room, nick)
        return seat.enter(**options) if enter else seat
    return make


across_or_not = pytest.mark.parametrize("across", [False, True], ids=["one box", "two boxes"])


# -- coming and going ------------------------------------------------------------------------------


def test_the_first_one_makes_the_room_and_owns_it(finance, person):
    """Status 201, owner and moderator; nobody else enters before the form was sent."""
    alice = Seat(person(finance, "alice"), room_name(finance), "alice").enter()
    assert {110, 201} <= statuses(alice.own)
    assert (item(alice.own).get("affiliation"), item(alice.own).get("role")) == ("owner", "moderator")
    bob = Seat(person(finance, "bob"), alice.room, "bob")
    with pytest.raises(Refused) as refused:
        bob.enter()
    assert refused.value.condition == "item-not-found"
    alice.configure()
    bob.enter()
    alice.sees("bob")


def test_a_cancelled_form_unmakes_the_room(finance, person):
    alice = Seat(person(finance, "alice"), room_name(finance), "alice").enter()
    alice.person.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'>"
                     "<x xmlns='jabber:x:data' type='cancel'/></query>", to=alice.room)
    alice.sees("alice", "unavailable")
    with pytest.raises(Refused):
        alice.configure()


@across_or_not
def test_people_enter_talk_and_leave(across, council, guest):
    """Both see each other's presence with address, hear each other, and see each other go."""
    alice = council()
    bob = guest(alice, "bob", across=across)
    assert {110, 100, 170} <= statuses(bob.own) and 201 not in statuses(bob.own)
    assert item(bob.sees("alice")).get("jid") == alice.person.jid
    assert item(alice.sees("bob")).get("jid") == bob.person.jid
    alice.says("welcome")
    heard = bob.hears("welcome")
    assert heard.stanza_id and heard.stanza_id_by == alice.room
    bob.says("thank you")
    alice.hears("thank you")
    bob.hears("thank you")
    bob.show("away")
    until(lambda: any(p.findtext("{jabber:client}show") == "away" and p.get("from") == f"{alice.room}/bob"
                      for p in alice.person.stream.presences), within=5, what="alice sees bob away")
    bob.leave()
    alice.sees("bob", "unavailable")
    bob.sees("bob", "unavailable", status=110)


@across_or_not
def test_a_nickname_changes(across, council, guest):
    """303 with the new nickname, 110 for oneself; a taken one is refused."""
    alice = council()
    bob = guest(alice, "bob", across=across)
    bob.rename("robert")
    assert item(alice.sees("bob", "unavailable", status=303)).get("nick") == "robert"
    alice.sees("robert")
    bob.sees("robert", status=110)
    bob.rename("alice")
    bob.sees("alice", "error")
    bob.says("still here")
    assert alice.hears("still here").sender == f"{alice.room}/robert"


def test_a_taken_nickname_is_refused_and_a_persons_second_client_shares_theirs(
        council, guest, client, finance):
    alice = council()
    bob = guest(alice, "alice", enter=False)
    with pytest.raises(Refused) as refused:
        bob.enter()
    assert refused.value.condition == "conflict"
    phone = client(finance, alice.person.bare.split("@")[0], resource="phone").login()
    second = Seat(phone, alice.room, "alice").enter()
    alice.says("on both")
    second.hears("on both")
    second.leave()
    second.sees("alice", "unavailable", status=110)
    alice.says("one is left")
    alice.hears("one is left")


def test_who_loses_the_line_for_good_is_seen_to_leave(council, guest):
    alice = council()
    bob = guest(alice, "bob")
    bob.person.logout()
    alice.sees("bob", "unavailable")


# -- history, subject, archive ----------------------------------------------------------------------


@across_or_not
def test_who_comes_later_reads_what_was_said(across, council, guest):
    """History out of the archive, in order, as much as asked for; then the subject."""
    alice = council(changesubject="0")
    for number in range(5):
        alice.says(f"word {number}")
    alice.hears("word 4")
    alice.person.does(lambda: alice.person.plugin("xep_0045").set_subject(alice.room, "Budget"))
    until(lambda: [m for m in alice.person.messages if m.xml.findtext("{jabber:client}subject") == "Budget"],
          within=5, what="the subject is set")
    bob = guest(alice, "bob", across=across)
    assert [m.body for m in bob.history] == [f"word {n}" for n in range(5)]
    assert all(m.delay and m.stanza_id for m in bob.history)
    subjects = [m.xml.findtext("{jabber:client}subject") for m in bob.person.messages]
    assert subjects[-1] == "Budget"
    carol = guest(alice, "carol", across=across, maxstanzas=2)
    assert [m.body for m in carol.history] == ["word 3", "word 4"]
    dave = guest(alice, "dave", maxstanzas=0)
    assert dave.history == []


@across_or_not
def test_the_archive_is_for_members_and_those_inside(across, council, guest, finance, interior, person):
    """A member reads it from outside, an occupant inside, nobody else; ids are those of the messages."""
    alice = council(membersonly="1")
    alice.says("for us")
    said = alice.hears("for us")
    member, stranger = (person(interior if across else finance, n) for n in ("member", "stranger"))
    alice.affiliate(member.bare, "member")
    (entry,) = room_archive(member, alice.room)
    assert entry.body == "for us" and entry.archive_id == said.stanza_id
    with pytest.raises(Refused) as refused:
        room_archive(stranger, alice.room)
    assert refused.value.condition == "forbidden"
    alice.affiliate(member.bare, "none")
    with pytest.raises(Refused):
        room_archive(member, alice.room)
    assert [m.body for m in alice.archive()] == ["for us"]


def test_rooms_settings_and_words_outlive_a_killed_box(make_box, account, client):
    """What was acknowledged is there after kill -9: room, affiliations, subject, archive."""
    box = make_box("finance").start()
    name = account(box, "alice")
    alice = Seat(client(box, name).login(), room_name(box), "alice").enter()
    alice.configure(membersonly="1", roomname="The council")
    alice.affiliate(f"bob@{box.domain}", "member")
    alice.person.wait_acknowledged([alice.says("kept")])
    temporary = Seat(alice.person, room_name(box), "alice").enter()
    temporary.configure(persistentroom="0")
    alice.person.tear()
    box.kill()
    box.start()
    again = Seat(client(box, name, resource="new").login(), alice.room, "alice").enter()
    assert 201 not in statuses(again.own)
    assert [m.body for m in again.history] == ["kept"]
    assert again.listed(affiliation="member") == [f"bob@{box.domain}"]
    assert 201 in statuses(Seat(again.person, temporary.room, "alice").enter().own)


def test_no_store_is_heeded(council, guest):
    """Heard by who is there, and in no archive; typing neither."""
    alice = council()
    bob = guest(alice, "bob")
    alice.says("between us", payload="<no-store xmlns='urn:xmpp:hints'/>")
    bob.hears("between us")
    alice.says("for the record")
    bob.hears("for the record")
    assert [m.body for m in alice.archive()] == ["for the record"]


# -- roles and affiliations --------------------------------------------------------------------------


@across_or_not
def test_kicking_and_banning(across, council, guest):
    """307 and back again; 301, and no way back until unbanned."""
    alice = council()
    bob = guest(alice, "bob", across=across)
    seen = bob.seen
    alice.role("bob", "none")
    bob.sees("bob", "unavailable", status=307, since=seen)
    bob.enter()
    seen = bob.seen
    alice.affiliate(bob.person.bare, "outcast", "enough")
    gone = bob.sees("bob", "unavailable", status=301, since=seen)
    assert gone.findtext(f"{USER}x/{USER}item/{USER}reason") == "enough"
    with pytest.raises(Refused) as refused:
        bob.enter()
    assert refused.value.condition == "forbidden"
    assert alice.listed(affiliation="outcast") == [bob.person.bare]
    alice.affiliate(bob.person.bare, "none")
    bob.enter()


@across_or_not
def test_a_room_for_members(across, council, guest):
    """Strangers are refused, an invited one becomes a member, a removed one is out (321)."""
    alice = council(membersonly="1")
    bob = guest(alice, "bob", across=across, enter=False)
    with pytest.raises(Refused) as refused:
        bob.enter()
    assert refused.value.condition == "registration-required"
    alice.person.plugin("xep_0045")
    alice.person.does(lambda: alice.person.plugin("xep_0045").invite(
        alice.room, bob.person.bare, reason="join us"))
    invited = until(lambda: next((m for m in bob.person.messages
                                  if m.xml.find(f"{USER}x/{USER}invite") is not None), None),
                    within=10, what="bob is invited")
    assert invited.sender == alice.room
    assert invited.xml.findtext(f"{USER}x/{USER}invite/{USER}reason") == "join us"
    bob.enter()
    alice.affiliate(bob.person.bare, "none")
    bob.sees("bob", "unavailable", status=321)


def test_a_room_that_becomes_one_for_members_keeps_its_members_only(council, guest):
    alice = council()
    bob, carol = guest(alice, "bob"), guest(alice, "carol")
    alice.affiliate(bob.person.bare, "member")
    alice.configure(membersonly="1")
    carol.sees("carol", "unavailable", status=322)
    alice.says("members")
    bob.hears("members")


def test_a_moderated_room_and_the_asking_for_voice(council, guest):
    alice = council(moderatedroom="1")
    bob = guest(alice, "bob")
    assert item(bob.own).get("role") == "visitor"
    bob.says("may I?")
    until(lambda: [m for m in bob.person.errors if m.error == "forbidden"], within=5, what="no voice")
    bob.person.does(lambda: bob.person.plugin("xep_0045").request_voice(alice.room, "participant"))
    until(lambda: [m for m in alice.person.messages
                   if m.xml.find("{jabber:x:data}x") is not None], within=5, what="alice is asked")
    alice.role("bob", "participant")
    bob.sees("bob", role="participant")
    bob.says("thank you")
    alice.hears("thank you")


def test_a_password(council, guest):
    alice = council(passwordprotectedroom="1", roomsecret="sesame")
    bob = guest(alice, "bob", enter=False)
    for wrong in (None, "open"):
        with pytest.raises(Refused) as refused:
            bob.enter(password=wrong)
        assert refused.value.condition == "not-authorized"
    bob.enter(password="sesame")


def test_a_semi_anonymous_room_shows_addresses_to_moderators_only(council, guest):
    """Not in presence, not in history, not in the archive; the occupant id is the same in all."""
    alice = council(whois="moderators")
    bob, carol = guest(alice, "bob"), guest(alice, "carol")
    assert 100 not in statuses(bob.own)
    assert item(carol.sees("bob")).get("jid") is None
    assert item(alice.sees("bob")).get("jid") == bob.person.jid
    bob.says("guess who")
    heard = carol.hears("guess who")
    identity = heard.xml.find("{urn:xmpp:occupant-id:0}occupant-id").get("id")
    assert identity == carol.sees("bob").find("{urn:xmpp:occupant-id:0}occupant-id").get("id")
    assert bob.person.bare not in ET.tostring(heard.xml).decode()
    (entry,) = carol.archive()
    assert bob.person.bare not in ET.tostring(entry.xml).decode()
    (entry,) = alice.archive()
    assert bob.person.bare in ET.tostring(entry.xml).decode()
    with pytest.raises(Refused):
        carol.listed(affiliation="owner")


def test_the_end_of_a_room(council, guest, finance):
    """Everybody is told, with the reason; its name is free and its archive gone."""
    alice = council()
    bob = guest(alice, "bob")
    alice.says("last words")
    bob.hears("last words")
    with pytest.raises(Refused):
        bob.person.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>",
                       to=alice.room)
    alice.person.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'>"
                     "<destroy><reason>moved</reason></destroy></query>", to=alice.room)
    gone = bob.sees("bob", "unavailable")
    assert gone.findtext(f"{USER}x/{USER}destroy/{USER}reason") == "moved"
    again = Seat(bob.person, alice.room, "bob").enter()
    assert 201 in statuses(again.own) and again.history == []


# -- messages between two, and other things passed on ---------------------------------------------


@across_or_not
def test_private_messages(across, council, guest):
    """Heard by the one only, from the nickname."""
    alice = council()
    bob, carol = guest(alice, "bob", across=across), guest(alice, "carol")
    alice.person.send(f"{alice.room}/bob", "psst")
    heard = bob.person.reads("psst")
    assert heard.sender == f"{alice.room}/alice" and heard.type == "chat"
    bob.person.send(f"{alice.room}/alice", "what?")
    assert alice.person.reads("what?").sender == f"{alice.room}/bob"
    alice.says("aloud")
    carol.hears("aloud")
    assert "psst" not in carol.person.bodies


def test_a_moderator_takes_a_message_back(council, guest):
    """XEP-0425: everybody is told by the room, and the archive has a tombstone."""
    alice = council()
    bob = guest(alice, "bob")
    bob.says("free magic potions")
    said = alice.hears("free magic potions")
    order = (f"<moderate xmlns='urn:xmpp:message-moderate:1' id='{said.stanza_id}'>"
             "<retract xmlns='urn:xmpp:message-retract:1'/><reason>no</reason></moderate>")
    with pytest.raises(Refused) as refused:
        bob.person.ask("set", order, to=alice.room)
    assert refused.value.condition == "forbidden"
    alice.person.ask("set", order, to=alice.room)
    told = until(lambda: next((m for m in bob.person.messages if m.xml.find(
        "{urn:xmpp:message-retract:1}retract") is not None), None), within=5, what="bob is told")
    assert told.sender == alice.room
    assert told.xml.find("{urn:xmpp:message-retract:1}retract").get("id") == said.stanza_id
    entries = alice.archive()
    assert all(e.body is None for e in entries)
    assert "potions" not in "".join(ET.tostring(e.xml).decode() for e in entries)


@across_or_not
def test_am_i_still_there(across, council, guest):
    """XEP-0410: the room answers, for who is in it under that nickname."""
    alice = council()
    bob = guest(alice, "bob", across=across)
    ping = "<ping xmlns='urn:xmpp:ping'/>"
    bob.person.ask("get", ping, to=f"{alice.room}/bob")
    bob.leave()
    alice.sees("bob", "unavailable")
    with pytest.raises(Refused) as refused:
        bob.person.ask("get", ping, to=f"{alice.room}/bob")
    assert refused.value.condition == "not-acceptable"


def test_questions_between_occupants_go_through_the_room(council, guest):
    alice = council()
    bob = guest(alice, "bob")
    answer = alice.person.ask("get", "<query xmlns='jabber:iq:version'/>", to=f"{alice.room}/bob")
    assert answer.get("from") == f"{alice.room}/bob"


def test_a_direct_invitation_waits_for_who_is_away(finance, person, account, client):
    """XEP-0249 between two people: kept like a message."""
    alice, bob = person(finance, "alice"), account(finance, "bob")
    alice.send_all(f"{bob}@{finance.domain}", [""], kind="normal",
                   payload=f"<x xmlns='jabber:x:conference' jid='{room_name(finance)}'/>")
    late = client(finance, bob).login()
    until(lambda: [m for m in late.messages if m.xml.find("{jabber:x:conference}x") is not None],
          within=5, what="bob is invited")


def test_what_the_service_tells(finance, person, council):
    """Listed rooms, features, the form about a room, a name that nobody has."""
    alice = council(roomname="The council", roomdesc="Money")
    hidden = council(publicroom="0", membersonly="1")
    bob = person(finance, "bob")
    items = bob.ask("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>", to=finance.domain)
    service = f"rooms.{finance.domain}"
    assert service in [i.get("jid") for i in items.iter("{http://jabber.org/protocol/disco#items}item")]
    rooms = {i.get("jid"): i.get("name") for i in bob.ask(
        "get", "<query xmlns='http://jabber.org/protocol/disco#items'/>", to=service)
        .iter("{http://jabber.org/protocol/disco#items}item")}
    assert rooms[alice.room] == "The council" and hidden.room not in rooms
    info = ET.tostring(bob.ask(
        "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=alice.room)).decode()
    for feature in ("muc_nonanonymous", "muc_open", "muc_persistent", "urn:xmpp:mam:2", "Money",
                    "urn:xmpp:occupant-id:0", "self-ping-optimization", "message-moderate:1"):
        assert feature in info
    unique = bob.ask("get", "<unique xmlns='http://jabber.org/protocol/muc#unique'/>", to=service)
    assert unique[0].text


# -- hostile ---------------------------------------------------------------------------------------


def test_who_is_not_in_the_room_is_not_heard(council, guest, finance, person):
    """Neither groupchat nor private messages nor invitations nor a subject."""
    alice = council()
    mallory = person(finance, "mallory")
    for kind, to in (("groupchat", alice.room), ("chat", f"{alice.room}/alice")):
        name = mallory.send(to, "forged", kind=kind)
        until(lambda name=name: [m for m in mallory.errors if m.id == name and m.error == "not-acceptable"],
              within=5, what="mallory is refused")
    alice.says("quiet")
    alice.hears("quiet")
    assert "forged" not in alice.heard + alice.person.bodies


@across_or_not
def test_privileges_cannot_be_got_round(across, council, guest):
    """A participant changes nothing; an administrator nothing of those above."""
    alice = council()
    bob, admin = guest(alice, "bob", across=across), guest(alice, "admin", across=across)
    alice.affiliate(admin.person.bare, "admin")
    admin.sees("admin", role="moderator")
    for attempt in (lambda: bob.affiliate(bob.person.bare, "owner"),
                    lambda: bob.affiliate(alice.person.bare, "none"),
                    lambda: bob.role("alice", "none"),
                    lambda: bob.role("bob", "moderator"),
                    lambda: bob.configure(membersonly="1"),
                    lambda: bob.listed(affiliation="outcast"),
                    lambda: bob.listed(role="moderator"),
                    lambda: admin.affiliate(admin.person.bare, "owner"),
                    lambda: admin.affiliate(alice.person.bare, "outcast"),
                    lambda: admin.role("alice", "none"),
                    lambda: admin.configure(membersonly="1"),
                    lambda: alice.affiliate(alice.person.bare, "none"),
                    lambda: alice.affiliate(alice.person.bare, "outcast")):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.condition in ("forbidden", "not-allowed", "conflict")
    # One bad item spoils the whole request.
    with pytest.raises(Refused):
        admin.administer(f"<item jid='x@{alice.room.split('@')[1]}' affiliation='member'/>"
                         f"<item jid='{alice.person.bare}' affiliation='none'/>")
    assert alice.listed(affiliation="member") == []
    assert alice.listed(affiliation="owner") == [alice.person.bare]


def test_what_only_the_room_says_is_taken_out(council, guest):
    """Forged occupant ids, stanza ids, delays, addresses and moderations do not pass."""
    alice = council()
    bob = guest(alice, "bob")
    for payload in ("<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>",
                    f"<stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='{alice.room}'/>",
                    "<delay xmlns='urn:xmpp:delay' stamp='2001-01-01T00:00:00Z' from='forged'/>",
                    "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='forged@x'/></x>",
                    "<retract xmlns='urn:xmpp:message-retract:1' id='forged'>"
                    "<moderated xmlns='urn:xmpp:message-moderate:1' by='forged'/></retract>"):
        alice.says("look", payload=payload)
    alice.says("end")
    bob.hears("end")
    looks = [m for m in bob.person.messages if m.body == "look"]
    assert len(looks) == 5
    assert "forged" not in "".join(ET.tostring(m.xml).decode() for m in looks)


def test_another_office_makes_no_rooms_here(finance, interior, person):
    bob = Seat(person(interior, "bob"), room_name(finance), "bob")
    with pytest.raises(Refused) as refused:
        bob.enter()
    assert refused.value.condition == "not-allowed"


def test_a_room_that_was_not_entered_is_not_listened_to(finance, interior, person, council, guest):
    """A groupchat message to somebody who is in no room goes nowhere, on either box."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    carol = person(finance, "carol")
    for target in (bob, carol):
        alice.send_all(target.bare, ["spam"], kind="groupchat")
        alice.send_all(target.jid, ["spam"], kind="groupchat")
        alice.send(target, "ham")
        target.reads("ham")
        assert "spam" not in target.bodies


def test_limits(council, guest):
    """A nickname, a name and a presence have a size."""
    alice = council()
    with pytest.raises(Refused) as refused:
        guest(alice, "b" * 200)
    assert refused.value.condition == "not-acceptable"
    with pytest.raises(Refused):
        alice.configure(maxusers="many")
    with pytest.raises(Refused):
        alice.configure(roomname="x" * 2_000)


def test_the_rooms_of_one_account_are_limited(finance, person):
    """Fifty, made or being made; the next is refused with a reason, another person's is not."""
    alice = person(finance, "alice")
    for _ in range(50):
        Seat(alice, room_name(finance, "many"), "alice").enter()
    with pytest.raises(Refused) as refused:
        Seat(alice, room_name(finance, "many"), "alice").enter()
    assert refused.value.condition == "resource-constraint"
    Seat(person(finance, "bob"), room_name(finance, "many"), "bob").enter()


def test_a_nickname_kept_for_somebody_is_theirs(council, guest):
    """Given with the affiliation (XEP-0045 §9.3), refused to others, told to its owner."""
    alice = council()
    bob, carol = guest(alice, "bob", enter=False), guest(alice, "carol", enter=False)
    alice.administer(f"<item jid='{bob.person.bare}' affiliation='member' nick='Minister'/>")
    carol.nick = bob.nick = "Minister"
    with pytest.raises(Refused) as refused:
        carol.enter()
    assert refused.value.condition == "conflict"
    bob.enter()
    answer = bob.person.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info' "
                            "node='x-roomuser-item'/>", to=alice.room)
    assert answer[0][0].get("name") == "Minister"


def test_a_removed_account_is_on_no_list(finance, council, person):
    alice = council()
    bob = person(finance, "bob")
    alice.affiliate(bob.bare, "admin")
    finance.command("user", "remove", bob.bare.split("@")[0])
    until(lambda: alice.listed(affiliation="admin") == [], within=5, what="bob is off the list")


def test_people_are_told_that_the_box_goes_down(make_box, account, client):
    """Status 332 before the stream ends."""
    box = make_box("finance").start()
    alice = Seat(client(box, account(box, "alice")).login(), room_name(box), "alice").enter()
    alice.configure()
    box.stop()
    alice.sees("alice", "unavailable", status=332)


def test_the_lists_are_read_by_who_encrypts_to_them(council, guest):
    """In a non-anonymous room for members every member reads who belongs to it, not who is banned."""
    alice = council(membersonly="1", whois="anyone")
    bob = guest(alice, "bob", enter=False)
    alice.affiliate(bob.person.bare, "member")
    bob.enter()
    assert bob.listed(affiliation="owner") == [alice.person.bare]
    assert bob.listed(affiliation="member") == [bob.person.bare]
    with pytest.raises(Refused):
        bob.listed(affiliation="outcast")


def test_another_offices_word_counts_for_its_own_people_only(finance, interior, council, person):
    """A person of the other office who is not inside reads, says and changes nothing."""
    alice = council(membersonly="1")
    bob = person(interior, "bob")
    seat = Seat(bob, alice.room, "bob")
    for attempt in (lambda: room_archive(bob, alice.room),
                    lambda: seat.affiliate(bob.bare, "member"),
                    lambda: seat.configure(membersonly="0"),
                    lambda: bob.ask("get", "<ping xmlns='urn:xmpp:ping'/>", to=f"{alice.room}/alice")):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.condition in ("forbidden", "not-acceptable")
    bob.send(alice.room, "let me in", kind="groupchat")
    until(lambda: [m for m in bob.errors if m.error == "not-acceptable"], within=10, what="bob is refused")
    assert alice.archive() == []

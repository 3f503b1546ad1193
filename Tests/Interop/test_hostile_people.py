"""People with an account and bad intentions: what they forge, whose things they ask for, whom they flood."""

import time

import pytest

from dakghar_harness import RawStream, Refused, StreamEnded, become_friends
from dakghar_harness.compliance.core import publish
from dakghar_harness.compliance.ours import compliant_box
from dakghar_harness.compliance.session import Session
from dakghar_harness.rooms import room_name
from dakghar_harness.web import Web

FORWARDED = ("<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{of}' to='{to}' "
             "type='chat'><body>transfer the money</body></message></forwarded>")
#: What only one's own server, a room or the recipient of a message may say.
FORGERIES = {
    "a carbon": "<message {} type='chat'><received xmlns='urn:xmpp:carbons:2'>" + FORWARDED + "</received></message>",
    "an archive result": "<message {}><result xmlns='urn:xmpp:mam:2' queryid='q' id='1'>" + FORWARDED
                         + "</result></message>",
    "a receipt": "<message {} type='chat'><received xmlns='urn:xmpp:receipts' id='m1'/></message>",
    "a room's message": "<message {} type='groupchat'><body>transfer the money</body></message>",
    "a room's presence": "<presence {}><x xmlns='http://jabber.org/protocol/muc#user'>"
                         "<item affiliation='owner' role='moderator'/></x></presence>",
    "an event": "<message {} type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'>"
                "<items node='n'><item id='forged'/></items></event></message>",
    "a roster push": "<iq {} type='set' id='p'><query xmlns='jabber:iq:roster'>"
                     "<item jid='mallory@evil.test' subscription='both'/></query></iq>",
}


@pytest.fixture
def mallory(finance, account, password):
    with RawStream.to(finance).login(account(finance, "mallory"), password) as stream:
        yield stream


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_stanza_never_comes_from_another(kind, across, finance, interior, mallory, person):
    """In the name of the victim's account, box or room: refused, or it bears the forger's name."""
    victim = person(interior if across else finance, "victim")
    friend = person(finance, "friend")
    room = room_name(finance)
    heard = len(victim.stream.presences)
    for name in (victim.bare, victim.box.domain, f"{room}/friend", friend.bare, friend.jid):
        text = FORGERIES[kind].format(f"from='{name}' to='{victim.jid}'", of=friend.bare, to=victim.bare)
        try:
            mallory.send(text)
            mallory.ask("get", "<ping xmlns='urn:xmpp:ping'/>")
        except (StreamEnded, ConnectionError) as error:
            assert getattr(error, "condition", None) in ("invalid-from", None)
            break
    friend.send(victim, "end")
    victim.reads("end")
    others = [m for m in victim.messages if m.body != "end"]
    assert all(m.sender.startswith("mallory") for m in others), [m.sender for m in others]
    seen = victim.stream.presences[heard:]
    assert all(p.get("from", "").startswith("mallory") or p.get("from", "").startswith(victim.bare)
               for p in seen), [p.get("from") for p in seen]
    assert "mallory@evil.test" not in str(victim.roster())


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_nobody_reads_what_is_anothers(across, finance, interior, person):
    """Archive, roster, private storage, block list, settings of the archive, sessions: one's own only."""
    alice = person(interior if across else finance, "alice")
    mallory = person(finance, "mallory")
    become_friends(alice, mallory)
    alice.send(mallory, "between us")
    mallory.reads("between us")
    before = len(mallory.messages)
    for kind, payload in (
            ("set", "<query xmlns='urn:xmpp:mam:2' queryid='stolen'/>"),
            ("get", "<prefs xmlns='urn:xmpp:mam:2'/>"),
            ("get", "<metadata xmlns='urn:xmpp:mam:2'/>"),
            ("get", "<query xmlns='jabber:iq:roster'/>"),
            ("get", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"),
            ("get", "<blocklist xmlns='urn:xmpp:blocking'/>"),
            ("set", "<block xmlns='urn:xmpp:blocking'><item jid='boss@office.test'/></block>"),
            ("set", "<vCard xmlns='vcard-temp'><FN>Mallory was here</FN></vCard>"),
            ("set", "<enable xmlns='urn:xmpp:push:0' jid='push.evil.test' node='n'/>"),
            ("set", "<query xmlns='jabber:iq:register'><remove/></query>")):
        for address in (alice.bare, f"{alice.bare}/nobody"):
            with pytest.raises(Refused):
                mallory.ask(kind, payload, to=address)
    assert [m for m in mallory.messages[before:] if m.query == "stolen"] == []


def test_a_file_of_another_office_is_not_had_without_its_link(web_box, tmp_path, person):
    """A file is at one place under one token; the other box's tokens and names open nothing."""
    alice = person(web_box, "alice")
    slot = alice.ask("get", "<request xmlns='urn:xmpp:http:upload:0' filename='plan.pdf' size='6'/>",
                     to=f"files.{web_box.domain}")
    path = "/" + slot[0][0].get("url").split("/", 3)[3]
    assert Web(web_box).ask("PUT", path, b"secret").status == 201
    start, token, name = path.rsplit("/", 2)
    assert Web(web_box).get(path).body == b"secret"
    for wrong in (f"{start}-2/{token}/{name}", f"{start}/{token[::-1]}/{name}", f"{start}/{token.swapcase()}/{name}",
                  f"{start}/{token}/other.pdf/..", f"/../..{path}", f"{start}/..%2f..%2fdakghar.db"):
        assert Web(web_box).get(wrong).status in (400, 404), wrong


# -- many and slow subscribers -------------------------------------------------------------------------

NODE = "urn:test:flood"
READERS, ITEMS, ITEM_BYTES = 25, 30, 20_000


@pytest.fixture
def office(tmp_path):
    """A box on which everybody is subscribed to everybody."""
    box, target = compliant_box(tmp_path, "crowd")
    box.configure("box", **{"shared-roster": True})
    for number in range(READERS):
        box.user_add(f"reader{number}", target.password)
    for name in ("publisher", "sleeper", "bystander"):
        box.user_add(name, target.password)
    box.start()
    yield target
    box.discard()


def test_many_and_slow_subscribers_do_not_stall_the_box(office):
    """600 KB for each of 25 readers, and for one who never reads: a bystander is answered all the time."""
    readers = [Session(office).log_in(f"reader{number}", wants=(NODE,)) for number in range(READERS)]
    sleeper = Session(office).log_in("sleeper", wants=(NODE,))
    sleeper.socket.setsockopt(1, 8, 4_096)  # SO_RCVBUF: full soon
    bystander = Session(office).log_in("bystander")
    publisher = Session(office).log_in("publisher")
    slowest = 0.0
    for number in range(ITEMS):
        publish(publisher, NODE, f"item{number}", f"<n xmlns='{NODE}'>{'x' * ITEM_BYTES}</n>")
        started = time.monotonic()
        bystander.gets("<ping xmlns='urn:xmpp:ping'/>", to=office.domain)
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 5, f"a ping took {slowest:.1f} s"
    last = f"item{ITEMS - 1}"
    for reader in readers:
        reader.hears(lambda e: any(i.get("id") == last for i in e.iter(
            "{http://jabber.org/protocol/pubsub#event}item")), "the last item", within=30)
    for session in (*readers, sleeper, bystander, publisher):
        session.close()


def test_who_floods_is_read_more_slowly_and_loses_nothing(make_box, client):
    """`stanzas-per-second`: 200 messages at 50 a second take the time, and each arrives once."""
    box = make_box("tax")
    box.configure("limits", **{"stanzas-per-second": 50})
    box.start()
    for name in ("flooder", "reader"):
        box.user_add(name, "correct horse battery staple")
    reader, flooder = client(box, "reader").login(), client(box, "flooder").login()
    begun = time.monotonic()
    # Long ones: what the box had read already when the pace was reached is not asked back.
    bodies = [f"flood {n} " + "x" * 16_384 for n in range(200)]
    flooder.send_all(reader, bodies)
    assert reader.reads_all(200, within=30) == bodies
    # Two seconds' worth goes at once.
    assert time.monotonic() - begun > (200 - 2 * 50) / 50 * 0.7

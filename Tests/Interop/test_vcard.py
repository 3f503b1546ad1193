"""Contact cards (XEP-0054): within an office, and of people in an office that is away."""

import sqlite3

import pytest

from dakghar_harness import Refused, introduce, until

VCARD = "{vcard-temp}vCard"


def become_friends(alice, bob):
    alice.presence("subscribe", bob)
    bob.sees(alice.bare, "subscribe")
    bob.presence("subscribed", alice)
    alice.wait_roster(bob.bare, "to")


def publish(person, name, **more):
    async def go():
        plugin = person.plugin("xep_0054")
        card = plugin.make_vcard()
        card["FN"] = name
        for field, value in more.items():
            card[field] = value
        await plugin.publish_vcard(card, timeout=10)
    person.does(go)


def card_name(person, of=None):
    """The full name in a card, asked for from the box each time (slixmpp remembers the own one)."""
    if of is None:
        xml = person.ask("get", "<vCard xmlns='vcard-temp'/>")
    else:
        xml = person.does(
            lambda: person.plugin("xep_0054").get_vcard(of, cached=False, timeout=10)).xml
    return xml.findtext(f"{VCARD}/{{vcard-temp}}FN")


def refused(person, kind, payload, to=None):
    with pytest.raises(Refused) as error:
        person.ask(kind, payload, to=to)
    return error.value.condition


@pytest.fixture
def two_boxes(make_box):
    """Two boxes of this test alone, so that one may be stopped."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    for box in (finance, interior):
        box.start()
    finance.wait_peer("interior", "up", within=15)
    interior.wait_peer("finance", "up", within=15)
    return finance, interior


def test_a_card_is_kept_and_colleagues_read_it(finance, person):
    """Set, read back by its owner and by somebody of the same office, replaced as a whole."""
    alice, carol = person(finance, "alice"), person(finance, "carol")
    assert alice.ask("get", "<vCard xmlns='vcard-temp'/>").find(VCARD) is not None
    publish(alice, "Alice of the Treasury", NICKNAME="al")
    assert card_name(alice) == "Alice of the Treasury"
    assert card_name(carol, alice.bare) == "Alice of the Treasury"
    publish(alice, "Alice of the Cabinet")
    answer = carol.ask("get", "<vCard xmlns='vcard-temp'/>", to=alice.bare)
    assert answer.get("from") == alice.bare
    assert answer.findtext(f"{VCARD}/{{vcard-temp}}FN") == "Alice of the Cabinet"
    assert answer.find(f"{VCARD}/{{vcard-temp}}NICKNAME") is None


def test_a_card_is_announced_as_a_feature(finance, person):
    alice = person(finance, "alice")
    for target in (finance.domain, alice.bare):
        info = alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=target)
        assert "vcard-temp" in {f.get("var") for f in info.iter() if f.tag.endswith("}feature")}


def test_nobody_writes_anothers_card(finance, interior, person):
    """Neither a colleague nor somebody of the other office."""
    alice, carol, bob = (person(finance, "alice"), person(finance, "carol"),
                         person(interior, "bob"))
    publish(alice, "Alice")
    forged = "<vCard xmlns='vcard-temp'><FN>Mallory</FN></vCard>"
    assert refused(carol, "set", forged, alice.bare) == "forbidden"
    assert refused(bob, "set", forged, alice.bare) == "forbidden"
    assert card_name(alice) == "Alice"


def test_no_card_and_nobody_look_the_same(finance, person):
    """XEP-0054 §3.3: nobody lists accounts by asking for cards."""
    alice, carol = person(finance, "alice"), person(finance, "carol")
    question = "<vCard xmlns='vcard-temp'/>"
    assert refused(carol, "get", question, alice.bare) == "service-unavailable"
    assert refused(carol, "get", question, f"nobody@{finance.domain}") == "service-unavailable"


def test_a_card_over_48_kib_is_refused_and_the_old_one_stays(finance, person):
    alice = person(finance, "alice")
    publish(alice, "Alice")
    large = f"<vCard xmlns='vcard-temp'><FN>Large</FN><DESC>{'x' * 49_200}</DESC></vCard>"
    assert refused(alice, "set", large) == "not-acceptable"
    assert card_name(alice) == "Alice"
    fits = f"<vCard xmlns='vcard-temp'><FN>Fits</FN><DESC>{'x' * 48_000}</DESC></vCard>"
    alice.ask("set", fits)
    assert card_name(alice) == "Fits"


def test_a_card_of_an_office_that_is_away_is_answered(two_boxes, person):
    """The card came with the subscription; it is there while the other box is stopped, and after a
    restart of the own one. Cards are not readable on either disk."""
    finance, interior = two_boxes
    alice, bob = person(finance, "alice"), person(interior, "bob")
    publish(alice, "Alice of the Treasury")
    assert card_name(bob, alice.bare) == "Alice of the Treasury", "asked live"
    become_friends(bob, alice)
    publish(bob, "Bob of the Interior")
    until(lambda: card_name(alice, bob.bare) == "Bob of the Interior", within=10,
          what="alice reads bob's card")

    until(lambda: holds_card(interior), within=10, what="alice's card is on the other box's disk")
    finance.kill()
    interior.wait_peer("finance", "down", within=17)
    assert card_name(bob, alice.bare) == "Alice of the Treasury"
    interior.kill()
    interior.start()
    bob.reconnect()
    assert card_name(bob, alice.bare) == "Alice of the Treasury"
    assert refused(bob, "get", "<vCard xmlns='vcard-temp'/>", f"nobody@{finance.domain}") \
        == "remote-server-timeout", "nothing is known of others"

    for box in (finance, interior):
        for file in box.database_files():
            assert b"of the Treasury" not in file.read_bytes(), file
            assert b"of the Interior" not in file.read_bytes(), file


def test_a_card_changed_while_the_other_box_was_away_comes_after_it(two_boxes, person):
    """Only the newest of what was set meanwhile."""
    finance, interior = two_boxes
    alice, bob = person(finance, "alice"), person(interior, "bob")
    become_friends(bob, alice)
    publish(alice, "Alice the First")
    until(lambda: holds_card(interior), within=10, what="alice's card is on the other box's disk")
    interior.stop()
    for name in ("Alice the Second", "Alice the Third"):
        publish(alice, name)
    finance.restart()
    interior.start()
    bob.reconnect()
    until(lambda: card_name(bob, alice.bare) == "Alice the Third", within=20, look=0.2,
          what="bob reads the newest card")
    finance.stop()
    interior.wait_peer("finance", "down", within=17)
    assert card_name(bob, alice.bare) == "Alice the Third"


def holds_card(box):
    """Whether the box keeps a card of somebody elsewhere."""
    with sqlite3.connect(f"file:{box.directory}/dakghar.db?mode=ro", uri=True) as database:
        found = database.execute("SELECT count(*) FROM register WHERE key LIKE 'vcard/%'")
        return found.fetchone()[0] > 0

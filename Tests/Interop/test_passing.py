"""What is passed on and what is kept of the small messages around a conversation, in one office and
between two: corrections, typing, markers, replies, reactions, calls."""

import xml.etree.ElementTree as ET

import pytest

from dakghar_harness import until

STORE = "<store xmlns='urn:xmpp:hints'/>"
#: What is sent besides the body, whether it stays in the archive, and whether it is mail for later.
KINDS = {
    "correction (0308)": ("<body>better</body><replace id='a' xmlns='urn:xmpp:message-correct:0'/>",
                          "{urn:xmpp:message-correct:0}replace", True),
    "reply (0461)": ("<body>&gt; what?\nyes</body>"
                     "<reply to='x@y.test' id='a' xmlns='urn:xmpp:reply:0'/>",
                     "{urn:xmpp:reply:0}reply", True),
    "reaction (0444)": ("<reactions id='a' xmlns='urn:xmpp:reactions:0'>"
                        "<reaction>\N{THUMBS UP SIGN}</reaction></reactions>",
                        "{urn:xmpp:reactions:0}reactions", True),
    "marker (0333)": ("<displayed id='a' xmlns='urn:xmpp:chat-markers:0'/>",
                      "{urn:xmpp:chat-markers:0}displayed", True),
    "typing (0085)": ("<composing xmlns='http://jabber.org/protocol/chatstates'/>",
                      "{http://jabber.org/protocol/chatstates}composing", False),
    "call (0353)": ("<proceed id='c' xmlns='urn:xmpp:jingle-message:0'/>",
                    "{urn:xmpp:jingle-message:0}proceed", False),
    "call to be found later (0353)": (
        f"<propose id='c' xmlns='urn:xmpp:jingle-message:0'/>{STORE}",
        "{urn:xmpp:jingle-message:0}propose", True),
}


def write(sender, to, content):
    address = to if isinstance(to, str) else to.bare
    sender.does(lambda: sender.stream.send_raw(
        f"<message type='chat' id='m1' to='{address}'>{content}</message>"))


def live(person, tag):
    """Messages with the element that were not answers of the archive."""
    return [m for m in list(person.messages) if m.query is None and m.xml.find(tag) is not None]


def archived(person, tag):
    return [m for m in person.archive() if ET.ElementTree(m.xml).find(f".//{tag}") is not None]


@pytest.mark.parametrize("where", ["one office", "two offices"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_reaches_who_is_there_and_is_kept_as_it_should_be(
        finance, interior, person, kind, where):
    content, tag, is_kept = KINDS[kind]
    alice = person(finance, "alice")
    bob = person(finance if where == "one office" else interior, "bob")
    write(alice, bob, content)
    until(lambda: len(live(bob, tag)) == 1, within=15, what="bob's client has it")
    # What was sent behind it is in the archive: so is it, if it ever comes there.
    alice.send(bob, "behind it")
    bob.reads("behind it")
    alice.wait_acknowledged([alice.send(bob, "and the end")])
    for one in (alice, bob):
        assert len(archived(one, tag)) == int(is_kept), one.jid


def test_a_call_waits_in_no_mailbox(finance, person, client, account):
    """Who was away finds the call in the archive, and does not ring when it comes back."""
    alice = person(finance, "alice")
    name = account(finance, "away")
    propose = KINDS["call to be found later (0353)"]
    write(alice, f"{name}@{finance.domain}", propose[0])
    alice.wait_acknowledged([alice.send(f"{name}@{finance.domain}", "call me back")])
    away = client(finance, name).login()
    away.reads("call me back")
    assert not live(away, propose[1])
    assert len(archived(away, propose[1])) == 1


def test_a_call_does_not_ring_hours_later(make_box, client, account):
    """What waited for a line rings no more when it is back: it is in the archive."""
    from dakghar_harness import introduce
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.start()
    alice = client(finance, account(finance, "alice")).login()
    bob_name = account(interior, "bob")
    propose = KINDS["call to be found later (0353)"]
    old = ("<delay xmlns='urn:xmpp:delay' from='finance.gov.test' stamp='2020-01-01T00:00:00Z'/>")
    write(alice, f"{bob_name}@{interior.domain}", propose[0] + old)
    alice.wait_acknowledged([alice.send(f"{bob_name}@{interior.domain}", "are you there")])
    interior.start()
    bob = client(interior, bob_name).login()
    bob.reads("are you there", within=30)
    assert not live(bob, propose[1])
    assert len(archived(bob, propose[1])) == 1


# -- the archive of one client ---------------------------------------------------------------------


def test_the_archive_can_be_asked_for_one_client_of_a_contact(finance, person, client, account):
    """`with` a full address (XEP-0313 §4.1.1), forwards and backwards, page by page."""
    alice = person(finance, "alice")
    name = account(finance, "twofold")
    desk = client(finance, name, resource="desk").login()
    phone = client(finance, name, resource="phone").login()
    for number in range(4):
        desk.send(alice, f"desk {number}")
        alice.reads(f"desk {number}")
        phone.send(alice, f"phone {number}")
        alice.reads(f"phone {number}")
    assert [m.body for m in alice.archive(with_=desk.jid)] == [f"desk {n}" for n in range(4)]
    assert [m.body for m in alice.archive(with_=phone.jid, size=1)] == [f"phone {n}" for n in range(4)]
    last = alice.page(with_=phone.jid, before="", size=2)
    assert [m.body for m in last.messages] == ["phone 2", "phone 3"] and not last.complete
    earlier = alice.page(with_=phone.jid, before=last.first, size=2)
    assert [m.body for m in earlier.messages] == ["phone 0", "phone 1"]
    assert len(alice.archive(with_=desk.bare)) == 8
    assert not alice.archive(with_=f"{desk.bare}/elsewhere")


# -- a request that waits ----------------------------------------------------------------------------


def test_a_request_for_a_subscription_keeps_what_it_said(client, account, make_box):
    """RFC 6121 §3.1.3: also at the second login, and after a restart."""
    box = make_box("harbour")
    box.start()
    alice = client(box, account(box, "alice")).login()
    name = account(box, "later")
    alice.presence("subscribe", f"{name}@{box.domain}", status="It is Alice from the port")
    alice.wait_roster(f"{name}@{box.domain}", "none+ask")
    for restart in (False, True, False):
        if restart:
            box.restart()
        late = client(box, name).login()
        request = late.sees(alice.bare, "subscribe")
        assert request.findtext("{jabber:client}status") == "It is Alice from the port"
        late.logout()

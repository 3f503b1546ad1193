"""A torn line between a client and its box: nothing lost, nothing twice (XEP-0198)."""

import time

import pytest

from dakghar_harness import RawStream, introduce, until

MANAGEMENT = "{urn:xmpp:sm:3}"


def test_a_torn_session_goes_on_where_it_was(finance, interior, person):
    """The socket is torn off; what came meanwhile is there after the resumption, once, in order."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    alice.send(bob, "before")
    bob.reads("before")
    bob.tear()
    alice.send_all(bob, ["during 1", "during 2"])
    assert bob.reconnect() == "resumed"
    alice.send(bob, "after")
    bob.reads("after")
    assert bob.bodies == ["before", "during 1", "during 2", "after"]


def test_what_a_torn_client_wrote_arrives_once(finance, interior, person):
    """Messages written into the breaking socket are acknowledged after the resumption."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    texts = [f"written {number}" for number in range(40)]
    sent = alice.send_all(bob, texts[:20])
    alice.tear()
    assert alice.reconnect() == "resumed"
    sent += alice.send_all(bob, texts[20:])
    alice.wait_acknowledged(sent)
    bob.reads_all(40, within=10)
    time_of_last = time.monotonic()
    assert [m.body for m in bob.inbox] == texts, time_of_last


def test_a_stranger_cannot_resume_a_session(finance, account, password):
    """An SM-ID is good for the account that it was given to."""
    with RawStream.to(finance).login(account(finance, "alice"), password) as alice:
        identity = alice.enable()
        with RawStream.to(finance).start_tls() as mallory:
            mallory.open()
            mallory.authenticate(account(finance, "mallory"), password)
            mallory.open()
            assert mallory.resume(identity).tag == f"{MANAGEMENT}failed"
        alice.ask("get", "<ping xmlns='urn:xmpp:ping'/>")


@pytest.fixture
def own_pair(make_box):
    """Two boxes of this test only, so that one may be killed."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    return finance.start(), interior.start()


def test_after_a_restart_the_box_says_how_much_it_took(own_pair, account, password, client):
    """`<resume/>` after a kill is answered `<failed h=…>`; what is sent again is not doubled."""
    finance, interior = own_pair
    bob = client(interior, account(interior, "bob")).login()
    local = account(finance, "alice")
    alice = RawStream.to(finance).login(local, password)
    identity = alice.enable()
    stanzas = [f"<message to='{bob.bare}' type='chat' id='s{n}'><body>taken {n}</body></message>"
               for n in range(3)]
    alice.send("".join(stanzas))
    bob.reads_all(3, within=10)
    finance.kill()
    acknowledged = acknowledged_before_the_end(alice)
    finance.start()

    alice = RawStream.to(finance).start_tls()
    alice.open()
    alice.authenticate(local, password)
    alice.open()
    failed = alice.resume(identity)
    assert failed.tag == f"{MANAGEMENT}failed"
    assert failed.get("h") == "3"
    alice.bind("raw")
    alice.enable()
    alice.send("".join(stanzas[acknowledged:]) + "<r xmlns='urn:xmpp:sm:3'/>")
    expected = str(len(stanzas) - acknowledged)
    until(lambda: alice.expect(f"{MANAGEMENT}a").get("h") == expected, within=10,
          what="what was sent again is acknowledged")
    alice.send(f"<message to='{bob.bare}' type='chat' id='s9'><body>the end</body></message>")
    bob.reads("the end")
    assert bob.bodies == ["taken 0", "taken 1", "taken 2", "the end"]


def acknowledged_before_the_end(stream):
    """Reads a stream to its end; the newest `<a h=…>` in what still came."""
    newest = 0
    try:
        while True:
            element = stream.next(within=2)
            if element.tag == f"{MANAGEMENT}a":
                newest = int(element.get("h"))
    except AssertionError:
        return newest


def test_a_client_writes_on_through_a_killed_box(own_pair, account, client):
    """slixmpp reconnects after SIGKILL and sends what was not acknowledged: each arrives once."""
    finance, interior = own_pair
    alice = client(finance, account(finance, "alice")).login()
    bob = client(interior, account(interior, "bob")).login()
    texts = [f"through {number}" for number in range(120)]
    sent = alice.send_all(bob, texts[:60])
    finance.kill()
    until(lambda: not alice.connected, within=5, what="alice notices")
    finance.start()
    assert alice.reconnect() == "started"
    sent += alice.send_all(bob, texts[60:])
    alice.wait_acknowledged(sent)
    bob.reads_all(120, within=15)
    assert [m.body for m in bob.inbox] == texts
    assert not alice.errors


def test_the_same_words_said_twice_are_two_messages(finance, person):
    """Only what was never acknowledged is taken for a repeat: the same id and text again is new."""
    alice, carol = person(finance, "alice"), person(finance, "carol")
    for _ in range(2):
        alice.send_all(carol, ["yes"], identities=["same"])
        alice.wait_acknowledged(["same"])
    alice.send(carol, "that was all")
    carol.reads("that was all")
    assert carol.bodies == ["yes", "yes", "that was all"]


def test_what_was_delivered_but_not_confirmed_comes_again_under_its_id(
        own_pair, account, client, password):
    """bob's client dies without confirming; his next one gets the message with the same stanza-id."""
    finance, interior = own_pair
    alice = client(finance, account(finance, "alice")).login()
    local = account(interior, "bob")
    with RawStream.to(interior).login(local, password, resource="dying") as dying:
        dying.enable()
        dying.send("<presence/>")
        alice.send(f"{local}@{interior.domain}", "are you there?")
        first = dying.expect("{jabber:client}message")
    interior.kill()
    interior.start()
    bob = client(interior, local).login()
    again = bob.reads("are you there?")
    assert again.stanza_id == first.find("{urn:xmpp:sid:0}stanza-id").get("id")
    assert len(bob.archive()) == 1

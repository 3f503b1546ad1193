"""A queue has a limit for each peer and in total; what it does not take is refused, never lost."""

import os
import signal

import pytest

from dakghar_harness import introduce, until
from dakghar_harness.rooms import Seat, room_name
from dakghar_harness.states import States

#: Bytes of a message that fills a queue quickly.
LARGE = 50_000


def fill(alice, address):
    """Writes large messages until one is refused; how many were taken, and the refusal."""
    for number in range(60):
        sent = alice.send(address, f"{number} " + "x" * LARGE)
        until(lambda: sent in alice.acknowledged, within=20, what="it is answered for")
        until(lambda: any(m.id == sent for m in alice.errors) or number_taken(alice, sent), within=20,
              what="it is taken or refused")
        refused = [m for m in alice.errors if m.id == sent]
        if refused:
            return number, refused[0]
    raise AssertionError("the queue has no limit")


def number_taken(alice, sent):
    """Whether the box says that the message waits (docs/states.md)."""
    return States(alice).of(sent) == ["held"]


def text_of(error):
    return error.xml.findtext(".//{urn:ietf:params:xml:ns:xmpp-stanzas}text")


@pytest.fixture
def crowded(make_box, account, client):
    """finance with a small queue and two peers that are away."""
    finance, interior, water = make_box("finance"), make_box("interior"), make_box("water")
    introduce(finance, interior)
    introduce(finance, water)
    finance.configure("limits", **{"outbox": "2 MiB", "outbox-per-peer": "1 MiB"})
    finance.start()
    alice = client(finance, account(finance, "alice")).login()
    return finance, interior, water, alice


def test_a_dead_peer_leaves_the_others_their_room(crowded):
    """Its share is used up: refused with a reason; the next peer still has its own."""
    finance, interior, water, alice = crowded
    taken, refusal = fill(alice, f"bob@{interior.domain}")
    assert 18 <= taken <= 21
    assert refusal.error == "resource-constraint" and "interior" in text_of(refusal)
    waits = sum(entry["bytes"] for entry in finance.queue_json()["entries"])
    assert waits <= 1 << 20
    other = alice.send(f"carol@{water.domain}", "there is room for water")
    until(lambda: number_taken(alice, other), within=10, what="the other peer's queue takes it")
    assert not [m for m in alice.errors if m.id == other]


def test_what_keeps_two_offices_in_agreement_has_a_reserve(crowded):
    """A subscription is still taken when messages are refused."""
    finance, interior, _water, alice = crowded
    fill(alice, f"bob@{interior.domain}")
    before = len(finance.queue_json()["entries"])
    alice.presence("subscribe", f"carol@{interior.domain}")
    until(lambda: len(finance.queue_json()["entries"]) > before, within=10,
          what="the subscription is in the queue")


def test_a_restart_knows_what_waits(crowded):
    """The limit holds over a restart, and ends when the queue has been dropped."""
    finance, interior, _water, alice = crowded
    address = f"bob@{interior.domain}"
    fill(alice, address)
    finance.restart()
    alice.reconnect()
    again = alice.send(address, "y" * LARGE)
    until(lambda: any(m.id == again for m in alice.errors), within=15, what="it is refused again")
    finance.command("queue", "drop", "--peer", "interior", "--reason", "to make room")
    fresh = alice.send(address, "room again")
    until(lambda: number_taken(alice, fresh), within=15, what="the queue takes it")


@pytest.fixture
def full_room(make_box, account, client):
    """A room of finance with bob of interior in it; then interior's box stops and its queue is full."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.configure("limits", **{"outbox": "2 MiB", "outbox-per-peer": "1 MiB"})
    finance.start()
    interior.start()
    finance.wait_peer("interior", "up", within=20)
    alice = client(finance, account(finance, "alice")).login()
    bob = client(interior, account(interior, "bob")).login()
    room = room_name(finance)
    Seat(alice, room, "alice").enter()
    alice.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'>"
              "<x xmlns='jabber:x:data' type='submit'/></query>", to=room)
    Seat(bob, room, "bob").enter()
    alice.send(room, "before", kind="groupchat")
    bob.reads("before", within=15)
    until(lambda: not finance.queue_json()["entries"], within=15, what="nothing waits")
    return finance, interior, alice, bob, room


def pause(box, number):
    os.kill(box.pid, getattr(signal, number))


def test_what_a_room_said_while_the_queue_was_full_comes_later_once_and_in_order(full_room):
    """Out of the room's archive, as the queue has room again: nothing is lost, nobody is refused."""
    finance, interior, alice, bob, room = full_room
    pause(interior, "SIGSTOP")
    try:
        finance.wait_peer("interior", "down", within=40)
        fill(alice, f"nobody-reads@{interior.domain}")
        texts = [f"while it was full {number} " + "z" * 3_000 for number in range(30)]
        alice.send_all(room, texts, kind="groupchat")
        until(lambda: sum(m.body in texts for m in alice.inbox) == len(texts), within=30,
              what="the room reflects everything to its own office")
    finally:
        pause(interior, "SIGCONT")
    until(lambda: sum(m.body in texts for m in bob.inbox) >= len(texts), within=60,
          what=lambda: f"bob has {sum(m.body in texts for m in bob.inbox)} of {len(texts)}")
    assert [m.body for m in bob.inbox if m.body in texts] == texts
    assert not [m for m in alice.errors if m.sender.startswith(room)]


def test_a_private_message_in_a_room_that_finds_no_room_is_refused(full_room):
    """Its author is told, and their archive does not say that it was sent."""
    finance, interior, alice, bob, room = full_room
    pause(interior, "SIGSTOP")
    try:
        finance.wait_peer("interior", "down", within=40)
        fill(alice, f"nobody-reads@{interior.domain}")
        sent = alice.send(f"{room}/bob", "between us " + "w" * LARGE)
        until(lambda: any(m.id == sent for m in alice.errors), within=15, what="it is refused")
        error = next(m for m in alice.errors if m.id == sent)
        assert error.error == "resource-constraint"
        assert not any((m.body or "").startswith("between us") for m in alice.archive())
    finally:
        pause(interior, "SIGCONT")

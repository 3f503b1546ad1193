"""Rooms across a line that is cut: people stay listed, and what was said reaches them after the return."""

import pytest

from dakghar_harness import Refused, stays, until
from dakghar_harness.rooms import Seat, room_name

both_kinds = pytest.mark.parametrize("kind", ["down", "blackhole"])


@pytest.fixture
def room(two_offices):
    """alice's room, with bob of the other office in it."""
    scene = two_offices()
    alice = Seat(scene.alice, room_name(scene.finance), "alice").enter()
    alice.configure()
    bob = Seat(scene.bob, alice.room, "bob").enter()
    alice.sees("bob")
    return scene, alice, bob


def cut(scene, kind):
    scene.line.cut(kind)
    for box, other in ((scene.finance, "interior"), (scene.interior, "finance")):
        box.wait_peer(other, "down", within=18)


def restore(scene):
    scene.line.restore()
    scene.finance.wait_peer("interior", "up", within=10)
    scene.interior.wait_peer("finance", "up", within=10)


@both_kinds
def test_what_is_said_during_a_cut_is_heard_after_it(kind, room):
    """Both sides go on talking; each hears everything once and in each speaker's order."""
    scene, alice, bob = room
    seen = alice.seen, bob.seen
    cut(scene, kind)
    alice.sees("bob", since=seen[0], text="line to interior down")
    bob.sees("alice", since=seen[1], text="line to finance down")
    alice.person.wait_acknowledged([alice.says(f"from finance {n}") for n in range(3)])
    bob.person.wait_acknowledged([bob.says(f"from interior {n}") for n in range(3)])
    with pytest.raises(Refused) as refused:
        bob.person.ask("get", "<ping xmlns='urn:xmpp:ping'/>", to=f"{alice.room}/bob")
    assert refused.value.condition == "remote-server-timeout"
    seen = alice.seen, bob.seen
    restore(scene)
    bob.hears("from finance 2", within=20)
    alice.hears("from interior 2", within=20)
    bob.hears("from interior 2", within=20)
    for seat in (alice, bob):
        for office in ("finance", "interior"):
            words = [w for w in seat.heard if office in w]
            assert words == [f"from {office} {n}" for n in range(3)]
    alice.sees("bob", since=seen[0])
    bob.sees("alice", since=seen[1])
    bob.person.ask("get", "<ping xmlns='urn:xmpp:ping'/>", to=f"{alice.room}/bob")
    stays(lambda: not any(p.get("type") == "unavailable" and p.get("from") == f"{alice.room}/bob"
                          for p in alice.person.stream.presences), during=2, what="bob is in the room")


def test_who_leaves_or_is_removed_during_a_cut_is_seen_to_after_it(room, account, client):
    """carol leaves, dave is kicked, both behind the dead line; after its return everybody knows."""
    scene, alice, bob = room
    carol = Seat(client(scene.interior, account(scene.interior, "carol")).login(), alice.room, "carol").enter()
    dave = Seat(client(scene.interior, account(scene.interior, "dave")).login(), alice.room, "dave").enter()
    erin = Seat(client(scene.finance, account(scene.finance, "erin")).login(), alice.room, "erin").enter()
    bob.sees("erin")
    cut(scene, "blackhole")
    carol.leave()
    carol.sees("carol", "unavailable", status=110)
    alice.role("dave", "none")
    erin.leave()
    alice.sees("erin", "unavailable")
    restore(scene)
    alice.sees("carol", "unavailable", within=15)
    dave.sees("dave", "unavailable", status=307, within=15)
    bob.sees("erin", "unavailable", within=15)
    bob.sees("carol", "unavailable", within=15)


def test_a_client_that_was_torn_off_hears_the_rest_after_its_resumption(room):
    """The box keeps what the room said for the session that waits for its client."""
    scene, alice, bob = room
    bob.person.tear()
    alice.person.wait_acknowledged([alice.says(f"meanwhile {n}") for n in range(3)])
    assert bob.person.reconnect() == "resumed"
    bob.hears("meanwhile 2")
    assert bob.heard == [f"meanwhile {n}" for n in range(3)]


def test_who_wants_in_during_a_cut_is_told_why_not(room, account, client):
    scene, alice, bob = room
    cut(scene, "down")
    carol = Seat(client(scene.interior, account(scene.interior, "carol")).login(), alice.room, "carol")
    with pytest.raises(Refused) as refused:
        carol.enter()
    assert refused.value.condition == "remote-server-timeout"
    restore(scene)
    carol.enter()
    until(lambda: carol.seen, within=5, what="carol is in")


def test_a_room_whose_box_was_killed_has_its_visitors_back(room, account, client):
    """bob's client does nothing: his box enters for him again, and he misses and repeats nothing."""
    scene, alice, bob = room
    alice.says("before")
    bob.hears("before")
    alice.person.tear()
    scene.finance.kill()
    scene.finance.start()
    name = alice.person.bare.split("@")[0]
    again = Seat(client(scene.finance, name, resource="new").login(), alice.room, "alice").enter()
    again.person.wait_acknowledged([again.says("after")])
    bob.hears("after", within=30)
    assert bob.heard == ["before", "after"]
    again.sees("bob", within=15)
    bob.says("here I am")
    again.hears("here I am")
    assert not any(p.get("type") == "error" for p in bob.person.stream.presences)

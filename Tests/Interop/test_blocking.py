"""Blocking (XEP-0191): whoever is blocked sees nobody and reaches nobody, on one box and across two."""

import pytest

from dakghar_harness import until
from dakghar_harness import become_friends

BLOCKING = "urn:xmpp:blocking"


def block(client, jid, *, undo=False):
    word = "unblock" if undo else "block"
    return client.ask("set", f"<{word} xmlns='{BLOCKING}'><item jid='{jid}'/></{word}>")


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_whoever_is_blocked_sees_one_go_and_reaches_nobody(across, finance, interior, person):
    """alice blocks bob: he sees her go, his message comes back; unblocked he sees her again."""
    alice = person(finance, "alice")
    bob = person(interior if across else finance, "bob")
    become_friends(alice, bob)
    bob.sees(alice.bare)
    seen = len(bob.stream.presences)
    block(alice, bob.bare)
    bob.sees(alice.bare, "unavailable", since=seen)
    bob.send(alice, "are you there?")
    until(lambda: bob.errors, within=10, what="bob's message comes back")
    assert "are you there?" not in alice.bodies
    seen = len(bob.stream.presences)
    block(alice, bob.bare, undo=True)
    bob.sees(alice.bare, None, since=seen)
    bob.send(alice, "and now?")
    alice.reads("and now?")


def test_one_does_not_write_to_whom_one_has_blocked(finance, person):
    """alice's own message to bob is refused, with the reason."""
    alice, bob = person(finance, "alice"), person(finance, "bob")
    block(alice, bob.bare)
    alice.send(bob, "oops")
    until(lambda: alice.errors, within=10, what="the message is refused")
    assert alice.errors[0].xml.find("{jabber:client}error/{urn:xmpp:blocking:errors}blocked") is not None
    assert "oops" not in bob.bodies


def test_the_list_survives_a_restart_and_is_pushed_to_the_other_client(finance, person, client):
    alice, bob = person(finance, "alice"), person(finance, "bob")
    block(alice, bob.bare)
    finance.restart()
    alice.reconnect()
    answer = alice.ask("get", f"<blocklist xmlns='{BLOCKING}'/>")
    assert [item.get("jid") for item in answer.iter(f"{{{BLOCKING}}}item")] == [bob.bare]

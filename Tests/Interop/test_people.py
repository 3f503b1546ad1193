"""People come and go: accounts closed, moved and removed by the technician."""

import json

import pytest

from dakghar_harness import until
from dakghar_harness.client import LoginFailed
from dakghar_harness import become_friends


def local(client):
    return client.bare.split("@")[0]


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_whoever_writes_to_a_removed_person_is_told(across, finance, interior, person):
    """bob is removed: alice's roster lets go of him, and her message comes back with the reason."""
    alice = person(finance, "alice")
    home = interior if across else finance
    bob = person(home, "bob")
    become_friends(alice, bob)
    home.command("user", "remove", local(bob))
    alice.wait_roster(bob.bare, "none")
    alice.send(bob, "lunch?")
    until(lambda: alice.errors, within=10, what="the message comes back")
    assert alice.errors[0].error == "gone"


def test_whoever_writes_to_a_moved_person_learns_the_new_address(finance, person):
    alice, bob = person(finance, "alice"), person(finance, "bob")
    finance.command("user", "move", local(bob), "bob@interior.gov.test")
    alice.send(bob, "lunch?")
    until(lambda: alice.errors, within=10, what="the message comes back")
    assert alice.errors[0].error == "gone"
    xml = [m for m in alice.stream.messages if m.type == "error"]
    assert xml


def test_a_closed_account_loses_its_sessions_and_its_mail_waits(finance, person, client):
    """bob is closed: he is thrown out and cannot come back; opened again he reads what came meanwhile."""
    alice, bob = person(finance, "alice"), person(finance, "bob")
    finance.command("user", "disable", local(bob))
    until(lambda: not bob.connected, within=10, what="bob is thrown out")
    with pytest.raises(LoginFailed):
        bob.reconnect()
    alice.wait_acknowledged([alice.send(bob, "for later")])
    finance.command("user", "disable", local(bob), "--undo")
    bob.reconnect()
    bob.reads("for later")


def test_sessions_are_listed_and_revoked(finance, person):
    bob = person(finance, "bob")
    listed = json.loads(finance.command("user", "sessions", local(bob), "--json"))
    assert [s["connected"] for s in listed["sessions"]] == [True]
    finance.command("user", "sessions", local(bob), "--revoke")
    until(lambda: not bob.connected, within=10, what="bob is thrown out")
    bob.reconnect()

"""What a box holds about a person, its removal, and archives that end."""

import json

import pytest

from dakghar_harness import CommandFailed, become_friends, introduce, until
from dakghar_harness.files import upload

VCARD = "<vCard xmlns='vcard-temp'><FN>Alice of Finance</FN></vCard>"


def show(box, jid):
    return json.loads(box.command("privacy", "show", jid, "--json"))


def counts(document):
    return {item["what"]: item["count"] for item in document["held"]}


@pytest.fixture
def offices(make_box, account, client):
    """alice and bob of two offices have written to each other; alice has published and uploaded."""
    finance, interior = make_box("finance", web=True), make_box("interior")
    introduce(finance, interior)
    names = account(finance, "alice"), account(interior, "bob")
    finance.start()
    interior.start()
    alice, bob = client(finance, names[0]).login(), client(interior, names[1]).login()
    become_friends(alice, bob)
    alice.ask("set", VCARD)
    alice.wait_acknowledged(alice.send_all(bob, ["one", "two"]))
    bob.reads("two", within=20)
    upload(alice, b"content", name="salary.pdf")
    until(lambda: "kept from their own office" in counts(show(interior, alice.bare)), within=20,
          what="interior keeps alice's card")
    return finance, interior, alice, bob


def test_everything_about_a_person_is_shown_and_erased_here_and_at_peers(offices):
    """What is left belongs to others, and is shown."""
    finance, interior, alice, bob = offices
    held = counts(show(finance, alice.bare))
    assert held["archive"] == 2 and held["contacts"] == 1 and held["contact card"] == 1
    assert held["uploaded files"] == 1 and held["states of sent messages"] == 2
    assert show(finance, alice.bare)["account"] is True
    assert counts(show(interior, alice.bare))["in archives of others"] == 2

    with pytest.raises(CommandFailed) as refused:
        interior.command("privacy", "erase", alice.bare)
    assert refused.value.code == 65 and "finance" in refused.value.error

    left = json.loads(finance.command("privacy", "erase", alice.bare, "--json"))
    assert left["account"] is False
    assert set(counts(left)) <= {"mail that waits"}
    until(lambda: "kept from their own office" not in counts(show(interior, alice.bare)), within=30,
          what=lambda: f"interior forgets alice's card: {show(interior, alice.bare)}")
    # Their own mail is theirs.
    assert counts(show(interior, alice.bare))["in archives of others"] == 2
    finance.restart()
    assert set(counts(show(finance, alice.bare))) <= {"mail that waits"}


def test_archives_end(make_box, account, client):
    """What is older than `lifetime.archive` goes, what is newer stays; each message's bytes with it."""
    finance = make_box("finance")
    names = account(finance, "alice"), account(finance, "carol")
    finance.start()
    alice, carol = client(finance, names[0]).login(), client(finance, names[1]).login()
    alice.wait_acknowledged(alice.send_all(carol, ["one", "two"]))
    carol.reads("two")
    assert json.loads(finance.command("privacy", "sweep", "--json")) == {"version": 1, "removed": 0}
    limits = finance.configuration.read_text().replace(
        'archive = "365 days"', 'archive = "1 s"')
    finance.configuration.write_text(limits)
    finance.restart()
    # Two archives hold each of the two messages.
    total = 0

    def swept():
        nonlocal total
        total += json.loads(finance.command("privacy", "sweep", "--json"))["removed"]
        return total == 4
    until(swept, within=20, what="the archives are swept")
    alice = client(finance, names[0]).login()
    assert alice.page(size=10).messages == []

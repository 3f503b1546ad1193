"""The peer list of a running box: what waits stays, whatever happens to the list."""

import pytest

from dakghar_harness import Box, introduce, until


@pytest.fixture
def offices(make_box):
    """Two offices that do not know each other, and a hub that both have a session with."""
    finance, interior, hub = (make_box(name) for name in ("finance", "interior", "hq"))
    for office in (finance, interior):
        office.peer_add(hub.card(), upstream=True)
        hub.peer_add(office.card())
    for box in (hub, finance, interior):
        box.start()
    for office in (finance, interior):
        office.wait_peer("hq", "up", within=15)
    return finance, interior


def test_a_peer_that_is_added_while_the_hub_is_up_is_reached_through_it(offices, person):
    """The session with the hub is older than the entry, and is a way for it all the same."""
    finance, interior = offices
    finance.peer_add(interior.card(), no_direct=True)
    interior.peer_add(finance.card(), no_direct=True)
    alice, bob = person(finance, "alice"), person(interior, "bob")
    alice.send(bob, "by the old session")
    bob.reads("by the old session")


def waiting(box):
    """Rows of the queue."""
    return len(box.queue_json()["entries"])


def send_while_away(make_box, person):
    """An office that has twenty messages for another that never comes back."""
    finance, broken = make_box("finance"), make_box("interior")
    finance.peer_add(broken.card())
    finance.start()
    alice = person(finance, "alice")
    for number in range(20):
        alice.send(f"bob@{broken.domain}", f"waited {number}")
    until(lambda: waiting(finance) == 20, within=10, what="twenty wait")
    return finance


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_mail_for_a_box_that_was_replaced_reaches_the_new_one(
        running, make_box, person, client, password, tmp_path):
    """New hardware with new keys under the old name and domain: what waited goes there, in order."""
    finance = send_while_away(make_box, person)
    fresh = make_box("new", domain="interior.gov.test", initialise=False)
    fresh.name = "interior"
    fresh.initialise()
    fresh.user_add("bob", password)
    fresh.peer_add(finance.card())
    fresh.start()
    bob = client(fresh, "bob").login()
    if not running:
        finance.stop()
    finance.command("peer", "replace", fresh.card())
    if not running:
        finance.start()
    for number in range(20):
        bob.reads(f"waited {number}")
    until(lambda: waiting(finance) == 0, within=10, what="nothing waits")


def test_a_peer_that_is_removed_and_added_again_gets_what_waited_and_what_comes(
        finance, interior, person):
    """Numbers go on where they were: nothing is taken for delivered that is not."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    for number in range(10):
        alice.send(bob, f"before {number}")
        bob.reads(f"before {number}")
    card = interior.card()
    finance.command("peer", "remove", "interior")
    finance.peer_add(card)
    for number in range(10):
        alice.send(bob, f"after {number}")
    for number in range(10):
        bob.reads(f"after {number}")
    until(lambda: waiting(finance) == 0, within=10, what="nothing waits")

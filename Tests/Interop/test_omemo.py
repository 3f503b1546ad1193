"""OMEMO between two boxes, also for a conversation that begins while the line is down."""

import os
import signal
import sqlite3

import pytest

from dakghar_harness import become_friends, introduce, until
from dakghar_harness.nodes import owner

pytest.importorskip("slixmpp_omemo", reason="slixmpp-omemo is not installed")

from dakghar_harness.omemo import DEVICE_LISTS, Secret  # noqa: E402

both_generations = pytest.mark.parametrize(
    "namespace", list(DEVICE_LISTS), ids=["old OMEMO", "OMEMO 2"])


@pytest.fixture
def offices(make_box):
    """finance and interior, whose line is up."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    for box in (finance, interior):
        box.start()
    finance.wait_peer("interior", "up", within=15)
    return finance, interior


@pytest.fixture
def secretive(account, client):
    """A person whose client knows this generation only: the other's list of devices is taken away."""
    def make(box, name, namespace):
        person = Secret(client(box, account(box, name))).login()
        for other, node in DEVICE_LISTS.items():
            if other != namespace:
                owner(person.client, "set", f"<delete node='{node}'/>")
        return person
    return make


def kept_nodes(box, bare):
    """Names of somebody's nodes of which the box of another office has a replica."""
    with sqlite3.connect(f"file:{box.directory / 'dakghar.db'}?mode=ro", uri=True) as database:
        keys = database.execute(
            "SELECT key FROM register WHERE key LIKE ?", (f"pep/{bare}/%",)).fetchall()
    return {key.split("/", 3)[3] for (key,) in keys}


def wait_replica(box, person, namespace):
    """The list of devices and the key bundles have come."""
    def has_come():
        nodes = kept_nodes(box, person.client.bare)
        return DEVICE_LISTS[namespace] in nodes and any(
            node.startswith(namespace) and "bundles" in node for node in nodes)
    until(has_come, within=15, what=lambda: (
        f"{box.name} keeps the keys of {person.client.bare}; it keeps "
        f"{kept_nodes(box, person.client.bare)}"))


@both_generations
def test_an_encrypted_conversation_across_the_line(namespace, offices, secretive):
    """There and back, line up."""
    finance, interior = offices
    alice, bob = (secretive(box, name, namespace)
                  for box, name in ((finance, "alice"), (interior, "bob")))
    become_friends(alice.client, bob.client)
    for number in range(3):
        alice.send(bob.client.bare, f"secret {number}", namespace)
        bob.reads(f"secret {number}", namespace)
        bob.send(alice.client.bare, f"answer {number}", namespace)
        alice.reads(f"answer {number}", namespace)


@pytest.mark.parametrize("cut", ["stopped", "frozen", "restarted"])
@both_generations
def test_a_first_encrypted_message_to_a_person_behind_a_dead_line(
        namespace, cut, offices, secretive, client):
    """The other box is stopped, or frozen, or ours is restarted besides: the first message is
    encrypted from the replica, waits, arrives when the line is back, and can be read."""
    finance, interior = offices
    alice, bob = (secretive(box, name, namespace)
                  for box, name in ((finance, "alice"), (interior, "bob")))
    become_friends(alice.client, bob.client)
    wait_replica(finance, bob, namespace)

    if cut == "frozen":
        os.kill(interior.pid, signal.SIGSTOP)
    else:
        interior.stop()
    try:
        finance.wait_peer("interior", "down", within=30)
        if cut == "restarted":
            finance.restart()
            alice = Secret(
                client(finance, alice.client.stream.boundjid.user, resource="later"),
                alice.keys).login()
        alice.send(bob.client.bare, "the first word, line down", namespace)
        alice.send(bob.client.bare, "the second", namespace)
        queue = finance.queue_json()["entries"]
        assert queue, "it waits for the line"
    finally:
        if cut == "frozen":
            os.kill(interior.pid, signal.SIGCONT)
        else:
            interior.start()
    if not bob.client.connected:
        bob.client.reconnect()
    bob.reads("the first word, line down", namespace, within=30)
    bob.reads("the second", namespace)
    bob.send(alice.client.bare, "I could read it", namespace)
    alice.reads("I could read it", namespace)

"""What another office keeps of a person's nodes, and forgets again (design: a box answers for its
absent peers)."""

import sqlite3

import pytest

from dakghar_harness import become_friends, introduce, stays, until
from dakghar_harness.client import Refused
from dakghar_harness.nodes import configure, events, interested, items, owner, publish, retract, told

NODE = "test:notes"
OPEN = {"access_model": "open", "max_items": "max"}


@pytest.fixture
def scene(make_box, account, client):
    """Two offices, alice here and bob there, who see each other's presence; bob's names."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    for box in (finance, interior):
        box.start()
    finance.wait_peer("interior", "up", within=15)
    alice = client(finance, account(finance, "alice")).login()
    bob = interested(client(interior, account(interior, "bob")), NODE).login()
    become_friends(alice, bob)
    return finance, interior, alice, bob


def kept(box):
    """Keys of the replicas on a box's disk."""
    with sqlite3.connect(f"file:{box.directory / 'dakghar.db'}?mode=ro", uri=True) as database:
        return {key for (key,) in database.execute(
            "SELECT key FROM register WHERE key LIKE 'pep/%'")}


def reads(who, node, of, *ids):
    try:
        return set(items(who, node, *ids, of=of))
    except Refused as error:
        return error.condition


def dark(finance, interior):
    finance.stop()
    interior.wait_peer("finance", "down", within=30)


def test_nodes_are_read_while_the_line_is_down(scene):
    """Open ones by everybody, those for contacts by contacts; of the others nothing is there. Names
    may hold what separates the parts of a key."""
    finance, interior, alice, bob = scene
    strange = "urn:x/y@z:1"
    publish(alice, NODE, id="a", options=OPEN)
    publish(alice, strange, id="b", options=OPEN)
    publish(alice, "test:seen", id="c")
    publish(alice, "test:closed", id="d", options={"access_model": "whitelist"})
    until(lambda: len(kept(interior)) == 3, within=10, what=lambda: f"three are kept: {kept(interior)}")
    dark(finance, interior)
    assert reads(bob, NODE, alice.bare) == {"a"}
    assert reads(bob, NODE, alice.bare, "a") == {"a"}
    assert reads(bob, NODE, alice.bare, "other") == "item-not-found"
    assert reads(bob, strange, alice.bare) == {"b"}
    assert reads(bob, "test:seen", alice.bare) == {"c"}
    assert reads(bob, "test:closed", alice.bare) == "remote-server-timeout"


def test_a_stranger_over_there_reads_only_what_is_open(scene, person):
    finance, interior, alice, _ = scene
    mallory = person(interior, "mallory")
    publish(alice, NODE, id="a", options=OPEN)
    publish(alice, "test:seen", id="c")
    until(lambda: len(kept(interior)) == 2, within=10, what="both are kept")
    dark(finance, interior)
    assert reads(mallory, NODE, alice.bare) == {"a"}
    assert reads(mallory, "test:seen", alice.bare) == "remote-server-timeout"


def test_what_is_closed_or_deleted_is_forgotten_over_there(scene):
    """At once while the line is up."""
    _, interior, alice, bob = scene
    for node in (NODE, "test:other"):
        publish(alice, node, id="a", options=OPEN)
    until(lambda: len(kept(interior)) == 2, within=10, what="both are kept")
    configure(alice, NODE, access_model="whitelist")
    owner(alice, "set", "<delete node='test:other'/>")
    until(lambda: not kept(interior), within=10, what="both are forgotten")
    assert reads(bob, NODE, alice.bare) == "not-allowed"


def test_what_was_withdrawn_while_the_line_was_down_is_forgotten_after_a_restart(scene, client):
    """Closed and deleted in the dark, then our box is restarted: the other box learns it all the same,
    and what has not changed does not travel again."""
    finance, interior, alice, bob = scene
    for node in (NODE, "test:closing", "test:going"):
        publish(alice, node, id="a", options=OPEN)
    until(lambda: len(kept(interior)) == 3, within=10, what="three are kept")
    told(bob, NODE)
    bob.forget()
    interior.stop()
    finance.wait_peer("interior", "down", within=30)
    configure(alice, "test:closing", access_model="whitelist")
    owner(alice, "set", "<delete node='test:going'/>")
    publish(alice, "test:new", id="a", options=OPEN)
    finance.restart()
    interior.start()
    bob.reconnect()
    until(lambda: {key.rsplit("/", 1)[1] for key in kept(interior)} == {NODE, "test:new"},
          within=20, what=lambda: f"two are kept: {kept(interior)}")
    # Once: the newest item after bob came back, not for a register that came again.
    stays(lambda: len(events(bob, NODE)) <= 1, during=1, what="nothing is told twice")


def test_who_loses_the_subscription_over_there_reads_no_more(scene):
    """The only contact in that office is removed: the nodes for contacts are taken back."""
    _, interior, alice, bob = scene
    publish(alice, "test:seen", id="c")
    until(lambda: kept(interior), within=10, what="it is kept")
    alice.presence("unsubscribed", bob)
    until(lambda: not kept(interior), within=10, what="it is forgotten")
    assert reads(bob, "test:seen", alice.bare) == "not-authorized"


def test_a_large_node_is_kept_in_parts(scene):
    """150 KiB in 30 items, one of them changed, one taken back: each is told once; an item that is
    too large is asked for over the line."""
    finance, interior, alice, bob = scene
    text = "x" * 5_000
    for number in range(30):
        publish(alice, NODE, f"<n xmlns='test:n'>{text}</n>", id=f"i{number}", options=OPEN)
    until(lambda: len(kept(interior)) == 16, within=20, what=lambda: f"16 parts: {kept(interior)}")
    told(bob, NODE, lambda event: event.id == "i29")
    until(lambda: [event.id for event in events(bob, NODE)] == [f"i{n}" for n in range(30)],
          within=10, what=lambda: f"each once: {[(e.kind, e.id) for e in events(bob, NODE)]}")
    bob.forget()
    publish(alice, NODE, "<n xmlns='test:n'>new</n>", id="i7")
    told(bob, NODE, lambda event: event.id == "i7")
    retract(alice, NODE, "i8")
    told(bob, NODE, lambda event: event.kind == "retract")
    assert [(event.kind, event.id) for event in events(bob, NODE)] == [
        ("item", "i7"), ("retract", "i8")]
    publish(alice, NODE, f"<n xmlns='test:n'>{'y' * 60_000}</n>", id="large")
    until(lambda: "large" in reads(bob, NODE, alice.bare, "large"), within=5, what="over the line")
    dark(finance, interior)
    found = reads(bob, NODE, alice.bare)
    assert {"i7", "i29"} <= found and not found & {"i8", "large"}


def test_a_removed_person_s_nodes_are_forgotten(scene):
    finance, interior, alice, _ = scene
    publish(alice, NODE, id="a", options=OPEN)
    until(lambda: kept(interior), within=10, what="it is kept")
    finance.command("user", "remove", alice.stream.boundjid.user)
    until(lambda: not kept(interior), within=10, what="it is forgotten")


def test_who_is_blocked_reads_no_replica_that_others_keep_there(scene, person):
    """Also after a restart of the office that keeps it, with the line down (XEP-0191 §3.3)."""
    finance, interior, alice, bob = scene
    mallory = person(interior, "mallory")
    become_friends(alice, mallory)
    publish(alice, NODE, id="a", options=OPEN)
    publish(alice, "test:seen", id="c")
    until(lambda: reads(mallory, "test:seen", alice.bare) == {"c"}, within=10, what="mallory reads")
    alice.ask("set", f"<block xmlns='urn:xmpp:blocking'><item jid='{mallory.bare}'/></block>")
    # Read from the replica as soon as it is there: until then the request goes to alice's box.
    until(lambda: reads(mallory, "test:seen", alice.bare) == "service-unavailable", within=10,
          what="mallory is refused")
    dark(finance, interior)
    interior.restart()
    for one in (bob, mallory):
        one.reconnect()
    assert reads(bob, NODE, alice.bare) == {"a"} and reads(bob, "test:seen", alice.bare) == {"c"}
    assert reads(mallory, NODE, alice.bare) == "remote-server-timeout"
    assert reads(mallory, "test:seen", alice.bare) == "remote-server-timeout"


def test_an_account_behind_a_dead_line_says_what_it_offers(scene, person):
    """disco#info and disco#items from the replicas, to those who see its owner's presence."""
    finance, interior, alice, bob = scene
    mallory = person(interior, "mallory")
    publish(alice, NODE, id="a", options=OPEN)
    publish(alice, "test:seen", id="c")
    publish(alice, "test:closed", id="d", options={"access_model": "whitelist"})
    until(lambda: len(kept(interior)) == 2, within=10, what="two are kept")
    info = "<query xmlns='http://jabber.org/protocol/disco#info'{}/>"
    nodes = "<query xmlns='http://jabber.org/protocol/disco#items'{}/>"
    here = bob.ask("get", info.format(""), to=alice.bare)
    dark(finance, interior)
    there = bob.ask("get", info.format(""), to=alice.bare)

    def said(answer):
        return {(child.tag, *sorted(child.attrib.items())) for child in answer.iter()
                if child.tag.endswith(("feature", "identity"))}

    assert said(there) == said(here)
    listed = {item.get("node") for item in bob.ask("get", nodes.format(""), to=alice.bare).iter()
              if item.tag.endswith("}item")}
    assert listed == {NODE, "test:seen"}
    (item,) = [item for item in bob.ask("get", nodes.format(" node='test:seen'"), to=alice.bare).iter()
               if item.tag.endswith("}item")]
    assert item.get("name") == "c"
    assert bob.ask("get", info.format(" node='test:seen'"), to=alice.bare).get("type") == "result"
    with pytest.raises(Refused) as refused:
        mallory.ask("get", info.format(""), to=alice.bare)
    assert refused.value.condition == "remote-server-timeout"

"""What an administrator does with waiting mail: hold it back, let it go, drop it."""

import json

import pytest

from dakghar_harness import CommandFailed, introduce, stays, until
from dakghar_harness.states import States


@pytest.fixture
def offices(make_box, account, client):
    """finance with alice; interior with bob, not started: the line is dead."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.start()
    alice = client(finance, account(finance, "alice")).login()
    bob = account(interior, "bob")
    return finance, interior, alice, f"{bob}@{interior.domain}"


def order(box, *words):
    return json.loads(box.command("queue", *words, "--json"))


def by_reason(box):
    return [(entry["state"], entry["reason"]) for entry in box.queue_json()["entries"]]


def write(alice, address, *texts):
    sent = [alice.send(address, text) for text in texts]
    alice.wait_acknowledged(sent)
    return sent


def read(interior, address, client):
    return client(interior, address.split("@")[0]).login()


def test_an_entry_that_is_held_stays_while_the_others_leave(offices, client):
    """Also over a restart of the box; what was written later overtakes it; released, it goes."""
    finance, interior, alice, address = offices
    states = States(alice).enable()
    first, _second = write(alice, address, "first", "second")
    entries = finance.queue_json()["entries"]
    assert [entry["state"] for entry in entries] == ["waiting", "waiting"]
    done = order(finance, "hold", "--id", str(entries[0]["id"]))
    assert done["action"] == "hold" and done["entries"] == 1 and done["holds"] == []
    assert by_reason(finance) == [("held", "held by administrator"), ("waiting", "no way is up")]
    assert States(alice).ask(first)[0].get("reason") == "held by administrator"
    until(lambda: states.pushed(first) == ["held", "held"], within=10, what="the sender is told")
    finance.restart()
    alice.reconnect()
    interior.start()
    bob = read(interior, address, client)
    bob.reads("second", within=20)
    stays(lambda: bob.bodies == ["second"], during=3, what="the held one stays")
    assert by_reason(finance) == [("held", "held by administrator")]
    assert order(finance, "release", "--id", str(entries[0]["id"]))["entries"] == 1
    bob.reads("first", within=20)
    assert bob.bodies == ["second", "first"]
    assert "held back by an administrator" in finance.log()
    assert "let go by an administrator" in finance.log()


def test_an_order_for_a_peer_stands_for_what_comes_later(offices, client):
    """Until it is released, which sends everything, in order; restarts do not end it."""
    finance, interior, alice, address = offices
    done = order(finance, "hold", "--peer", "interior", "--class", "chat")
    assert done["entries"] == 0
    assert [(hold["peer"], hold["class"]) for hold in done["holds"]] == [("interior", "chat")]
    interior.start()
    finance.wait_peer("interior", "up", within=20)
    finance.restart()
    alice.reconnect()
    finance.wait_peer("interior", "up", within=20)
    bob = read(interior, address, client)
    write(alice, address, "one", "two")
    stays(lambda: not bob.bodies, during=4, what="the order holds both back")
    assert by_reason(finance) == [("held", "held by administrator")] * 2
    assert order(finance, "release", "--peer", "interior")["holds"] == []
    bob.reads_all(2, within=20)
    assert bob.bodies == ["one", "two"]
    assert finance.queue_json()["holds"] == []


def test_what_is_dropped_is_told_to_its_sender_with_the_reason(offices, client):
    """By a message and as a state; what was written after it is not held up."""
    finance, interior, alice, address = offices
    states = States(alice).enable()
    first, _second = write(alice, address, "a mistake", "as I meant it")
    entry = finance.queue_json()["entries"][0]["id"]
    assert order(finance, "drop", "--id", str(entry), "--reason", "sent by mistake")["entries"] == 1
    until(lambda: any("a mistake" in body for body in alice.bodies), within=10,
          what="the sender reads of it")
    notice = next(body for body in alice.bodies if "a mistake" in body)
    assert "sent by mistake" in notice and "administrator" in notice
    states.wait_pushed(first, "dropped")
    assert "dropped by an administrator: sent by mistake" in finance.log()
    interior.start()
    bob = read(interior, address, client)
    bob.reads("as I meant it", within=20)
    stays(lambda: bob.bodies == ["as I meant it"], during=3, what="the dropped one never comes")
    assert states.of(first) == ["dropped"]


def test_orders_work_on_the_files_when_the_box_does_not_run(offices, client):
    """Held, let go and dropped under the directory's lock; the sender finds the notice later."""
    finance, interior, alice, address = offices
    write(alice, address, "kept", "dropped")
    alice.logout()
    finance.stop()
    entries = finance.queue_json()["entries"]
    assert order(finance, "hold", "--all")["entries"] == 2
    assert order(finance, "drop", "--id", str(entries[1]["id"]), "--reason", "no")["entries"] == 1
    assert [state for state, _ in by_reason(finance) if state == "held"] == ["held"]
    assert order(finance, "release", "--all")["entries"] == 1
    finance.start()
    interior.start()
    bob = read(interior, address, client)
    bob.reads("kept", within=20)
    alice.reconnect()
    until(lambda: any("dropped" in body for body in alice.bodies), within=15, what="alice is told")


@pytest.mark.parametrize(("words", "code"), [
    (["hold"], 64), (["release"], 64), (["drop", "--reason", "why"], 64), (["drop", "--all"], 64),
    (["hold", "--peer", "nobody"], 65), (["hold", "--class", "gold"], 65),
    (["hold", "--id", "999999"], 65), (["drop", "--all", "--reason", ""], 65),
])
def test_an_order_that_cannot_be_is_refused(words, code, offices):
    """With the exit code of docs/cli.md and a word on what to do; nothing is changed."""
    finance, _interior, alice, address = offices
    write(alice, address, "stays as it is")
    with pytest.raises(CommandFailed) as refused:
        finance.command("queue", *words)
    assert refused.value.code == code and refused.value.error.strip()
    assert by_reason(finance) == [("waiting", "no way is up")]


def test_a_part_of_a_wider_order_is_not_released(offices):
    """An order for every peer is not broken up by a release for one: it says which to release."""
    finance, _interior, _alice, _address = offices
    order(finance, "hold", "--class", "bulk")
    with pytest.raises(CommandFailed) as refused:
        finance.command("queue", "release", "--peer", "interior", "--class", "bulk")
    assert refused.value.code == 65 and "--class bulk" in refused.value.error
    assert order(finance, "release", "--class", "bulk")["holds"] == []

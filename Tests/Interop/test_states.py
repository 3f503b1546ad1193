"""What becomes of messages, as their authors' clients are told (docs/states.md)."""

import sqlite3

import pytest

from dakghar_harness import Refused, introduce, stays, until
from dakghar_harness.rooms import Seat, room_name
from dakghar_harness.states import States
from dakghar_harness.stick import export, take


def test_a_message_goes_from_held_to_delivered(finance, interior, person, account, client):
    """It arrives while the addressee is away, and is delivered when a client of theirs has it; each
    step is pushed to the client that asked for that, once."""
    alice, local = person(finance, "alice"), account(interior, "bob")
    states = States(alice).enable()
    sent = alice.send(f"{local}@{interior.domain}", "the minutes")
    states.wait(sent, "arrived")
    stays(lambda: states.of(sent) == ["arrived"], during=3, what="nobody has read it")
    bob = client(interior, local).login()
    bob.reads("the minutes")
    said = states.wait(sent, "delivered")
    assert said.get("to") == bob.bare and said.get("since") and said.get("archive")
    assert said.get("archive") == alice.archive()[-1].archive_id
    assert states.wait_pushed(sent, "delivered") == ["held", "arrived", "delivered"]
    assert [one.get("state") for one in states.ask(said.get("archive"), key="archive")] == ["delivered"]


def test_reading_the_archive_counts_too(finance, interior, person, account, client):
    """The addressee's client fetches its archive and takes no messages: that is delivery as well."""
    alice, local = person(finance, "alice"), account(interior, "bob")
    states = States(alice)
    sent = alice.send(f"{local}@{interior.domain}", "for the archive")
    states.wait(sent, "arrived")
    bob = client(interior, local).login(available=False)
    assert [m.body for m in bob.archive()] == ["for the archive"]
    bob.request_acknowledgement()
    states.wait(sent, "delivered")


def test_a_message_to_a_dead_line_is_held_and_says_until_when(make_box, account, client):
    """It says why, and until when; after a restart still; nothing is sent to who did not ask."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.start()
    local = account(finance, "alice")
    alice = client(finance, local).login()
    sent = alice.send(f"bob@{interior.domain}", "wait for me")
    alice.wait_acknowledged([sent])
    said = States(alice).ask(sent)[0]
    assert said.get("state") == "held" and said.get("reason") == "no way is up"
    assert said.get("until") > said.get("since")
    assert not States(alice).pushes
    alice.logout()
    finance.restart()
    again = client(finance, local, resource="again").login()
    assert States(again).of(sent) == ["held"]


def test_a_conversation_is_asked_for_page_by_page(finance, interior, person):
    """`with` and `after`; only one's own messages, each in its order."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    sent = [alice.send(bob, f"number {number}") for number in range(5)]
    bob.reads_all(5, within=15)
    bob.send(alice, "an answer")
    alice.reads("an answer")
    states = States(alice)
    states.wait(sent[-1], "delivered")
    first = states.conversation(bob.bare, max="3")
    assert [one.get("id") for one in first] == sent[:3] and first.get("complete") == "false"
    rest = states.conversation(bob.bare, max="3", after=first.get("last"))
    assert [one.get("id") for one in rest] == sent[3:] and rest.get("complete") == "true"
    assert {one.get("state") for one in [*first, *rest]} == {"delivered"}
    empty = states.conversation("nobody@interior.gov.test")
    assert not list(empty) and empty.get("complete") == "true"


def test_states_inside_one_office(finance, person, account, client):
    """There is no other box to arrive at: arrived at once, delivered when a client has it."""
    alice, local = person(finance, "alice"), account(finance, "carol")
    states = States(alice).enable()
    address = f"{local}@{finance.domain}"
    sent = alice.send(address, "tea?")
    states.wait_pushed(sent, "arrived")
    assert [one.get("state") for one in states.conversation(address)] == ["arrived"]
    carol = client(finance, local).login()
    carol.reads("tea?")
    assert states.wait_pushed(sent, "delivered") == ["arrived", "delivered"]
    entry = alice.archive()[-1].archive_id
    assert [one.get("state") for one in states.ask(entry, key="archive")] == ["delivered"]


def test_a_room_of_another_office_has_a_message_when_it_was_delivered(finance, interior, person):
    """What is said in it has a state too, without an entry in one's own archive."""
    owner, alice = person(interior, "owner"), person(finance, "alice")
    room = room_name(interior)
    Seat(owner, room, "owner").enter()
    owner.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'>"
              "<x xmlns='jabber:x:data' type='submit'/></query>", to=room)
    Seat(alice, room, "alice").enter()
    states = States(alice)
    sent = alice.send(room, "hello room", kind="groupchat")
    assert states.wait(sent, "delivered").get("archive") is None
    owner.reads("hello room")


def test_somebody_who_does_not_exist_refuses(finance, interior, person):
    """The error that comes back is the end of it."""
    alice = person(finance, "alice")
    states = States(alice).enable()
    sent = alice.send("nobody@interior.gov.test", "hello?")
    states.wait_pushed(sent, "refused")
    stays(lambda: states.of(sent) == ["refused"], during=3, what="no receipt changes that")


def test_nobody_sees_the_states_of_others(finance, interior, person):
    """Not by id, not by archive id, not by asking another's account; after disable nothing comes."""
    alice, mallory, bob = person(finance, "alice"), person(finance, "mallory"), person(interior, "bob")
    states = States(alice).enable()
    sent = alice.send(bob, "in confidence")
    entry = states.wait(sent, "delivered").get("archive")
    assert States(mallory).of(sent) == ["unknown"]
    with pytest.raises(Refused) as refused:
        States(mallory).ask(entry, key="archive")
    assert refused.value.condition == "item-not-found"
    with pytest.raises(Refused) as refused:
        mallory.ask("get", f"<states xmlns='urn:dakghar:states:0'><message id='{sent}'/></states>",
                    to=alice.bare)
    assert refused.value.condition == "forbidden"
    states.disable()
    quiet = alice.send(bob, "quietly")
    states.wait(quiet, "delivered")
    assert not states.pushed(quiet)


@pytest.mark.parametrize("payload", [
    "<states xmlns='urn:dakghar:states:0'/>",
    "<states xmlns='urn:dakghar:states:0'><message/></states>",
    "<states xmlns='urn:dakghar:states:0' with='@'/>",
    "<states xmlns='urn:dakghar:states:0' with='bob@interior.gov.test' max='none'/>",
    "<states xmlns='urn:dakghar:states:0'>" + "<message id='m'/>" * 251 + "</states>",
    "<enable xmlns='urn:dakghar:states:0'/>",
])
def test_nonsense_is_refused(payload, finance, person):
    """With an error, and the session goes on."""
    alice = person(finance, "alice")
    with pytest.raises(Refused) as refused:
        alice.ask("get", payload)
    assert refused.value.condition in ("bad-request", "jid-malformed")


def test_the_server_says_that_it_knows_states(finance, person):
    """Service discovery, of the server and of one's own account."""
    alice = person(finance, "alice")
    for address in (finance.domain, alice.bare):
        answer = alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=address)
        features = {one.get("var") for one in answer.iter(
            "{http://jabber.org/protocol/disco#info}feature")}
        assert "urn:dakghar:states:0" in features


def outlive(box):
    """Everything that waits has outlived its time: the box is stopped, and started again."""
    box.stop()
    with sqlite3.connect(box.directory / "dakghar.db") as database:
        database.execute("UPDATE outbox SET lifetime=1 WHERE kind=1")
    database.close()
    box.start()


def test_an_expiry_is_told_by_a_message_too(make_box, account, client):
    """In words, from the box, in the archive; the state says the same."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.start()
    local = account(finance, "alice")
    alice = client(finance, local).login()
    sent = alice.send(f"bob@{interior.domain}", "too late")
    alice.wait_acknowledged([sent])
    alice.logout()
    outlive(finance)
    again = client(finance, local, resource="again").login()
    until(lambda: any("too late" in body for body in again.bodies), within=20,
          what="the box says that it was not delivered")
    notice = next(m for m in again.inbox if "too late" in m.body)
    assert notice.sender == finance.domain and "not delivered" in notice.body
    assert notice.xml.find("{urn:dakghar:states:0}state").get("id") == sent
    assert States(again).wait(sent, "expired").get("until") is None
    assert not finance.queue_json()["entries"] or all(
        entry["class"] == "urgent" for entry in finance.queue_json()["entries"])
    assert any("too late" in (m.body or "") and m.archive_id for m in again.archive())


def test_a_stick_that_arrives_later_corrects_an_expiry(make_box, account, client, tmp_path):
    """The message was given up here while a stick with it was under way: it is read once, its author
    is told by a second message, and the state goes on."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.start()
    local, other = account(finance, "alice"), account(interior, "bob")
    alice = client(finance, local).login()
    sent = alice.send(f"{other}@{interior.domain}", "by stick after all")
    alice.wait_acknowledged([sent])
    export(finance, "interior", tmp_path / "file")
    assert States(alice).of(sent) == ["left"]
    alice.logout()
    outlive(finance)
    again = client(finance, local, resource="again").login()
    until(lambda: any("not delivered" in body for body in again.bodies), within=20,
          what="the box says that it was not delivered")
    take(interior, tmp_path / "file")
    interior.start()
    bob = client(interior, other).login()
    bob.reads("by stick after all")
    until(lambda: any("after all. It said" in body for body in again.bodies), within=40,
          what="the box corrects itself")
    States(again).wait(sent, "delivered", within=20)
    assert sum("after all. It said" in body for body in again.bodies) == 1
    stays(lambda: bob.bodies == ["by stick after all"], during=3, what="it is shown once")
    assert "ALARM" not in interior.log()

"""What people write to each other, on one box and across two."""

import pytest

from dakghar_harness import Refused, until

RECEIPT = "{urn:xmpp:receipts}"
MARKER = "{urn:xmpp:chat-markers:0}"


def test_a_message_goes_to_the_other_office_and_an_answer_comes_back(finance, interior, person):
    """alice@finance writes to bob@interior, he answers, both were acknowledged."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    asked = alice.send(bob, "Is the budget signed?")
    question = bob.reads("Is the budget signed?")
    assert question.sender == alice.stream.boundjid.full and question.id == asked
    answered = bob.send(question.sender, "Yes, this morning.")
    alice.reads("Yes, this morning.")
    alice.wait_acknowledged([asked])
    bob.wait_acknowledged([answered])
    assert not alice.errors and not bob.errors


def test_many_messages_keep_their_order_and_come_once(finance, interior, person):
    """200 messages across two boxes arrive as they were written."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    texts = [f"line {number}" for number in range(200)]
    alice.send_all(bob, texts)
    bob.reads_all(200, within=15)
    assert [m.body for m in bob.inbox] == texts


def test_two_people_of_one_office(finance, person):
    """A message stays inside the box and is as good."""
    alice, carol = person(finance, "alice"), person(finance, "carol")
    alice.send(carol, "Tea?")
    assert carol.reads("Tea?").stanza_id


def test_every_client_of_a_user_sees_both_sides(finance, interior, person, client, password):
    """Carbons (XEP-0280): the phone sees what the desk wrote and what the desk was answered."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    phone = client(finance, alice.stream.boundjid.user, resource="phone").login()
    for device in (alice, phone):
        device.does(lambda device=device: device.plugin("xep_0280").enable())
    alice.send(bob, "From my desk")
    until(lambda: any(m.carbon == "sent" and m.body == "From my desk" for m in phone.messages),
          within=10, what="the phone sees what the desk wrote")
    question = bob.reads("From my desk")
    bob.send(question.sender, "To your desk")
    alice.reads("To your desk")
    until(lambda: any(m.carbon == "received" and m.body == "To your desk"
                      for m in phone.messages),
          within=10, what="the phone sees the answer")
    assert not [m for m in alice.messages if m.carbon], "the desk needs no copies of its own"


def test_a_private_message_is_not_copied(finance, interior, person, client):
    """`<private/>` (XEP-0280 §6) and `no-copy` (XEP-0334) keep a message to one client."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    phone = client(finance, alice.stream.boundjid.user, resource="phone").login()
    phone.does(lambda: phone.plugin("xep_0280").enable())
    alice.send(bob, "just us", payload="<private xmlns='urn:xmpp:carbons:2'/>")
    alice.send(bob, "everyone")
    until(lambda: any(m.body == "everyone" for m in phone.messages), within=10,
          what="the phone sees the ordinary message")
    assert not any(m.body == "just us" for m in phone.messages)


def test_a_message_waits_for_somebody_who_is_away(finance, interior, person, account, client):
    """Offline delivery comes out of the archive: with a delay, and with its stanza-id; once."""
    alice, local = person(finance, "alice"), account(interior, "bob")
    alice.send(f"{local}@{interior.domain}", "Call me when you are back.")
    alice.send(alice, "to myself")
    alice.reads("to myself")
    bob = client(interior, local).login()
    first = bob.reads("Call me when you are back.")
    assert first.stanza_id and first.stanza_id_by == bob.bare
    assert first.delay, "it says when it was sent"
    assert [m.archive_id for m in bob.archive()] == [first.stanza_id]
    bob.logout()

    again = client(interior, local, resource="again").login()
    alice.send(again, "A second one.")
    again.reads("A second one.")
    assert again.bodies == ["A second one."]


def test_the_archive_is_read_page_by_page(finance, interior, person):
    """XEP-0313: pages of 20 forward, the last page backward, `with`, and the count agree."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    texts = [f"entry {number:02}" for number in range(50)]
    alice.send_all(bob, texts)
    bob.reads_all(50, within=15)

    pages = [bob.page(size=20)]
    while not pages[-1].complete:
        pages.append(bob.page(size=20, after=pages[-1].last))
    assert [m.body for page in pages for m in page.messages] == texts
    assert [len(page.messages) for page in pages] == [20, 20, 10]
    assert pages[0].first == pages[0].messages[0].archive_id
    assert pages[0].last == pages[0].messages[-1].archive_id

    newest = bob.page(size=20, before="")
    assert [m.body for m in newest.messages] == texts[30:]
    older = bob.page(size=20, before=newest.first)
    assert [m.body for m in older.messages] == texts[10:30]

    assert len(bob.archive(with_=alice.bare)) == 50
    assert bob.archive(with_="nobody@interior.gov.test") == []
    assert [m.archive_id for m in bob.archive()] == [m.stanza_id for m in bob.inbox]


def test_the_sender_has_what_he_sent_in_his_archive_too(finance, interior, person):
    """Both sides of a conversation are in each one's own archive, in the order they came."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    alice.send(bob, "one")
    bob.reads("one")
    bob.send(alice, "two")
    alice.reads("two")
    assert [m.body for m in alice.archive()] == ["one", "two"]
    assert [m.body for m in bob.archive()] == ["one", "two"]


def test_an_unknown_place_in_the_archive_is_not_found(finance, person):
    """`after` with an id that is not there: item-not-found (XEP-0313 §4.3.1)."""
    alice = person(finance, "alice")
    with pytest.raises(Refused) as refused:
        alice.page(after="no-such-id")
    assert refused.value.condition == "item-not-found"


def test_receipts_and_markers_are_passed_on(finance, interior, person):
    """XEP-0184 and XEP-0333 reach the other side as they were sent."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    alice.send(bob, "read this", payload="<request xmlns='urn:xmpp:receipts'/>")
    question = bob.reads("read this")
    assert question.xml.find(f"{RECEIPT}request") is not None
    bob.send(question.sender, "seen",
             payload=f"<received xmlns='urn:xmpp:receipts' id='{question.id}'/>")
    assert alice.reads("seen").xml.find(f"{RECEIPT}received").get("id") == question.id
    bob.send(question.sender, "shown",
             payload=f"<displayed xmlns='urn:xmpp:chat-markers:0' id='{question.id}'/>")
    assert alice.reads("shown").xml.find(f"{MARKER}displayed").get("id") == question.id


def test_no_store_is_delivered_and_kept_nowhere(finance, interior, person):
    """XEP-0334: a message marked no-store reaches who is there and no archive."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    alice.send(bob, "burn this", payload="<no-store xmlns='urn:xmpp:hints'/>")
    bob.reads("burn this")
    alice.send(bob, "keep this")
    bob.reads("keep this")
    assert [m.body for m in bob.archive()] == ["keep this"]
    assert [m.body for m in alice.archive()] == ["keep this"]


def test_a_bare_jid_reaches_the_clients_that_want_messages(finance, interior, person, client):
    """Negative priority gets nothing that is addressed to the account (RFC 6121 §8.5.2)."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    robot = client(interior, bob.stream.boundjid.user, resource="robot").login(available=False)
    robot.show(priority=-1)
    alice.send(bob, "for the person")
    bob.reads("for the person")
    alice.send(f"{bob.bare}/robot", "for the robot")
    robot.reads("for the robot")
    assert robot.bodies == ["for the robot"]


def test_nobody_of_that_name_comes_back_as_an_error(finance, interior, person):
    """A message to an account that does not exist is answered by its box, with its id."""
    alice = person(finance, "alice")
    for domain in (finance.domain, interior.domain):
        sent = alice.send(f"nobody@{domain}", "hello?")
        until(lambda: any(m.id == sent for m in alice.errors), within=10,
              what=f"{domain} says that nobody is there")
        error = next(m for m in alice.errors if m.id == sent)
        assert error.error in ("service-unavailable", "item-not-found")


def test_a_domain_that_no_box_answers_for_is_refused_at_once(finance, person):
    """Before it is acknowledged a message may be refused, with a reason."""
    alice = person(finance, "alice")
    sent = alice.send("somebody@unknown.gov.test", "hello?")
    until(lambda: any(m.id == sent for m in alice.errors), within=5, what="it is refused")
    assert alice.errors[0].error == "remote-server-not-found"

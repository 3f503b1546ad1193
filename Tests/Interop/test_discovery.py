"""What the box says of itself, and the small questions that clients ask."""

import re

import pytest

from dakghar_harness import RawStream, Refused

INFO = "{http://jabber.org/protocol/disco#info}"


def features(person, to):
    answer = person.ask(
        "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=to)
    return {f.get("var") for f in answer.findall(f"{INFO}query/{INFO}feature")}


def test_the_box_says_what_it_can_do(finance, person):
    """disco#info of the domain and of the own account name what clients look for."""
    alice = person(finance, "alice")
    assert {"http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items",
            "urn:xmpp:ping", "jabber:iq:version", "urn:xmpp:time",
            "urn:xmpp:carbons:2"} <= features(alice, finance.domain)
    assert {"urn:xmpp:mam:2", "urn:xmpp:sid:0"} <= features(alice, alice.bare)


def test_the_stream_offers_what_clients_need(finance, account, password):
    """After the login: bind, stream management, client state, roster versions, capabilities."""
    with RawStream.to(finance).start_tls() as stream:
        stream.open()
        stream.authenticate(account(finance, "alice"), password)
        offered = {child.tag for child in stream.open()}
    assert {"{urn:ietf:params:xml:ns:xmpp-bind}bind", "{urn:xmpp:sm:3}sm",
            "{urn:xmpp:csi:0}csi", "{urn:xmpp:features:rosterver}ver",
            "{http://jabber.org/protocol/caps}c"} <= offered


def test_disco_items_of_the_box_is_answered(finance, person):
    """A client that looks around gets a list, even an empty one."""
    alice = person(finance, "alice")
    alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>",
              to=finance.domain)


@pytest.mark.parametrize("where", ["own box", "own account", "other box"])
def test_a_ping_is_answered_by(where, finance, interior, person):
    """XEP-0199, also as an IQ across the link."""
    alice = person(finance, "alice")
    target = {"own box": finance.domain, "own account": alice.bare,
              "other box": interior.domain}[where]
    assert alice.does(lambda: alice.plugin("xep_0199").ping(target)) < 5


def test_a_question_to_a_person_in_the_other_office_is_answered_by_her_client(
        finance, interior, person):
    """A live IQ goes to the client and its answer comes back."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    bob.send(alice, "hello")
    origin = alice.reads("hello").sender
    assert alice.does(lambda: alice.plugin("xep_0199").ping(origin)) < 5


def test_the_box_names_its_version(finance, person):
    """XEP-0092 says Dakghar."""
    alice = person(finance, "alice")
    answer = alice.does(lambda: alice.plugin("xep_0092").get_version(finance.domain))
    assert answer["software_version"]["name"] == "Dakghar"
    assert answer["software_version"]["version"]


def test_the_box_tells_the_time(finance, person):
    """XEP-0202 in UTC with an offset."""
    answer = person(finance, "alice").ask("get", "<time xmlns='urn:xmpp:time'/>",
                                          to=finance.domain)
    utc = answer.findtext("{urn:xmpp:time}time/{urn:xmpp:time}utc")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", utc)
    assert answer.findtext("{urn:xmpp:time}time/{urn:xmpp:time}tzo")


def test_an_inactive_client_still_gets_its_messages(finance, person):
    """Client state (XEP-0352) is accepted and holds no message back."""
    alice, carol = person(finance, "alice"), person(finance, "carol")
    carol.does(lambda: carol.plugin("xep_0352").send_inactive())
    alice.send(carol, "for your pocket")
    carol.reads("for your pocket")
    carol.does(lambda: carol.plugin("xep_0352").send_active())
    carol.roster()


def test_a_question_that_nobody_knows_is_answered_with_an_error(finance, person):
    """An unknown namespace: service-unavailable, and the session goes on."""
    alice = person(finance, "alice")
    for target in (finance.domain, alice.bare, None):
        with pytest.raises(Refused) as refused:
            alice.ask("get", "<query xmlns='urn:example:nothing'/>", to=target)
        assert refused.value.condition in ("service-unavailable", "feature-not-implemented")
    alice.roster()

"""Who knows whom: rosters, subscriptions, presence, on one box and across two."""

import pytest

from dakghar_harness import RawStream, become_friends, until

ROSTER = "{jabber:iq:roster}"


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_two_people_subscribe_to_each_other(across, finance, interior, person):
    """Asked, agreed, both rosters say so, both see each other's presence."""
    alice = person(finance, "alice")
    bob = person(interior if across else finance, "bob")
    alice.presence("subscribe", bob)
    bob.sees(alice.bare, "subscribe")
    alice.wait_roster(bob.bare, "none+ask")
    bob.presence("subscribed", alice)
    alice.wait_roster(bob.bare, "to")
    bob.wait_roster(alice.bare, "from")
    alice.sees(bob.bare)
    bob.presence("subscribe", alice)
    alice.sees(bob.bare, "subscribe")
    alice.presence("subscribed", bob)
    bob.sees(alice.bare)
    for one, other in ((alice, bob), (bob, alice)):
        one.wait_roster(other.bare, "both")


def test_presence_follows_a_person_across_boxes(finance, interior, person):
    """Away, back and gone are seen in the other office."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    become_friends(alice, bob)
    seen = len(bob.stream.presences)
    alice.show("away", "at lunch")
    until(lambda: any(p.findtext("{jabber:client}status") == "at lunch"
                      for p in bob.stream.presences[seen:]),
          within=10, what="bob sees that alice is at lunch")
    seen = len(bob.stream.presences)
    alice.logout()
    bob.sees(alice.bare, "unavailable", since=seen)


def test_a_contact_who_logs_in_later_sees_who_is_there(finance, interior, person, client):
    """bob logs in anew and is shown alice, who did nothing meanwhile."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    become_friends(alice, bob)
    bob.logout()
    client(interior, bob.stream.boundjid.user, resource="later").login().sees(alice.bare)


def test_a_request_waits_for_who_is_away(finance, interior, person, account, client):
    """A subscription request reaches bob when he logs in, and again until he answers."""
    alice, local = person(finance, "alice"), account(interior, "bob")
    alice.presence("subscribe", f"{local}@{interior.domain}")
    for resource in ("first", "second"):
        bob = client(interior, local, resource=resource).login()
        bob.sees(alice.bare, "subscribe")
        bob.logout()
    bob = client(interior, local, resource="third").login()
    bob.sees(alice.bare, "subscribe")
    bob.presence("subscribed", alice)
    alice.wait_roster(bob.bare, "to")


def test_whoever_is_removed_sees_nothing_more(finance, interior, person):
    """A removed roster item cancels both subscriptions (RFC 6121 §2.5)."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    become_friends(alice, bob)
    alice.ask("set", "<query xmlns='jabber:iq:roster'>"
              f"<item jid='{bob.bare}' subscription='remove'/></query>")
    assert bob.bare not in alice.roster()
    bob.wait_roster(alice.bare, "none")
    bob.sees(alice.bare, "unavailable")


def test_a_refusal_is_told(finance, interior, person):
    """`unsubscribed` takes the question off alice's roster."""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    alice.presence("subscribe", bob)
    bob.sees(alice.bare, "subscribe")
    bob.presence("unsubscribed", alice)
    alice.wait_roster(bob.bare, "none")


def test_every_client_learns_of_a_change(finance, person, client):
    """A roster set is pushed to the other client, with its name and groups."""
    alice = person(finance, "alice")
    phone = client(finance, alice.stream.boundjid.user, resource="phone").login()
    phone.roster()
    alice.ask("set", "<query xmlns='jabber:iq:roster'><item jid='dan@interior.gov.test' "
              "name='Dan'><group>Auditors</group></item></query>")
    until(lambda: phone.stream.roster_pushes, within=10, what="the phone gets the push")
    item = phone.stream.roster_pushes[-1].find(f"{ROSTER}query/{ROSTER}item")
    assert (item.get("jid"), item.get("name"), item.findtext(f"{ROSTER}group")) == (
        "dan@interior.gov.test", "Dan", "Auditors")


def test_a_roster_that_did_not_change_costs_nothing(finance, account, password):
    """Roster versioning (RFC 6121 §2.6): the same version is answered with an empty result."""
    with RawStream.to(finance).login(account(finance, "alice"), password) as alice:
        assert alice.features.find("{urn:xmpp:features:rosterver}ver") is not None
        first = alice.ask("get", "<query xmlns='jabber:iq:roster' ver=''/>")
        version = first.find(f"{ROSTER}query").get("ver")
        assert version
        same = alice.ask("get", f"<query xmlns='jabber:iq:roster' ver='{version}'/>")
        assert same.get("type") == "result" and same.find(f"{ROSTER}query") is None
        alice.ask("set", "<query xmlns='jabber:iq:roster'><item jid='dan@x.test'/></query>")
        alice.send(f"<iq type='get' id='v'><query xmlns='jabber:iq:roster' "
                   f"ver='{version}'/></iq>")
        found, newer = [], None
        while "dan@x.test" not in found:
            element = alice.next()
            query = element.find(f"{ROSTER}query")
            if query is not None:
                found += [item.get("jid") for item in query.findall(f"{ROSTER}item")]
                newer = query.get("ver")
        assert newer and newer != version

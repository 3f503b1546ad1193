"""Everybody of an office is in everybody's roster, without asking (`shared-roster = true`)."""

import json

import pytest

from dakghar_harness import RawStream, Refused, until

ROSTER = "{jabber:iq:roster}"
BLOCKING = "urn:xmpp:blocking"


@pytest.fixture
def office(make_box):
    """A running box that shares its roster."""
    box = make_box("registry")
    box.configure("box", **{"shared-roster": True})
    return box.start()


def entries(someone):
    """The roster as the box has it: JID to subscription, name and groups."""
    query = someone.ask("get", "<query xmlns='jabber:iq:roster'/>")
    return {item.get("jid"): (item.get("subscription"), item.get("name"),
                              sorted(group.text for group in item.findall(f"{ROSTER}group")))
            for item in query.findall(f"{ROSTER}query/{ROSTER}item")}


def pushes(someone, jid):
    """What the roster pushes said of a contact, oldest first."""
    return [item.get("subscription") for push in someone.stream.roster_pushes
            for item in push.findall(f"{ROSTER}query/{ROSTER}item") if item.get("jid") == jid]


def test_init_shares_the_roster_by_itself(make_box):
    """The key is in the file that `init` writes, and is on."""
    box = make_box("registry", initialise=False)
    box.command("init", "--name", box.name, "--domain", box.domain, "--host", box.host)
    assert "\nshared-roster = true\n" in box.configuration.read_text()


def test_everybody_has_everybody_and_sees_them(office, person):
    """Subscription both, in a group, with presence; nobody has asked anybody."""
    alice, bob = person(office, "alice"), person(office, "bob")
    assert entries(alice) == {bob.bare: ("both", None, ["Office"])}
    assert entries(bob) == {alice.bare: ("both", None, ["Office"])}
    alice.sees(bob.bare)
    bob.sees(alice.bare)
    alice.logout()
    bob.sees(alice.bare, "unavailable")


def test_a_section_is_the_group(office, person):
    """`user add --section`; `user list` shows it."""
    alice = person(office, "alice")
    office.command("user", "add", "records", "--section", "Archive & Records", "--password-stdin",
                   given="some password\n")
    jid = f"records@{office.domain}"
    until(lambda: entries(alice).get(jid) == ("both", None, ["Archive & Records"]), within=5,
          what="alice has the new colleague")
    assert "Archive & Records" in office.command("user", "list")


def test_a_new_colleague_is_pushed(office, person, account):
    """Whoever is logged in learns of an account as it is made."""
    alice = person(office, "alice")
    entries(alice)
    new = f"{account(office, 'newcomer')}@{office.domain}"
    until(lambda: pushes(alice, new) == ["both"], within=5, what="alice is told")


@pytest.mark.parametrize("command", ["remove", "disable"])
def test_whoever_leaves_disappears(command, office, person):
    """Presence first, then the roster item; `disable --undo` brings it back."""
    alice, bob = person(office, "alice"), person(office, "bob")
    entries(alice)
    alice.sees(bob.bare)
    office.command("user", command, bob.stream.boundjid.user)
    alice.sees(bob.bare, "unavailable")
    until(lambda: pushes(alice, bob.bare)[-1:] == ["remove"], within=5, what="bob is off the roster")
    assert entries(alice) == {}
    if command == "disable":
        office.command("user", "disable", bob.stream.boundjid.user, "--undo")
        until(lambda: entries(alice).get(bob.bare), within=5, what="bob is back")


def test_a_name_and_groups_of_ones_own_stay(office, person, client):
    """They are kept over a restart of the box, for this person only; removing them brings back what
    everybody has."""
    alice, bob, carol = (person(office, name) for name in ("alice", "bob", "carol"))
    alice.ask("set", f"<query xmlns='jabber:iq:roster'><item jid='{bob.bare}' name='Bob from the lift'>"
              "<group>Friends</group></item></query>")
    named = ("both", "Bob from the lift", ["Friends"])
    assert entries(alice)[bob.bare] == named
    assert entries(carol)[bob.bare] == ("both", None, ["Office"])
    for someone in (alice, bob, carol):
        someone.logout()
    office.restart()
    alice = client(office, alice.stream.boundjid.user, resource="later").login()
    assert entries(alice)[bob.bare] == named
    remove = (f"<query xmlns='jabber:iq:roster'><item jid='{bob.bare}' "
              "subscription='remove'/></query>")
    alice.ask("set", remove)
    assert entries(alice)[bob.bare] == ("both", None, ["Office"])
    with pytest.raises(Refused) as refused:
        alice.ask("set", remove)
    assert "not-allowed" in str(refused.value)


def test_a_name_is_not_for_whoever_comes_next(office, person, account):
    """A removed colleague's name is not given to the next one with the same address."""
    alice, gone = person(office, "alice"), account(office, "gone")
    jid = f"{gone}@{office.domain}"
    alice.ask("set", f"<query xmlns='jabber:iq:roster'><item jid='{jid}' name='Old Gul'/></query>")
    office.command("user", "remove", gone)
    until(lambda: jid not in entries(alice), within=5, what="the colleague is gone")
    office.user_add(gone, "another password")
    until(lambda: entries(alice).get(jid) == ("both", None, ["Office"]), within=5, what="a new one")


def test_nobody_leaves_the_shared_roster_by_unsubscribing(office, person):
    """Refused with a hint; both go on seeing each other."""
    alice, bob = person(office, "alice"), person(office, "bob")
    alice.presence("unsubscribed", bob)
    alice.presence("unsubscribe", bob)
    assert entries(alice)[bob.bare][0] == entries(bob)[alice.bare][0] == "both"
    seen = len(bob.stream.presences)
    alice.show("away", "at lunch")
    until(lambda: any(p.findtext("{jabber:client}status") == "at lunch"
                      for p in bob.stream.presences[seen:]), within=5, what="bob sees alice")


def test_a_blocked_colleague_sees_nothing(office, person, client):
    """XEP-0191 holds among colleagues, too."""
    alice, bob = person(office, "alice"), person(office, "bob")
    bob.sees(alice.bare)
    alice.ask("set", f"<block xmlns='{BLOCKING}'><item jid='{bob.bare}'/></block>")
    bob.sees(alice.bare, "unavailable")
    seen = len(bob.stream.presences)
    alice.show("away", "hidden")
    later = client(office, bob.stream.boundjid.user, resource="later").login()
    later.sees(bob.bare)
    assert not [p for p in [*bob.stream.presences[seen:], *later.stream.presences]
                if p.get("from", "").startswith(alice.bare) and p.get("type") is None]


def test_a_known_version_is_a_short_answer_until_somebody_comes(office, person, account):
    """RFC 6121 §2.6: the version changes with the office, not with the person alone."""
    alice = person(office, "alice")
    query = alice.ask("get", "<query xmlns='jabber:iq:roster' ver=''/>")
    version = query.find(f"{ROSTER}query").get("ver")
    same = alice.ask("get", f"<query xmlns='jabber:iq:roster' ver='{version}'/>")
    assert same.find(f"{ROSTER}query") is None
    account(office, "newcomer")
    changed = alice.ask("get", f"<query xmlns='jabber:iq:roster' ver='{version}'/>")
    assert len(changed.findall(f"{ROSTER}query/{ROSTER}item")) == 1


def test_an_invited_person_is_a_colleague_at_once(office, person):
    """No need to add them."""
    alice = person(office, "alice")
    entries(alice)
    token = json.loads(office.command("user", "invite", "--json"))["uri"].split("preauth=")[1]
    with RawStream.to(office).start_tls() as guest:
        guest.open()
        guest.ask("set", f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/>")
        guest.ask("set", "<query xmlns='jabber:iq:register'><username>guest</username>"
                  "<password>some password</password></query>")
    until(lambda: pushes(alice, f"guest@{office.domain}") == ["both"], within=5, what="alice is told")

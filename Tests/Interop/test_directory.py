"""The directory of all offices' people (XEP-0055): who is found, where, and who is not."""

import pytest

from dakghar_harness import CommandFailed, Refused, introduce, until

SEARCH = "{jabber:iq:search}"
FORM = "{jabber:x:data}"
RSM = "{http://jabber.org/protocol/rsm}"


@pytest.fixture(scope="module")
def offices(tmp_path_factory):
    """Two offices with people who have names and sections."""
    from dakghar_harness import Box
    made = [Box(tmp_path_factory.mktemp("directory") / name, name) for name in ("north", "south")]
    introduce(*made)
    for box in made:
        box.start()
    made[0].wait_peer("south", "up", within=20)
    yield made
    for box in made:
        box.discard()


def name(person, text, more=""):
    person.ask("set", f"<vCard xmlns='vcard-temp'><FN>{text}</FN>{more}</vCard>")


def submit(person, to=None, paging="", **fields):
    """A search with a form: the people found by address, and the answer."""
    values = "".join(f"<field var='{key.replace('x_', 'x-')}'><value>{value}</value></field>"
                     for key, value in fields.items())
    answer = person.ask(
        "set", f"<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'>"
        f"<field var='FORM_TYPE' type='hidden'><value>jabber:iq:search</value></field>{values}</x>"
        f"{paging}</query>", to=to or person.box.domain)
    people = {}
    for item in answer.iter(f"{FORM}item"):
        row = {field.get("var"): field.findtext(f"{FORM}value") or "" for field in item}
        people[row.pop("jid")] = row
    return people, answer


def finds(person, jid, **fields):
    return until(lambda: submit(person, **fields)[0].get(jid), within=20, look=0.5,
                 what=f"{person.bare} finds {jid} by {fields}")


def test_the_form_asks_for_what_the_directory_knows(offices, person):
    """At the box's domain and at a service that clients find in disco."""
    alice = person(offices[0], "alice")
    items = alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>",
                      to=offices[0].domain)
    service = f"directory.{offices[0].domain}"
    assert service in {item.get("jid") for item in items.iter()}
    information = alice.ask(
        "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=service)
    identity = information.find(".//{http://jabber.org/protocol/disco#info}identity")
    assert (identity.get("category"), identity.get("type")) == ("directory", "user")
    for address in (service, offices[0].domain):
        form = alice.ask("get", "<query xmlns='jabber:iq:search'/>", to=address)
        assert {"FORM_TYPE", "nick", "x-section", "x-office"} <= {
            field.get("var") for field in form.iter(f"{FORM}field")}
        choices = {value.text for value in form.iter(f"{FORM}value")}
        assert {box.domain for box in offices} <= choices


def test_people_are_found_by_name_address_and_section_across_offices(offices, person, account):
    north, south = offices
    alice, bob = person(north, "alice"), person(south, "bob")
    name(bob, "Bilal Rahman-Khan")
    local = bob.bare.split("@")[0]
    south.command("user", "section", local, "Water supply")
    found = finds(alice, bob.bare, nick="rahman", x_section="water")
    assert found == {"nick": "Bilal Rahman-Khan", "x-section": "Water supply", "x-office": "south"}
    assert finds(alice, bob.bare, nick=local)
    assert finds(alice, bob.bare, nick="khan bilal", x_office=south.domain)
    assert bob.bare not in submit(alice, nick="khan", x_office=north.domain)[0]
    assert not submit(alice, nick="nobody is called this")[0]
    assert finds(bob, bob.bare, nick="bilal")


def test_the_older_kind_of_search_works_too(offices, person):
    """Without a form, as small clients ask."""
    alice = person(offices[0], "alice")
    name(alice, "Alia Oldfield")
    answer = alice.ask("set", "<query xmlns='jabber:iq:search'><last>oldfield</last></query>",
                       to=f"directory.{offices[0].domain}")
    (item,) = answer.iter(f"{SEARCH}item")
    assert item.get("jid") == alice.bare
    assert (item.findtext(f"{SEARCH}first"), item.findtext(f"{SEARCH}last")) == ("Alia", "Oldfield")


def test_who_says_private_is_not_in_the_directory(offices, person):
    """The CLASS of the contact card; and who was removed is not there, either."""
    north, south = offices
    alice, bob = person(north, "alice"), person(south, "bob")
    name(bob, "Shy Sparrow")
    finds(alice, bob.bare, nick="sparrow")
    name(bob, "Shy Sparrow", "<CLASS><PRIVATE/></CLASS>")
    until(lambda: not submit(alice, nick="sparrow")[0], within=20, look=0.5, what="bob is hidden")
    name(bob, "Shy Sparrow", "<CLASS><PUBLIC/></CLASS>")
    finds(alice, bob.bare, nick="sparrow")
    south.command("user", "remove", bob.bare.split("@")[0])
    until(lambda: not submit(alice, nick="sparrow")[0], within=20, look=0.5, what="bob is gone")


def test_pages_and_limits(offices, person, account):
    """XEP-0059; and a client that never stops searching is stopped."""
    alice = person(offices[0], "alice")
    names = sorted(f"{account(offices[0], 'pager')}@{offices[0].domain}" for _ in range(3))
    rsm = "<set xmlns='http://jabber.org/protocol/rsm'><max>2</max>{}</set>"
    first, answer = submit(alice, nick="pager", paging=rsm.format(""))
    assert list(first) == names[:2] and answer.findtext(f".//{RSM}count") == "3"
    last = answer.findtext(f".//{RSM}last")
    rest, _ = submit(alice, nick="pager", paging=rsm.format(f"<after>{last}</after>"))
    assert list(rest) == names[2:]

    def too_many():
        try:
            submit(alice, nick="pager")
        except Refused as refused:
            return refused.condition == "resource-constraint"
        return False

    until(too_many, within=20, look=0, what="a search is refused")


def test_another_office_searches_at_its_own_box(offices, person):
    alice = person(offices[0], "alice")
    for address in (offices[1].domain, f"directory.{offices[1].domain}"):
        with pytest.raises(Refused) as refused:
            submit(alice, to=address, nick="a")
        assert refused.value.condition == "forbidden"


def test_people_of_a_dark_office_are_found_also_after_a_restart(make_box, client, account):
    """Everybody's keys and cards are here, too: of people whom nobody here knows (design §6)."""
    north, south = make_box("north"), make_box("south")
    introduce(north, south)
    for box in (north, south):
        box.start()
    north.wait_peer("south", "up", within=20)
    bob = client(south, account(south, "bob")).login()
    name(bob, "Bilal Farway")
    alice = client(north, account(north, "alice")).login()
    finds(alice, bob.bare, nick="farway")
    card = "<vCard xmlns='vcard-temp'/>"
    south.stop()
    north.wait_peer("south", "down", within=30)
    alice.logout()
    north.restart()
    alice = client(north, alice.bare.split("@")[0]).login()
    assert finds(alice, bob.bare, nick="farway")["x-office"] == "south"
    assert "Bilal Farway" in "".join(alice.ask("get", card, to=bob.bare).itertext())


def test_an_office_can_keep_its_people_to_itself(make_box, client, account):
    """`directory = false`; and `replicas = "contacts"` leaves others nothing of whom they do not know."""
    north, south = make_box("north"), make_box("south")
    introduce(north, south)
    south.configure("box", directory=False)
    text = south.configuration.read_text()
    south.configuration.write_text(text.replace("\n[[peers]]", '\n[[peers]]\nreplicas = "contacts"'))
    for box in (north, south):
        box.start()
    north.wait_peer("south", "up", within=20)
    bob = client(south, account(south, "bob")).login()
    carol = client(south, account(south, "carol")).login()
    name(bob, "Bilal Hidden")
    alice = client(north, account(north, "alice")).login()
    local = alice.bare.split("@")[0]
    finds(carol, alice.bare, nick=local)
    assert not submit(alice, nick="hidden")[0] and not submit(carol, nick="hidden")[0]
    south.stop()
    north.wait_peer("south", "down", within=30)
    with pytest.raises(Refused) as refused:
        alice.ask("get", "<vCard xmlns='vcard-temp'/>", to=bob.bare)
    assert refused.value.condition == "remote-server-timeout"


@pytest.mark.parametrize("value", ["some", ""])
def test_a_wrong_replicas_is_refused(make_box, value):
    north, south = make_box("north"), make_box("south")
    introduce(north, south)
    text = north.configuration.read_text()
    north.configuration.write_text(text.replace("\n[[peers]]", f'\n[[peers]]\nreplicas = "{value}"'))
    with pytest.raises(CommandFailed) as refused:
        north.command("card")
    assert refused.value.code == 65 and '"all" or "contacts"' in refused.value.error

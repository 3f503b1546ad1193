"""External components (XEP-0114), and push (XEP-0357) to an app server that is one."""

import hashlib
import time
import xml.etree.ElementTree as ET

import pytest

from dakghar_harness import Box, CommandFailed, Refused, StreamEnded, introduce, stays, until
from dakghar_harness.component import (
    COMPONENT, PORT, PushServer, RawComponent, configure_component)

PUSH = "urn:xmpp:push:0"
PUBSUB = "{http://jabber.org/protocol/pubsub}"
FORM = "{jabber:x:data}"
PING = "<ping xmlns='urn:xmpp:ping'/>"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A box with a component for bytes by hand, and one for push."""
    made = Box(tmp_path_factory.mktemp("components") / "harbour", "harbour")
    for name in ("echo", "push"):
        configure_component(made, name)
    made.start()
    yield made
    made.discard()


@pytest.fixture
def echo(box):
    with RawComponent(box, f"echo.{box.domain}") as component:
        yield component.login()


@pytest.fixture
def push(box):
    server = PushServer(box, f"push.{box.domain}").start()
    yield server
    server.stop()


def enable(person, server, node="phone", options=""):
    person.ask("set", f"<enable xmlns='{PUSH}' jid='{server.domain}' node='{node}'>{options}</enable>")


def count_of(iq):
    fields = {field.get("var"): field.findtext(f"{FORM}value") for field in iq.iter(f"{FORM}field")}
    return int(fields["message-count"])


# -- components ------------------------------------------------------------------------------------


def test_a_component_is_listed_and_reached_with_its_secret(box, person, echo):
    alice = person(box, "alice")
    items = alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>", to=box.domain)
    listed = {item.get("jid"): item.get("name")
              for item in items.iter("{http://jabber.org/protocol/disco#items}item")}
    assert listed[echo.domain] == "Echo"
    alice.send(f"anybody@{echo.domain}", "hello there")
    heard = echo.next()
    assert heard.tag == f"{COMPONENT}message" and heard.get("from") == alice.jid
    assert heard.findtext(f"{COMPONENT}body") == "hello there"
    echo.send(f"<message from='anybody@{echo.domain}' to='{alice.bare}' type='chat'>"
              "<body>hello back</body></message>")
    assert alice.reads("hello back").sender == f"anybody@{echo.domain}"


def test_what_a_component_writes_waits_for_a_person_who_is_away(box, person, client, account, echo):
    name = account(box, "late")
    echo.send(f"<message from='{echo.domain}' to='{name}@{box.domain}' type='chat'>"
              "<body>while you were out</body></message>"
              f"<iq type='get' id='p' from='{echo.domain}' to='{box.domain}'>{PING}</iq>")
    assert echo.next().get("type") == "result"
    assert client(box, name).login().reads("while you were out")


def test_questions_go_both_ways(box, person, echo):
    alice = person(box, "alice")
    echo.send(f"<iq type='get' id='v' from='{echo.domain}' to='{alice.jid}'>"
              "<query xmlns='jabber:iq:version'/></iq>")
    answer = echo.next()
    assert (answer.get("id"), answer.get("from")) == ("v", alice.jid)
    assert answer.get("type") in ("result", "error")


def test_a_wrong_secret_is_refused(box):
    with RawComponent(box, f"echo.{box.domain}") as component:
        stream_id = component.open()
        component.send(f"<handshake>{hashlib.sha1((stream_id + 'guess').encode()).hexdigest()}</handshake>")
        with pytest.raises(StreamEnded) as ended:
            component.next()
    assert ended.value.condition == "not-authorized"


def test_a_domain_that_is_not_configured_is_unknown(box):
    with RawComponent(box, f"other.{box.domain}") as component:
        component.open()
        with pytest.raises(StreamEnded) as ended:
            component.next()
    assert ended.value.condition == "host-unknown"


def test_nothing_passes_before_the_secret(box, person):
    alice = person(box, "alice")
    with RawComponent(box, f"echo.{box.domain}") as component:
        component.open()
        component.send(f"<message from='{component.domain}' to='{alice.bare}'><body>forged</body></message>")
        with pytest.raises(StreamEnded) as ended:
            component.next()
    assert ended.value.condition == "not-authorized"
    assert alice.bodies == []


def test_an_answer_that_nobody_asked_for_goes_nowhere(box, person, echo):
    alice = person(box, "alice")
    seen = []
    alice.stream.add_filter("in", lambda stanza: seen.append(str(stanza)) or stanza)
    echo.send(f"<iq type='result' id='unasked' from='{echo.domain}' to='{alice.jid}'/>"
              f"<message from='{echo.domain}' to='{alice.bare}'><body>after it</body></message>")
    alice.reads("after it")
    assert not any("unasked" in text for text in seen)


def test_a_handshake_without_end_is_cut_off(box):
    with RawComponent(box, f"echo.{box.domain}") as component:
        component.open()
        component.send("<handshake>" + "a" * 8_192)
        assert component.end() == "policy-violation"


def test_many_messages_of_a_component_arrive_in_order(box, person, echo):
    alice = person(box, "alice")
    wanted = [f"number {number}" for number in range(600)]
    echo.send("".join(f"<message from='{echo.domain}' to='{alice.bare}' type='chat'><body>{text}</body>"
                      f"<pad xmlns='urn:pad'>{'x' * 4_000}</pad></message>" for text in wanted))
    assert alice.reads_all(600, within=20) == wanted


def test_a_component_that_does_not_read_is_let_go(box, person):
    alice = person(box, "alice")
    component = RawComponent(box, f"echo.{box.domain}").login()
    for _ in range(40):
        alice.send_all(component.domain, ["x" * 200_000] * 2)
        if any(m.error == "remote-server-timeout" for m in alice.errors):
            break
    until(lambda: any(m.error == "remote-server-timeout" for m in alice.errors), within=10,
          what="the component is said to be away")
    component.close()


@pytest.mark.parametrize("sender", ["someone@elsewhere.test", "boss@harbour.gov.test", ""])
def test_a_component_speaks_for_its_own_domain_only(box, person, echo, sender):
    alice = person(box, "alice")
    echo.send(f"<message from='{sender}' to='{alice.bare}'><body>forged</body></message>")
    with pytest.raises(StreamEnded) as ended:
        echo.next()
    assert ended.value.condition == "invalid-from"
    assert alice.bodies == []


def test_a_newer_connection_takes_the_place_of_an_older_one(box, person, echo):
    with RawComponent(box, echo.domain) as newer:
        newer.login()
        with pytest.raises(StreamEnded) as ended:
            echo.next()
        assert ended.value.condition == "conflict"
        alice = person(box, "alice")
        alice.send(echo.domain, "to the newer")
        assert newer.next().findtext(f"{COMPONENT}body") == "to the newer"


def test_a_component_that_is_away_is_said_to_be_away(box, person):
    alice = person(box, "alice")
    with pytest.raises(Refused) as refused:
        alice.ask("get", PING, to=f"echo.{box.domain}")
    assert refused.value.condition == "remote-server-timeout"
    alice.send(f"echo.{box.domain}", "nobody there")
    until(lambda: [m for m in alice.errors if m.error == "remote-server-timeout"], within=5,
          what=lambda: f"an error; there is {alice.errors}")


def test_a_question_is_answered_when_the_component_goes_away(box, person):
    alice = person(box, "alice")
    component = RawComponent(box, f"echo.{box.domain}").login()
    alice.does(lambda: alice.stream.send_raw(
        f"<iq type='get' id='lost' to='{component.domain}'>{PING}</iq>"))
    assert component.next().get("id") == "lost"
    started = time.monotonic()
    component.close()
    with pytest.raises(Refused) as refused:
        until(lambda: alice.ask("get", PING, to=component.domain) and False, within=5, what="gone")
    assert refused.value.condition == "remote-server-timeout"
    assert time.monotonic() - started < 5


def test_people_of_another_office_reach_a_component(box, tmp_path, person):
    finance, inland = (Box(tmp_path / name, name) for name in ("seaside", "inland"))
    domain = configure_component(finance, "echo")
    introduce(finance, inland)
    try:
        finance.start()
        inland.start()
        inland.wait_peer("seaside", "up", within=15)
        alice = person(inland, "alice")
        with RawComponent(finance, domain) as component:
            component.login()
            alice.send(domain, "from afar")
            assert component.next().findtext(f"{COMPONENT}body") == "from afar"
            component.send(f"<message from='{domain}' to='{alice.bare}'><body>and back</body></message>")
            alice.reads("and back")
    finally:
        finance.discard()
        inland.discard()


@pytest.mark.parametrize("domain, complaint", [
    ("push.elsewhere.test", "a domain under"),
    ("rooms.quay.gov.test", "the box's own"),
])
def test_a_domain_that_is_not_to_be_had_is_refused(tmp_path, domain, complaint):
    box = Box(tmp_path / "quay", "quay")
    try:
        configure_component(box, "echo")
        text = box.configuration.read_text().replace("echo.quay.gov.test", domain)
        box.configuration.write_text(text)
        with pytest.raises(CommandFailed) as failed:
            box.command("run")
        assert failed.value.code == 65 and complaint in failed.value.error
    finally:
        box.discard()


def test_a_secret_that_others_may_read_is_refused(tmp_path):
    box = Box(tmp_path / "quay", "quay")
    try:
        configure_component(box, "echo")
        (box.directory / "echo.secret").chmod(0o644)
        with pytest.raises(CommandFailed) as failed:
            box.command("run")
        assert "echo.secret" in failed.value.error
    finally:
        box.discard()


def test_without_a_word_in_the_configuration_no_port_is_open(finance):
    assert not finance.reachable(PORT)


# -- push ------------------------------------------------------------------------------------------


def test_push_is_announced_by_the_account(box, person):
    alice = person(box, "alice")
    info = alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=alice.bare)
    features = {f.get("var") for f in info.iter("{http://jabber.org/protocol/disco#info}feature")}
    assert PUSH in features


def test_the_app_server_hears_how_many_wait_and_nothing_else(box, person, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    enable(alice, push, node="phone-1", options=(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
        "<value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
        "<field var='secret'><value>eruio234vzxc2kla-91</value></field></x>"))
    alice.logout()
    bob.send(alice, "the code is 4711")
    iq = push.hears(1)
    assert iq.get("from") == alice.bare and iq.get("type") == "set"
    assert iq.find(f"{PUBSUB}pubsub/{PUBSUB}publish").get("node") == "phone-1"
    assert count_of(iq) == 1
    options = iq.find(f"{PUBSUB}pubsub/{PUBSUB}publish-options")
    assert "eruio234vzxc2kla-91" in ET.tostring(options, encoding="unicode")
    text = ET.tostring(iq, encoding="unicode")
    assert "4711" not in text and "bob" not in text


def test_nobody_is_woken_while_a_client_is_there(box, person, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    enable(alice, push)
    bob.send(alice, "you are here")
    alice.reads("you are here")
    stays(lambda: not push.published, during=1, what="no notification")


def test_a_torn_client_is_woken(box, person, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    enable(alice, push)
    alice.tear()
    bob.send(alice, "are you there?")
    assert count_of(push.hears(1)) == 1


def test_many_messages_make_one_notification_in_ten_seconds(box, person, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    enable(alice, push)
    alice.logout()
    bob.send_all(alice, [f"number {number}" for number in range(20)])
    push.hears(1)
    first = time.monotonic()
    stays(lambda: len(push.published) == 1, during=3, what="one notification")
    assert count_of(push.hears(2, within=12)) == 20
    assert time.monotonic() - first > 8
    stays(lambda: len(push.published) == 2, during=1, what="two notifications")


def test_after_disable_nothing_is_told(box, person, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    for node in ("one", "two"):
        enable(alice, push, node=node)
    alice.ask("set", f"<disable xmlns='{PUSH}' jid='{push.domain}' node='one'/>")
    alice.logout()
    bob.send(alice, "to the second only")
    assert push.hears(1).find(f"{PUBSUB}pubsub/{PUBSUB}publish").get("node") == "two"
    stays(lambda: len(push.published) == 1, during=1, what="one notification")


def test_a_registration_that_the_app_server_does_not_know_is_forgotten(box, person, client, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    enable(alice, push)
    alice.logout()
    push.refusal = "item-not-found"
    bob.send(alice, "one")
    push.hears(1)
    push.refusal = None
    time.sleep(0.3)
    bob.send(alice, "two")
    stays(lambda: len(push.published) == 1, during=11, what="no second notification")


def test_what_was_to_be_told_is_told_when_the_app_server_is_back(box, person, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    enable(alice, push)
    alice.logout()
    push.stop()
    until(lambda: _is_away(bob, push), within=5, what="the app server is away")
    names = bob.send_all(alice, ["while it was away"])
    bob.wait_acknowledged(names)
    push.start()
    assert count_of(push.hears(1, within=15)) == 1


def _is_away(person, server):
    try:
        person.ask("get", PING, to=server.domain)
    except Refused as refused:
        return refused.condition == "remote-server-timeout"
    return False


def test_an_account_has_ten_app_servers_at_most(box, person, push):
    alice = person(box, "alice")
    for number in range(10):
        enable(alice, push, node=f"node-{number}")
    enable(alice, push, node="node-3")
    with pytest.raises(Refused) as refused:
        enable(alice, push, node="one more")
    assert refused.value.condition == "resource-constraint"


def test_an_app_server_that_nobody_reaches_is_refused(box, person):
    alice = person(box, "alice")
    with pytest.raises(Refused) as refused:
        alice.ask("set", f"<enable xmlns='{PUSH}' jid='push.elsewhere.test' node='x'/>")
    assert refused.value.condition == "remote-server-not-found"


def test_registrations_outlive_the_box_and_are_not_readable_on_the_disk(box, person, push):
    alice, bob = person(box, "alice"), person(box, "bob")
    enable(alice, push, node="a-node-to-look-for")
    alice.logout()
    box.kill()
    assert not any(b"a-node-to-look-for" in file.read_bytes() for file in box.database_files())
    push.stop()
    box.start()
    push.start()
    bob.reconnect()
    bob.send(alice, "after the kill")
    assert push.hears(1)


def test_an_app_server_in_another_office_is_told(box, tmp_path, person):
    coast, island = (Box(tmp_path / name, name) for name in ("coast", "island"))
    domain = configure_component(coast, "push")
    introduce(coast, island)
    try:
        coast.start()
        island.start()
        island.wait_peer("coast", "up", within=15)
        server = PushServer(coast, domain).start()
        alice, bob = person(island, "alice"), person(island, "bob")
        enable(alice, server)
        alice.logout()
        bob.send(alice, "over the line")
        assert server.hears(1).get("from") == alice.bare
        server.stop()
    finally:
        coast.discard()
        island.discard()


# -- subscriptions with components -----------------------------------------------------------------


def test_people_and_addresses_of_a_component_see_each_other(box, person, client, echo):
    """RFC 6121 §3 with a component: asked, granted, seen, probed, and ended."""
    alice = person(box, "alice")
    bridge = f"neighbour@{echo.domain}"
    alice.presence("subscribe", bridge)
    asked = echo.next()
    assert (asked.get("type"), asked.get("from"), asked.get("to")) == ("subscribe", alice.bare, bridge)
    echo.send(f"<presence from='{bridge}' to='{alice.bare}' type='subscribed'/>"
              f"<presence from='{bridge}/x' to='{alice.bare}'><status>over here</status></presence>")
    alice.wait_roster(bridge, "to")
    assert alice.sees(bridge).findtext("{jabber:client}status") == "over here"
    echo.send(f"<presence from='{bridge}' to='{alice.bare}' type='subscribe'/>")
    alice.sees(bridge, "subscribe")
    alice.presence("subscribed", bridge)
    assert echo.next().get("type") == "subscribed"
    assert echo.next().get("type") is None
    alice.show(status="at lunch")
    told = echo.next()
    assert (told.get("to"), told.findtext(f"{COMPONENT}status")) == (bridge, "at lunch")
    echo.send(f"<presence from='{bridge}' to='{alice.bare}' type='probe'/>")
    assert echo.next().findtext(f"{COMPONENT}status") == "at lunch"
    echo.send(f"<presence from='stranger@{echo.domain}' to='{alice.bare}' type='probe'/>")
    assert echo.next().get("type") == "unsubscribed"
    phone = client(box, alice.bare.split("@")[0], resource="phone").login()
    until(lambda: echo.next().get("type") == "probe", within=10, what="the newcomer's contacts are asked")
    phone.logout()
    alice.presence("unsubscribed", bridge)
    until(lambda: echo.next().get("type") == "unsubscribed", within=10, what="the neighbour is told")
    alice.wait_roster(bridge, "to")


# -- rooms and push --------------------------------------------------------------------------------


def test_what_is_said_in_a_room_wakes_a_client_that_lost_its_line(box, person, push):
    """Not its own words, and not while a client is there."""
    alice, bob = person(box, "alice"), person(box, "bob")
    room = f"quay@rooms.{box.domain}"
    for one, nick in ((alice, "alice"), (bob, "bob")):
        one.does(lambda: one.stream.send_raw(
            f"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"))
        one.sees(f"{room}/{nick}")
        if one is alice:
            one.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'>"
                    "<x xmlns='jabber:x:data' type='submit'/></query>", to=room)

    def say(one, text):
        one.does(lambda: one.stream.send_raw(
            f"<message type='groupchat' to='{room}' id='{text}'><body>{text}</body></message>"))

    enable(bob, push)
    say(alice, "while-both-are-here")
    until(lambda: any(m.body == "while-both-are-here" for m in bob.inbox), within=10, what="bob reads it")
    assert push.published == []
    bob.tear()
    # The box has noticed when messages for bob wake him.
    say(alice, "ship-ahoy")
    assert count_of(push.hears(1)) >= 1

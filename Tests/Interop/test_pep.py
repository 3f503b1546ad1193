"""Personal eventing (XEP-0163, 0060): what people publish, who may read it, who is told."""

import pytest

from dakghar_harness import RawStream, become_friends, stays, until
from dakghar_harness.client import Refused
from dakghar_harness.nodes import (configuration, configure, events, interested, items, owner,
                                   publish, retract, told)

NODE = "test:notes"
OPEN = {"access_model": "open", "persist_items": "true"}
MANY = {**OPEN, "max_items": "max"}


@pytest.fixture
def friends(person):
    """Two people who see each other's presence: `friends(finance, interior)`."""
    def make(here, there):
        alice, bob = person(here, "alice"), person(there, "bob")
        become_friends(alice, bob)
        return alice, bob
    return make


@pytest.fixture
def listening(account, client):
    """A person who wants to be told of nodes: `listening(finance, "bob", NODE)`."""
    def make(box, name, *nodes, **options):
        return interested(client(box, account(box, name), **options), *nodes).login()
    return make


def refused(condition, work, *arguments, **more):
    with pytest.raises(Refused) as error:
        work(*arguments, **more)
    assert error.value.condition == condition


# -- one account -----------------------------------------------------------------------------------


def test_what_is_published_can_be_read(finance, person):
    """The node is made by the way, and holds one item as XEP-0163 has it."""
    alice = person(finance, "alice")
    assert publish(alice, NODE, "<note xmlns='test:n'>one</note>", id="first") == "first"
    assert publish(alice, NODE, "<note xmlns='test:n'>two</note>", id="second") == "second"
    found = items(alice, NODE)
    assert list(found) == ["second"] and found["second"].text == "two"
    assert configuration(alice, NODE)["access_model"] == "presence"


def test_an_item_without_an_id_is_given_one(finance, person):
    alice = person(finance, "alice")
    name = publish(alice, NODE)
    assert name and list(items(alice, NODE)) == [name]


def test_a_node_keeps_many_items(finance, person):
    """By id, the newest few, all; the same id replaces; retracted is gone."""
    alice = person(finance, "alice")
    for number in range(5):
        publish(alice, NODE, f"<n xmlns='test:n'>{number}</n>", id=f"i{number}", options=MANY)
    assert list(items(alice, NODE)) == ["i4", "i3", "i2", "i1", "i0"]
    assert list(items(alice, NODE, most=2)) == ["i4", "i3"]
    assert set(items(alice, NODE, "i1", "i3")) == {"i1", "i3"}
    assert list(items(alice, NODE, after="i3")) == ["i2", "i1", "i0"]
    publish(alice, NODE, "<n xmlns='test:n'>again</n>", id="i1")
    found = items(alice, NODE)
    assert list(found) == ["i1", "i4", "i3", "i2", "i0"] and found["i1"].text == "again"
    retract(alice, NODE, "i4", "i0")
    assert list(items(alice, NODE)) == ["i1", "i3", "i2"]
    refused("item-not-found", retract, alice, NODE, "i4")
    refused("item-not-found", items, alice, NODE, "i4")


def test_a_smaller_limit_lets_the_oldest_go(finance, person):
    alice = person(finance, "alice")
    for number in range(4):
        publish(alice, NODE, id=f"i{number}", options=MANY)
    assert configuration(alice, NODE)["max_items"] == "max"
    configure(alice, NODE, max_items="2")
    assert list(items(alice, NODE)) == ["i3", "i2"]
    publish(alice, NODE, id="i4")
    assert list(items(alice, NODE)) == ["i4", "i3"]


def test_publish_options_are_settings_of_a_new_node_and_conditions_of_an_old_one(finance, person):
    """As Dino and Conversations do it: refused, configured, published again."""
    alice = person(finance, "alice")
    publish(alice, NODE, id="a", options={"access_model": "whitelist", "max_items": "3"})
    settings = configuration(alice, NODE)
    assert (settings["access_model"], settings["max_items"]) == ("whitelist", "3")
    refused("conflict", publish, alice, NODE, id="b", options=OPEN)
    assert list(items(alice, NODE)) == ["a"], "nothing of it was published"
    configure(alice, NODE, access_model="open")
    publish(alice, NODE, id="b", options=OPEN)
    refused("conflict", publish, alice, NODE, id="c", options={"access_model": "roster"})


def test_the_failed_condition_is_named(finance, account, password):
    """precondition-not-met, which clients look for."""
    with RawStream.to(finance).login(account(finance, "alice"), password) as alice:
        for number in range(2):
            model = "open" if number else "presence"
            answer = alice.ask("set", (
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item/></publish>"
                "<publish-options><x xmlns='jabber:x:data' type='submit'>"
                f"<field var='pubsub#access_model'><value>{model}</value></field></x>"
                "</publish-options></pubsub>"))
        assert answer.get("type") == "error"
        assert answer.find(
            ".//{http://jabber.org/protocol/pubsub#errors}precondition-not-met") is not None


def test_nodes_are_made_configured_purged_and_deleted(finance, person):
    alice = person(finance, "alice")
    alice.ask("set", f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='{NODE}'/>"
              "</pubsub>")
    refused("conflict", alice.ask, "set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            f"<create node='{NODE}'/></pubsub>")
    configure(alice, NODE, title="Notes", max_items="7", notify_retract="0")
    settings = configuration(alice, NODE)
    assert (settings["title"], settings["max_items"], settings["notify_retract"]) == (
        "Notes", "7", "0")
    refused("not-acceptable", configure, alice, NODE, access_model="authorize")
    publish(alice, NODE, id="a")
    owner(alice, "set", f"<purge node='{NODE}'/>")
    assert items(alice, NODE) == {}
    owner(alice, "set", f"<delete node='{NODE}'/>")
    refused("item-not-found", items, alice, NODE)


def test_what_was_published_survives_a_killed_box(make_box, account, client):
    """The result of a publication comes after its commit."""
    box = make_box("finance").start()
    local = account(box, "alice")
    alice = client(box, local).login()
    publish(alice, NODE, "<n xmlns='test:n'>for good</n>", id="a", options=MANY)
    publish(alice, NODE, "<n xmlns='test:n'>taken back</n>", id="b")
    retract(alice, NODE, "b")
    box.kill()
    files = b"".join(path.read_bytes() for path in box.database_files())
    assert b"for good" not in files and NODE.encode() not in files, "nothing readable is on the disk"
    box.start()
    again = client(box, local, resource="later").login()
    found = items(again, NODE)
    assert list(found) == ["a"] and found["a"].text == "for good"
    assert configuration(again, NODE)["access_model"] == "open"


def test_the_account_says_what_it_can(finance, friends):
    """Features, identity and nodes, as far as the asker may see them."""
    alice, bob = friends(finance, finance)
    publish(alice, "test:closed", options={"access_model": "whitelist"})
    publish(alice, "test:seen", options={"access_model": "presence"})
    info = bob.does(lambda: bob.plugin("xep_0030").get_info(jid=alice.bare))["disco_info"]
    assert ("pubsub", "pep") in {(one[0], one[1]) for one in info["identities"]}
    for feature in ("publish-options", "multi-items", "persistent-items", "config-node-max"):
        assert f"http://jabber.org/protocol/pubsub#{feature}" in info["features"]
    found = bob.does(lambda: bob.plugin("xep_0030").get_items(jid=alice.bare))["disco_items"]
    assert [item[1] for item in found["items"]] == ["test:seen"]


# -- limits ------------------------------------------------------------------------------------------


def test_items_and_nodes_have_limits(finance, person):
    alice = person(finance, "alice")
    refused("not-acceptable", publish, alice, NODE, f"<n xmlns='test:n'>{'x' * 170_000}</n>")
    publish(alice, NODE, f"<n xmlns='test:n'>{'x' * 150_000}</n>")
    for number in range(511):
        publish(alice, f"test:{number}")
    refused("resource-constraint", publish, alice, "test:511")


def test_an_account_has_a_limit_of_bytes(finance, person):
    alice = person(finance, "alice")
    text = f"<n xmlns='test:n'>{'x' * 150_000}</n>"

    def fill():
        for number in range(120):
            publish(alice, NODE, text, id=str(number), options=MANY)
    refused("resource-constraint", fill)
    count = len(items(alice, NODE, "0")) + len(items(alice, NODE, "100"))
    assert count == 2
    publish(alice, NODE, text, id="0")


# -- who may read ------------------------------------------------------------------------------------


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_access_models_cannot_be_got_round(across, finance, interior, person, friends):
    """Open for all, presence for who is subscribed, a list for who is on it; nobody else, whatever
    they send."""
    alice, bob = friends(finance, interior if across else finance)
    stranger = person(interior if across else finance, "mallory")
    for access in ("open", "presence", "whitelist"):
        publish(alice, f"test:{access}", f"<n xmlns='test:n'>{access}</n>", id="a",
                options={"access_model": access})

    def may_read(who, access):
        try:
            return items(who, f"test:{access}", of=alice.bare)["a"].text == access
        except Refused as error:
            return error.condition

    assert may_read(stranger, "open") is True
    assert may_read(stranger, "presence") == "not-authorized"
    assert may_read(stranger, "whitelist") == "not-allowed"
    assert may_read(bob, "presence") is True
    assert may_read(bob, "whitelist") == "not-allowed"
    owner(alice, "set", "<affiliations node='test:whitelist'>"
          f"<affiliation jid='{stranger.bare}' affiliation='member'/></affiliations>")
    assert may_read(stranger, "whitelist") is True
    assert may_read(bob, "whitelist") == "not-allowed"

    for who in (bob, stranger):
        refused("forbidden", publish, who, "test:open", to=alice.bare)
        for action in ("<purge node='test:open'/>", "<delete node='test:open'/>",
                       "<configure node='test:open'/>",
                       "<affiliations node='test:whitelist'>"
                       f"<affiliation jid='{who.bare}' affiliation='member'/></affiliations>"):
            refused("forbidden", owner, who, "set", action, to=alice.bare)
        refused("forbidden", owner, who, "get", "<affiliations node='test:whitelist'/>",
                to=alice.bare)
        refused("forbidden", who.ask, "set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                "<retract node='test:open'><item id='a'/></retract></pubsub>", to=alice.bare)
    assert list(items(alice, "test:open")) == ["a"]

    alice.presence("unsubscribed", bob)
    bob.wait_roster(alice.bare, "from")
    assert may_read(bob, "presence") == "not-authorized"
    configure(alice, "test:open", access_model="whitelist")
    until(lambda: may_read(stranger, "open") == "not-allowed", within=5,
          what="what was open is closed")
    assert may_read(bob, "open") == "not-allowed"


def test_a_stranger_is_told_nothing(finance, person, listening):
    """Interest alone is not enough, and who loses the subscription hears no more."""
    alice = person(finance, "alice")
    bob = listening(finance, "bob", NODE)
    publish(alice, NODE, id="a", options=OPEN)
    stays(lambda: not events(bob), during=1, what="bob hears nothing of a stranger")
    become_friends(alice, bob)
    told(bob, NODE, lambda event: event.id == "a")
    alice.presence("unsubscribed", bob)
    bob.wait_roster(alice.bare, "from")
    bob.forget()
    publish(alice, NODE, id="b")
    stays(lambda: not events(bob), during=1, what="bob hears no more")


# -- who is told -------------------------------------------------------------------------------------


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_who_wants_to_hear_is_told(across, finance, interior, person, listening):
    """Items, retractions, the end of the node: once each, to interested clients only."""
    alice = person(finance, "alice")
    there = interior if across else finance
    bob = listening(there, "bob", NODE)
    carol = listening(there, "carol", "test:other")
    for one in (bob, carol):
        become_friends(alice, one)
    publish(alice, NODE, "<n xmlns='test:n'>one</n>", id="a", options=MANY)
    event = told(bob, NODE)
    assert (event.sender, event.id, event.payload.text) == (alice.bare, "a", "one")
    publish(alice, NODE, "<n xmlns='test:n'>two</n>", id="b")
    told(bob, NODE, lambda event: event.id == "b")
    retract(alice, NODE, "a")
    told(bob, NODE, lambda event: event.kind == "retract" and event.id == "a")
    owner(alice, "set", f"<delete node='{NODE}'/>")
    told(bob, NODE, lambda event: event.kind == "delete")
    stays(lambda: [event.kind for event in events(bob)] == ["item", "item", "retract", "delete"],
          during=0.5, what="bob was told each thing once")
    assert not events(carol)


def test_the_owner_s_other_clients_are_told(finance, account, client):
    local = account(finance, "alice")
    desk = client(finance, local).login()
    phone = interested(client(finance, local, resource="phone"), NODE).login()
    publish(desk, NODE, id="a", options={"access_model": "whitelist"})
    told(phone, NODE, lambda event: event.id == "a")


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_who_comes_is_told_the_newest_item(across, finance, interior, friends, client):
    """With the first presence, of contacts and of the own account; not when the node says never."""
    alice, bob = friends(finance, interior if across else finance)
    for number in range(3):
        publish(alice, NODE, id=f"i{number}", options=MANY)
    publish(alice, "test:never", id="a",
            options={**OPEN, "send_last_published_item": "never"})
    publish(alice, "test:closed", id="a", options={"access_model": "whitelist"})
    if across:
        until(lambda: items(bob, "test:never", of=alice.bare), within=5, what="it is replicated")
    nodes = (NODE, "test:never", "test:closed")
    later = interested(client(bob.box, bob.stream.boundjid.user, resource="later"), *nodes).login()
    told(later, NODE, lambda event: event.id == "i2")
    stays(lambda: len(events(later)) == 1, during=0.5, what="one item of one node")
    own = interested(client(finance, alice.stream.boundjid.user, resource="later"), *nodes).login()
    told(own, "test:closed")
    assert not events(own, "test:never")


def test_a_node_that_keeps_nothing_only_tells(finance, listening):
    alice = listening(finance, "alice", NODE, "test:ready")
    publish(alice, "test:ready")
    told(alice, "test:ready")
    publish(alice, NODE, id="a", options={"persist_items": "false"})
    told(alice, NODE)
    assert items(alice, NODE) == {}


def test_a_node_may_tell_without_payloads(finance, listening):
    alice = listening(finance, "alice", NODE)
    publish(alice, NODE, id="a", options={"deliver_payloads": "0"})
    assert told(alice, NODE).payload is None
    assert items(alice, NODE)["a"] is not None


# -- capabilities (XEP-0115) -------------------------------------------------------------------------


def await_element(stream, matches):
    """The next element for which this holds."""
    while not matches(element := stream.next()):
        pass
    return element


def presence_with(verification, node="test:client"):
    return ("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
            f"node='{node}' ver='{verification}'/></presence>")


def answer_capabilities(stream, *features):
    """Waits for the box's question and answers it; the question."""
    question = await_element(stream, lambda element: element.get("type") == "get" and element.find(
        "{http://jabber.org/protocol/disco#info}query") is not None)
    query = question.find("{http://jabber.org/protocol/disco#info}query")
    vars_ = "".join(f"<feature var='{feature}'/>" for feature in features)
    stream.send(f"<iq type='result' id='{question.get('id')}' to='{question.get('from')}'>"
                f"<query xmlns='http://jabber.org/protocol/disco#info' node='{query.get('node')}'>"
                f"<identity category='client' type='pc'/>{vars_}</query></iq>")
    return question


def verification(*features):
    import base64
    import hashlib
    text = "client/pc//<" + "".join(f"{feature}<" for feature in sorted(features))
    return base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()


def next_event(stream):
    return await_element(stream, lambda element: element.find(
        "{http://jabber.org/protocol/pubsub#event}event") is not None)


def test_capabilities_are_asked_once_for_each_hash(finance, person, account, password):
    """The second client with the same hash is believed without a question."""
    publish(person(finance, "x"), NODE)
    wanted = verification(f"{NODE}+notify", "test:unique-1")
    for name in ("first", "second"):
        with RawStream.to(finance).login(account(finance, name), password) as raw:
            raw.send(presence_with(wanted))
            if name == "first":
                answer_capabilities(raw, f"{NODE}+notify", "test:unique-1")
            raw.send("<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                     f"<publish node='{NODE}'><item/></publish></pubsub></iq>")
            assert next_event(raw) is not None


def test_poisoned_capabilities_are_not_believed_for_others(finance, account, password):
    """mallory announces the hash of another client and answers with something else: it counts for
    mallory alone, and the next one is asked."""
    honest = verification(f"{NODE}+notify", "test:unique-2")
    with RawStream.to(finance).login(account(finance, "mallory"), password) as mallory:
        mallory.send(presence_with(honest))
        answer_capabilities(mallory, "test:nothing")
        with RawStream.to(finance).login(account(finance, "alice"), password) as alice:
            alice.send(presence_with(honest))
            answer_capabilities(alice, f"{NODE}+notify", "test:unique-2")
            alice.send("<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                       f"<publish node='{NODE}'><item/></publish></pubsub></iq>")
            assert next_event(alice) is not None


# -- private storage (XEP-0049, 0223) and bookmarks (XEP-0048, 0402) ---------------------------------


def test_private_storage_keeps_what_a_client_puts_there(finance, person, client):
    """Each name and namespace on its own, for the owner's clients alone."""
    alice, bob = person(finance, "alice"), person(finance, "bob")
    alice.ask("set", "<query xmlns='jabber:iq:private'><a xmlns='test:a'><b>1</b></a></query>")
    alice.ask("set", "<query xmlns='jabber:iq:private'><a xmlns='test:other'>2</a></query>")
    alice.ask("set", "<query xmlns='jabber:iq:private'><a xmlns='test:a'><b>3</b></a></query>")
    phone = client(finance, alice.stream.boundjid.user, resource="phone").login()
    found = phone.ask("get", "<query xmlns='jabber:iq:private'><a xmlns='test:a'/></query>")
    assert found.findtext(".//{test:a}b") == "3"
    empty = phone.ask("get", "<query xmlns='jabber:iq:private'><z xmlns='test:z'/></query>")
    assert empty.find(".//{test:z}z") is not None
    refused("forbidden", bob.ask, "get", "<query xmlns='jabber:iq:private'><a xmlns='test:a'/>"
            "</query>", to=alice.bare)
    refused("resource-constraint", alice.ask, "set", "<query xmlns='jabber:iq:private'>"
            f"<a xmlns='test:big'>{'x' * 140_000}</a></query>")


BOOKMARKS = {"persist_items": "true", "max_items": "max", "send_last_published_item": "never",
             "access_model": "whitelist"}


def old_bookmarks(client_):
    answer = client_.ask("get", "<query xmlns='jabber:iq:private'><storage "
                         "xmlns='storage:bookmarks'/></query>")
    space = "{storage:bookmarks}"
    return {one.get("jid"): (one.get("name"), one.get("autojoin"), one.findtext(f"{space}nick"))
            for one in answer.iterfind(f".//{space}conference")}


def test_bookmarks_are_the_same_in_both_forms(finance, listening, client):
    """`#compat`: what one client keeps in the node, the other finds in private storage, and back."""
    node = "urn:xmpp:bookmarks:1"
    alice = listening(finance, "alice", node)
    info = alice.does(lambda: alice.plugin("xep_0030").get_info(jid=alice.bare))["disco_info"]
    assert f"{node}#compat" in info["features"]
    publish(alice, node, "<conference xmlns='urn:xmpp:bookmarks:1' name='Audit' autojoin='true'>"
            "<nick>al</nick><extensions><z xmlns='test:z'/></extensions></conference>",
            id="audit@rooms.finance.gov.test", options=BOOKMARKS)
    assert old_bookmarks(alice) == {"audit@rooms.finance.gov.test": ("Audit", "true", "al")}

    alice.ask("set", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>"
              "<conference jid='audit@rooms.finance.gov.test' name='Audits' autojoin='1'/>"
              "<conference jid='tea@rooms.finance.gov.test' autojoin='0'/>"
              "<url name='Wiki' url='https://wiki.test/'/></storage></query>")
    told(alice, node, lambda event: event.id == "tea@rooms.finance.gov.test")
    found = items(alice, node)
    audit = found["audit@rooms.finance.gov.test"]
    assert audit.get("name") == "Audits" and audit.find(".//{test:z}z") is not None
    assert set(old_bookmarks(alice)) == set(found) and len(found) == 2
    answer = alice.ask("get", "<query xmlns='jabber:iq:private'><storage "
                       "xmlns='storage:bookmarks'/></query>")
    assert answer.find(".//{storage:bookmarks}url") is not None

    alice.ask("set", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>"
              "<conference jid='tea@rooms.finance.gov.test' autojoin='false'/></storage></query>")
    told(alice, node, lambda event: event.kind == "retract")
    assert list(items(alice, node)) == ["tea@rooms.finance.gov.test"]


def test_bookmarks_first_written_in_the_old_form_are_private(finance, person):
    alice, bob = person(finance, "alice"), person(finance, "bob")
    alice.ask("set", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>"
              "<conference jid='tea@rooms.finance.gov.test'/></storage></query>")
    settings = configuration(alice, "urn:xmpp:bookmarks:1")
    assert (settings["access_model"], settings["max_items"]) == ("whitelist", "max")
    refused("not-allowed", items, bob, "urn:xmpp:bookmarks:1", of=alice.bare)


def test_slixmpp_s_plugins_find_what_they_need(finance, account, client):
    """xep_0060, 0163, 0049, 0223 and 0402 as they are."""
    alice = client(finance, account(finance, "alice"))
    for plugin in ("xep_0060", "xep_0163", "xep_0049", "xep_0223", "xep_0402", "xep_0172"):
        alice.stream.register_plugin(plugin)
    alice.login()
    alice.does(lambda: alice.plugin("xep_0172").publish_nick("Alice of Finance"))
    answer = alice.does(lambda: alice.plugin("xep_0060").get_items(
        alice.bare, "http://jabber.org/protocol/nick"))
    assert answer["pubsub"]["items"]["item"]["payload"].text == "Alice of Finance"

    from slixmpp.plugins.xep_0402 import stanza
    conference = stanza.Conference()
    conference["name"] = "Tea"
    alice.does(lambda: alice.plugin("xep_0223").store(
        conference, "urn:xmpp:bookmarks:1", id="tea@rooms.finance.gov.test"))
    assert configuration(alice, "urn:xmpp:bookmarks:1")["access_model"] == "whitelist"
    alice.does(lambda: alice.plugin("xep_0060").delete_node(
        alice.bare, "http://jabber.org/protocol/nick"))
    refused("item-not-found", items, alice, "http://jabber.org/protocol/nick")


def test_whoever_is_blocked_reads_and_hears_nothing(finance, person, listening):
    """XEP-0191 goes before every access model, and the other way round: nobody hears of whom they block."""
    alice = person(finance, "alice")
    bob = listening(finance, "bob", NODE)
    become_friends(alice, bob)
    publish(alice, NODE, id="a", options=OPEN)
    told(bob, NODE)
    bob.forget()
    for one, other in ((alice, bob), (bob, alice)):
        block = f"xmlns='urn:xmpp:blocking'><item jid='{other.bare}'/>"
        one.ask("set", f"<block {block}</block>")
        publish(alice, NODE, id="b")
        if one is alice:
            refused("service-unavailable", items, bob, NODE, of=alice.bare)
        stays(lambda: not events(bob), during=0.5, what="bob hears nothing")
        one.ask("set", f"<unblock {block}</unblock>")
    publish(alice, NODE, id="c")
    told(bob, NODE, lambda event: event.id == "c")

"""One avatar for both generations of clients (XEP-0084, 0153, 0398)."""

import base64
import hashlib
import xml.etree.ElementTree as ET

import pytest

from dakghar_harness import become_friends, stays, until
from dakghar_harness.loop import clients
from dakghar_harness.nodes import configuration, interested, items, owner, publish, told

DATA, METADATA = "urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata"
VCARD = "{vcard-temp}"
OPEN = {"access_model": "open"}


def picture(text, size=600):
    data = (text * size).encode()[:size]
    return data, hashlib.sha1(data).hexdigest()


def publish_avatar(client, data, name, options=OPEN):
    publish(client, DATA, f"<data xmlns='{DATA}'>{base64.b64encode(data).decode()}</data>",
            id=name, options=options)
    publish(client, METADATA, f"<metadata xmlns='{METADATA}'><info id='{name}' "
            f"bytes='{len(data)}' type='image/jpeg'/></metadata>", id=name, options=options)


def card(client, of=None):
    return client.ask("get", "<vCard xmlns='vcard-temp'/>", to=of).find(f"{VCARD}vCard")


def photo(client, of=None):
    found = card(client, of).find(f"{VCARD}PHOTO")
    return None if found is None else (
        found.findtext(f"{VCARD}TYPE"), base64.b64decode(found.findtext(f"{VCARD}BINVAL")))


def sees_hash(client, sender, name):
    """Waits until the newest presence of somebody has this hash."""
    def newest():
        seen = [xml for xml in client.stream.presences
                if xml.get("from", "").startswith(sender) and xml.get("type") is None]
        return seen and seen[-1].findtext(".//{vcard-temp:x:update}photo")
    until(lambda: newest() == name, within=10,
          what=lambda: f"{client.jid} sees {name} of {sender}; it sees {newest()}")


@pytest.mark.parametrize("across", [False, True], ids=["on one box", "across boxes"])
def test_a_published_avatar_is_in_the_card_and_in_presence(across, finance, interior, person):
    """The card keeps its other fields; a new avatar is seen at once, and so is its end."""
    alice, bob = person(finance, "alice"), person(interior if across else finance, "bob")
    become_friends(alice, bob)
    alice.ask("set", "<vCard xmlns='vcard-temp'><FN>Alice</FN></vCard>")
    for text in ("first", "second"):
        data, name = picture(text)
        publish_avatar(alice, data, name)
        sees_hash(bob, alice.bare, name)
        assert photo(alice) == ("image/jpeg", data)
        until(lambda: photo(bob, alice.bare) == ("image/jpeg", data), within=5,
              what="bob reads the card")
        assert card(alice).findtext(f"{VCARD}FN") == "Alice"
    publish(alice, METADATA, f"<metadata xmlns='{METADATA}'/>")
    sees_hash(bob, alice.bare, "")
    assert photo(alice) is None


def test_a_photo_in_the_card_is_published(finance, account, client):
    """Clients that know only XEP-0084 are told."""
    local = account(finance, "alice")
    alice = interested(client(finance, local), METADATA).login()
    data, name = picture("card")
    alice.ask("set", "<vCard xmlns='vcard-temp'><FN>A</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>"
              f"{base64.encodebytes(data).decode()}</BINVAL></PHOTO></vCard>")
    assert told(alice, METADATA, lambda event: event.id == name).payload[0].get("type") == "image/png"
    assert base64.b64decode(items(alice, DATA, name)[name].text) == data
    assert configuration(alice, DATA)["access_model"] == "open"
    later = client(finance, local, resource="later").login()
    sees_hash(alice, later.jid, name)


def test_an_avatar_for_contacts_only_does_not_become_public(finance, person):
    """A card is everybody's to read: what is not open is not put there, nor what is no picture of
    that name."""
    alice = person(finance, "alice")
    data, name = picture("private")
    publish_avatar(alice, data, name, {"access_model": "presence"})
    stays(lambda: photo(alice) is None, during=0.5, what="the card has no photo")
    for node in (DATA, METADATA):
        owner(alice, "set", f"<delete node='{node}'/>")
    publish_avatar(alice, data, "0" * 40)
    stays(lambda: photo(alice) is None, during=0.5, what="a wrong hash is not believed")


def test_a_client_may_show_no_photo(finance, account, client):
    """An empty photo in its presence stays empty (XEP-0398 §6)."""
    local = account(finance, "alice")
    alice = client(finance, local).login()
    data, name = picture("x")
    publish_avatar(alice, data, name)
    sees_hash(alice, alice.jid, name)

    def shy():
        presence = alice.stream.make_presence()
        presence.append(ET.fromstring("<x xmlns='vcard-temp:x:update'><photo/></x>"))
        presence.send()

    clients.call(shy)
    sees_hash(alice, alice.jid, "")


def test_a_picture_too_large_for_a_card_is_an_avatar_all_the_same(finance, person):
    alice = person(finance, "alice")
    data, name = picture("large", 60_000)
    publish_avatar(alice, data, name)
    assert base64.b64decode(items(alice, DATA, name)[name].text) == data
    stays(lambda: photo(alice) is None, during=0.5, what="the card has no photo")

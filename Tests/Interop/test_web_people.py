"""The web client: invitations, rooms, blocking, search, notifications, and what it says of encryption."""

import json

from dakghar_harness.page import Page

#: Notes what the page would show as a notification.
NOTED = """
window.noted = [];
window.Notification = class { constructor(title, options) { noted.push([title, options.body]); } close() {} };
window.Notification.permission = 'granted';
document.hasFocus = () => false;
"""


def test_an_invitation_is_followed_in_the_browser(page, offices):
    """From the page of the invitation to the first message; the second time it says that it was used."""
    here, _ = offices
    made = json.loads(here.command("user", "invite", "--name", "guest", "--json"))
    guest = page(here, "guest")
    guest.browser.open(made["page"])
    guest.press("Use it in this browser")
    guest.fills("Password", guest.password)
    guest.press("Make my account")
    guest.until("the account", "document.querySelector('.shell .own')?.textContent === 'Guest'")
    assert "invitation" not in guest.does("return location.href")
    guest.open(f"asma@{here.domain}")

    late = page(here, "guest")
    late.browser.open(made["page"])
    late.sees("has been used")
    late.visit("?invitation=" + made["page"].split("/")[-1])
    late.sees("This invitation was used")


def test_a_room_is_made_entered_and_left(page, offices, account):
    """Somebody of another office is invited, both talk, the list counts what is unread, and the
    one who was away reads what was said."""
    here, there = offices
    asma, chand = page(here, account(here, "asma")), page(there, account(there, "chand"))
    asma.sign_in()
    chand.sign_in()
    asma.press("New conversation")
    asma.press("New room")
    asma.fills("Name of the room", "Budget <b>2026</b>")
    asma.press("Make the room")
    asma.sees("1 here")
    asma.press("Details")
    asma.fills("Address of somebody to invite", chand.jid)
    asma.press("Invite")
    asma.write("before you came")
    asma.sees("before you came", state="kept")

    chand.sees("invites you to the room")
    chand.press("Enter")
    chand.sees("2 here")
    chand.sees("before you came")
    assert chand.does("return document.querySelector('.chat h2').textContent") == "Budget <b>2026</b>"
    chand.write("here I am")
    asma.sees("here I am")
    room = asma.does("return decodeURIComponent(location.hash.split('/').pop())")

    # Away, and back: by the archive of the room, which is at the other office.
    chand.does("location.hash = '#/'")
    chand.visit("about.txt")
    for number in range(3):
        asma.write(f"while you were away {number}")
    asma.sees("while you were away 2", state="kept")
    chand.visit()
    chand.until("the count of what is unread", "document.querySelector('.badge')?.textContent.includes('3')")
    chand.open(room)
    chand.sees("while you were away 0")
    chand.sees("while you were away 2")
    assert chand.count("here I am") == 1

    chand.press("Details")
    chand.press("Leave the room")
    asma.sees("1 here")
    chand.until("the room to be gone", "!document.querySelector('.conversations .avatar.room')")
    # Asking for a page that is not there is the only thing that went wrong.
    assert [line for line in asma.complaints() + chand.complaints() if "about.txt" not in line and "favicon" not in line] == []


def test_somebody_is_blocked_and_freed(page, offices, account, person):
    """What a blocked person writes does not come; afterwards it does."""
    here, _ = offices
    asma, nuisance = page(here, account(here, "asma")), person(here, "nuisance")
    asma.sign_in()
    nuisance.send(asma.jid, "buy this")
    asma.open(nuisance.bare)
    asma.sees("buy this")
    asma.press("Details")
    asma.press("Block")
    asma.sees("You have blocked this person")
    nuisance.send(asma.jid, "buy that")
    asma.press("Details")
    asma.press("Unblock")
    asma.until("that it is free", "!document.body.innerText.includes('You have blocked')")
    nuisance.send(asma.jid, "sorry")
    asma.sees("sorry")
    assert asma.count("buy that") == 0


def test_the_page_says_before_the_first_message_that_it_does_not_encrypt(page, offices, account, person):
    """To somebody with OMEMO devices; what they encrypt is named as what it is, and not shown."""
    here, _ = offices
    friend = person(here, "friend")
    friend.ask("set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
               "<publish node='eu.siacs.conversations.axolotl.devicelist'><item id='current'>"
               "<list xmlns='eu.siacs.conversations.axolotl'><device id='7'/></list></item></publish>"
               "<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
               "<value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
               "<field var='pubsub#access_model'><value>open</value></field></x></publish-options></pubsub>")
    asma = page(here, account(here, "asma"))
    asma.sign_in()
    asma.open(friend.bare)
    asma.sees("This page has none")
    asma.write("in the clear then")
    friend.reads("in the clear then")
    friend.say(
        f"<message to='{asma.jid}' type='chat' id='sealed1'><encrypted xmlns='eu.siacs.conversations.axolotl'>"
        "<header sid='7'/><payload>AAAA</payload></encrypted>"
        "<body>I sent you an encrypted message</body><store xmlns='urn:xmpp:hints'/></message>")
    asma.sees("Encrypted for your other devices")
    assert asma.count("I sent you") == 0


def test_search_and_notifications(page, offices, account, person):
    """A word is found in the history and shown in its place; a message is announced while one looks elsewhere."""
    here, _ = offices
    friend = person(here, "friend")
    asma = page(here, account(here, "asma"))
    asma.sign_in()
    for number in range(12):
        friend.send(asma.jid, f"the needle {number}" if number == 1 else f"straw {number}\n" * 8)
    asma.sees("straw 11")
    asma.press("Search")
    asma.fills("Words in messages", "NEEDLE 1")
    asma.choose("the needle 1")
    asma.until("the message in view", """(() => { const one = messages('the needle 1')[0]?.getBoundingClientRect();
        return one && one.top > 0 && one.bottom < innerHeight; })()""")

    asma.does(NOTED)
    friend.send(asma.jid, "look here")
    asma.until("the notification", "noted.length")
    assert asma.does("return noted") == [[_name(friend.bare), "look here"]]
    assert asma.does("return document.title").startswith("(")


def _name(jid: str) -> str:
    return jid.split("@")[0].capitalize()


def test_people_are_found_in_the_directory(page, offices, account):
    """By a part of the name, and by the whole address of somebody whom no directory has."""
    here, there = offices
    asma, local = page(here, account(here, "asma")), account(there, "zubaida")
    asma.sign_in()
    asma.press("New conversation")
    asma.fills("Name, section or address", f"{local}@{there.domain}")
    asma.choose(local)
    asma.until("the conversation", "document.querySelector('.chat h2')")
    assert _address(asma) == f"{local}@{there.domain}"


def _address(page: Page) -> str:
    return page.does("return decodeURIComponent(location.hash.split('/').pop())")

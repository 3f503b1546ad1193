"""The web client says how far a message has got, and which line is down, while it happens."""

import xml.etree.ElementTree as ET

import pytest

from dakghar_harness import Box, Refused
from dakghar_harness.page import Page

LINES = "{urn:dakghar:lines:0}line"


def line_of(client, box: Box) -> ET.Element:
    """What the box of `client` says of the line to `box`."""
    answer = client.ask("get", "<lines xmlns='urn:dakghar:lines:0'/>", to=client.bare.split("@")[1])
    return next(line for line in answer.iter(LINES) if line.get("domain") == box.domain)


def steps(page: Page, text: str) -> list[str]:
    """The states in which the message was shown from now on, as they come."""
    return page.does("""
        window.steps = [];
        const look = () => {
            const now = messages(given[0])[0]?.querySelector('.state')?.className.match(/state-(\\w+)/)?.[1];
            if (now && steps.at(-1) !== now) steps.push(now);
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
        look();
        """, text)


def test_the_states_change_in_view_while_a_line_is_cut_and_restored(page, offices, account, client):
    """Held while the other box is away, with the banner; arrived when it is back; delivered when a
    client has it."""
    here, there = offices
    local = account(there, "chand")
    asma = page(here, account(here, "asma"))
    asma.sign_in()
    asma.open(f"{local}@{there.domain}")
    there.stop()
    try:
        here.wait_peer("archive", "down", within=30)
        asma.write("while the line is down")
        asma.sees("while the line is down", state="held")
        asma.sees("waits here")
        asma.until("the banner", "/line to .archive. is down since/.test(document.querySelector('.banner').innerText)"
                   " && /1 message waits/.test(document.querySelector('.banner').innerText)")
        asma.until("the reason", "document.querySelector('.state-held')?.getAttribute('aria-label').includes('no line is up')")
        asma.reload()
        asma.sees("while the line is down", state="held")
        steps(asma, "while the line is down")
    finally:
        there.start()
    asma.sees("while the line is down", state="arrived")
    client(there, local).login().reads("while the line is down")
    asma.sees("while the line is down", state="delivered")
    asma.until("the banner to go", "document.querySelector('.banner').hidden")
    assert asma.does("return steps") == ["held", "arrived", "delivered"]
    assert asma.complaints() == []


def test_what_was_missed_is_asked_for(page, offices, account, client):
    """The page is closed while the message arrives; the next time it shows that it did."""
    here, there = offices
    local = account(there, "chand")
    asma = page(here, account(here, "asma"))
    asma.sign_in()
    asma.open(f"{local}@{there.domain}")
    asma.write("delivered meanwhile")
    asma.sees("delivered meanwhile", state="arrived")
    asma.visit("about.txt")
    client(there, local).login().reads("delivered meanwhile")
    asma.visit(f"#/chat/{local}@{there.domain}")
    asma.sees("delivered meanwhile", state="delivered")


def test_a_message_that_is_dropped_or_refused_says_so(page, offices, account):
    """By an administrator, with the reason; and by an office that has nobody of that name."""
    here, there = offices
    asma = page(here, account(here, "asma"))
    asma.sign_in()
    asma.open(f"nobody@{there.domain}")
    asma.write("to nobody")
    asma.until("that it was refused", "messages('to nobody')[0]?.querySelector('.state-refused, .state-failed')")
    there.stop()
    try:
        here.wait_peer("archive", "down", within=30)
        asma.write("never mind")
        asma.sees("never mind", state="held")
        entry = next(one for one in here.queue_json()["entries"] if one["class"] == "chat")
        here.command("queue", "drop", "--id", str(entry["id"]), "--reason", "a mistake")
        asma.sees("never mind", state="dropped")
    finally:
        there.start()
        here.wait_peer("archive", "up", within=30)


def test_lines_are_told_to_people_of_the_office_only(offices, person):
    """Sums, no names; anything else than the question is refused."""
    here, there = offices
    asma, chand = person(here, "asma"), person(there, "chand")
    line = line_of(asma, there)
    assert line.get("state") == "up" and line.get("name") == "archive" and line.get("since").endswith("Z")
    assert int(line.get("messages")) >= 0 and int(line.get("bytes")) >= 0
    for kind, payload, to in (
            ("set", "<lines xmlns='urn:dakghar:lines:0'/>", here.domain),
            ("get", "<queue xmlns='urn:dakghar:lines:0'/>", here.domain),
            ("get", "<lines xmlns='urn:dakghar:lines:0'/>", asma.bare)):
        with pytest.raises(Refused) as refused:
            asma.ask(kind, payload, to=to)
        assert refused.value.condition in ("bad-request", "forbidden")
    with pytest.raises(Refused):
        chand.ask("get", "<lines xmlns='urn:dakghar:lines:0'/>", to=here.domain)

"""The web client in a real Chromium: two offices, two browsers, one conversation."""

from collections.abc import Callable, Iterator

import pytest

from dakghar_harness import Box, introduce
from dakghar_harness.browser import Browser, reason_unavailable
from dakghar_harness.page import Page

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Box]]:
    """Two boxes with their pages, and the line between them up."""
    folder = tmp_path_factory.mktemp("offices")
    here, there = (Box(folder / name, name, web=True) for name in ("treasury", "archive"))
    introduce(here, there)
    here.start()
    there.start()
    here.wait_peer("archive", "up", within=30)
    yield here, there
    here.discard()
    there.discard()


@pytest.fixture
def page(offices, tmp_path) -> Iterator[Callable[[Box, str], Page]]:
    """Somebody's browser, at the page of a box: `page(box, "asma")`."""
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)
    made: list[Browser] = []

    def make(box: Box, name: str) -> Page:
        browser = Browser(tmp_path / f"browser{len(made)}", *offices)
        made.append(browser)
        return Page(browser, box, name, PASSWORD)

    yield make
    for browser in made:
        browser.close()


def test_two_offices_talk_through_their_pages(page, offices, account):
    """Text in two scripts, a reply, a correction, a reaction; and the sender sees how far it got."""
    here, there = offices
    asma, chand = page(here, account(here, "asma")), page(there, account(there, "chand"))
    asma.sign_in()
    chand.sign_in()

    asma.open(chand.jid)
    asma.write("Is the note ready? <b>&amp;")
    asma.sees("Is the note ready? <b>&amp;", state="delivered")
    chand.open(asma.jid)
    chand.sees("Is the note ready? <b>&amp;")
    asma.sees("Is the note ready? <b>&amp;", state="read")

    chand.write("وعلیکم السلام۔ کل صبح")
    asma.sees("وعلیکم السلام۔ کل صبح")
    asma.act("وعلیکم السلام۔ کل صبح", "Reply")
    asma.write("tomorow")
    chand.sees("tomorow")
    asma.act("tomorow", "Edit")
    asma.write("tomorrow")
    chand.sees("tomorrow")
    chand.react("tomorrow", "👍")
    asma.sees("👍")
    assert not asma.complaints() and not chand.complaints()


def test_a_wrong_password_is_said_and_a_new_name_asked(page, offices, account):
    """The form stays, with a sentence that helps."""
    here, _ = offices
    somebody = page(here, account(here, "dara"))
    somebody.password = "not this one"
    somebody.sign_in(refused="do not belong together")


def test_what_was_written_while_the_box_is_away_is_sent_when_it_is_back(page, offices, account, client):
    """The box is killed; the page keeps the message, says so, and sends it once."""
    here, _ = offices
    elsa, farid = account(here, "elsa"), account(here, "farid")
    writer = page(here, elsa)
    writer.sign_in()
    writer.open(f"{farid}@{here.domain}")
    writer.wait_kept()
    here.kill()
    writer.sees("cannot be reached")
    writer.write("written in the dark")
    writer.sees("written in the dark", state="waiting")
    writer.reload()
    writer.sees("written in the dark", state="waiting")
    here.start()
    writer.sees("written in the dark", state="kept")
    assert client(here, farid).login().reads_all(1, within=15) == ["written in the dark"]

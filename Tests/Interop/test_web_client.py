"""The web client in a real Chromium: two offices, two browsers, one conversation."""

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

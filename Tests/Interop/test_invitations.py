"""How somebody comes in who has no account yet: with a token, once, and in no other way."""

import json
import sqlite3
import time

import pytest

from dakghar_harness import RawStream, StreamEnded, messages
from dakghar_harness.box import CommandFailed
from dakghar_harness.web import Web, WebSocket

REGISTER = "{jabber:iq:register}"
FEATURE = "{urn:xmpp:ibr-token:0}register"


def invite(box, *options):
    """A new invitation: the document, and its token."""
    made = json.loads(box.command("user", "invite", *options, "--json"))
    return made, made["uri"].split("preauth=")[1]


def invitations(box):
    return {entry["name"]: entry for entry in
            json.loads(box.command("user", "invites", "--json"))["invitations"]}


def condition(answer):
    """Why an IQ was refused."""
    error = answer.find("{jabber:client}error")
    return None if error is None else messages.condition(error)


_sources = iter(range(20, 250))


@pytest.fixture
def stream():
    """Opens a stream after TLS, from an address of its own: failures count by address."""
    made = []

    def open_stream(box, **options):
        opened = RawStream.to(box, source=f"127.0.0.{next(_sources)}", **options).start_tls()
        opened.open()
        made.append(opened)
        return opened

    yield open_stream
    for opened in made:
        opened.close()


def show(stream, token):
    return stream.ask("set", f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/>")


def register(stream, name, password):
    return stream.ask("set", "<query xmlns='jabber:iq:register'>"
                      f"<username>{name}</username><password>{password}</password></query>")


def test_an_invited_person_makes_an_account_and_logs_in(finance, stream, password):
    """XEP-0445: the feature, the token, the form, the account; then a login in the usual way."""
    made, token = invite(finance, "--name", "zeba")
    assert made["uri"] == f"xmpp:zeba@{finance.domain}?register;preauth={token}"
    assert made["jid"] == f"zeba@{finance.domain}" and made["page"] is None
    guest = stream(finance)
    assert guest.features.find(FEATURE) is not None
    assert show(guest, token).get("type") == "result"
    form = guest.ask("get", "<query xmlns='jabber:iq:register'/>")
    assert form.findtext(f"{REGISTER}query/{REGISTER}username") == "zeba"
    assert register(guest, "zeba", password).get("type") == "result"
    # The same stream goes on with the login.
    guest.authenticate("zeba", password)
    guest.open()
    assert guest.bind("phone") == f"zeba@{finance.domain}/phone"
    entry = invitations(finance)[made["name"]]
    assert (entry["state"], entry["used-by"]) == ("used", f"zeba@{finance.domain}")


def test_nothing_is_said_of_it_before_tls(finance):
    """The feature is for secure streams only."""
    with RawStream.to(finance) as plain:
        assert plain.open().find(FEATURE) is None


def test_without_a_token_there_is_no_registration(finance, stream, password):
    """Neither the form nor an account."""
    guest = stream(finance)
    assert condition(guest.ask("get", "<query xmlns='jabber:iq:register'/>")) == "not-allowed"
    assert condition(register(guest, "stranger", password)) == "not-allowed"
    assert "stranger@" not in finance.command("user", "list")


def test_a_token_is_good_on_the_stream_that_showed_it(finance, stream, password):
    """Another stream has to show it, too."""
    _, token = invite(finance)
    assert show(stream(finance), token).get("type") == "result"
    assert condition(register(stream(finance), "elsewhere", password)) == "not-allowed"


def test_a_token_makes_one_account(finance, stream, password):
    """It counts as used when the account is there, and then for everybody."""
    _, token = invite(finance)
    first, second = stream(finance), stream(finance)
    assert show(first, token).get("type") == show(second, token).get("type") == "result"
    assert register(first, "only.one", password).get("type") == "result"
    assert condition(register(second, "another.one", password)) == "not-allowed"
    assert condition(show(stream(finance), token)) == "item-not-found"


def test_a_failed_registration_uses_nothing_up(finance, account, stream, password):
    """A taken name, a bad password, a broken connection: the token stays good."""
    taken = account(finance, "taken")
    _, token = invite(finance)
    guest = stream(finance)
    show(guest, token)
    assert condition(register(guest, taken, password)) == "conflict"
    assert condition(register(guest, "fresh.name", "")) == "not-acceptable"
    assert condition(register(guest, "fresh name@x", password)) == "not-acceptable"
    guest.close()
    guest = stream(finance)
    assert show(guest, token).get("type") == "result"
    assert register(guest, "fresh.name", password).get("type") == "result"


def test_the_name_of_an_invitation_is_kept_for_it(finance, stream, password):
    """XEP-0445 §5: nobody else takes it, and the invited person takes no other."""
    _, kept = invite(finance, "--name", "keptname")
    _, free = invite(finance)
    guest = stream(finance)
    show(guest, free)
    assert condition(register(guest, "keptname", password)) == "conflict"
    guest = stream(finance)
    show(guest, kept)
    assert condition(register(guest, "othername", password)) == "not-acceptable"
    assert register(guest, "KeptName", password).get("type") == "result"


def test_the_name_of_somebody_who_left_is_not_for_the_taking(finance, account, stream, password):
    """What is still written to the old person must not reach whoever takes the name first."""
    gone = account(finance, "gone")
    finance.command("user", "remove", gone)
    _, token = invite(finance)
    guest = stream(finance)
    show(guest, token)
    assert condition(register(guest, gone, password)) == "conflict"


def test_an_invitation_can_be_taken_back(finance, stream, password):
    """Also after its token was shown."""
    made, token = invite(finance)
    guest = stream(finance)
    assert show(guest, token).get("type") == "result"
    finance.command("user", "uninvite", made["name"])
    assert condition(register(guest, "too.late", password)) == "not-allowed"
    assert condition(show(stream(finance), token)) == "item-not-found"
    assert made["name"] not in invitations(finance)
    with pytest.raises(CommandFailed) as failed:
        finance.command("user", "uninvite", made["name"])
    assert failed.value.code == 65


def test_guessing_is_slowed_and_ends(finance):
    """Each failure is answered later; after five the stream ends, and the next one counts on."""
    with RawStream.to(finance, source="127.0.0.251", within=20).start_tls() as guest:
        guest.open()
        times = []
        with pytest.raises(StreamEnded) as ended:
            for _ in range(6):
                before = time.monotonic()
                assert condition(show(guest, "0" * 40)) == "item-not-found"
                times.append(time.monotonic() - before)
        assert len(times) == 5 and times[4] > times[0] + 1
        assert ended.value.condition == "policy-violation"


def test_the_token_is_not_in_the_database(make_box):
    """Only its digest is: whoever copies a disk can invite nobody."""
    box = make_box("clinic")
    made, token = invite(box, "--name", "asma", "--days", "3")
    assert abs(made["expires"] / 1000 - time.time() - 3 * 86_400) < 60
    with sqlite3.connect(f"file:{box.directory}/dakghar.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT name, localpart FROM invitation").fetchall()
    assert rows == [(made["name"], "asma")]
    content = b"".join(file.read_bytes() for file in box.database_files())
    assert token[8:].encode() not in content and bytes.fromhex(token) not in content


def test_an_invitation_outlives_a_restart_and_not_its_days(make_box, stream, password):
    """Made without a running box, used in one; one whose time is over is refused and listed so."""
    box = make_box("clinic")
    _, token = invite(box)
    made, old = invite(box)
    with sqlite3.connect(box.directory / "dakghar.db") as database:
        database.execute("UPDATE invitation SET expires=1 WHERE name=?", (made["name"],))
    box.start()
    guest = stream(box)
    assert show(guest, token).get("type") == "result"
    assert register(guest, "asma", password).get("type") == "result"
    assert condition(show(stream(box), old)) == "item-not-found"
    assert invitations(box)[made["name"]]["state"] == "expired"
    box.restart()
    assert condition(show(stream(box), token)) == "item-not-found"


@pytest.mark.parametrize("options, code", [
    (["--name", "a b@c"], 65), (["--days", "0"], 65), (["--days", "366"], 65), (["--days", "x"], 64)])
def test_what_cannot_be_invited(finance, options, code):
    with pytest.raises(CommandFailed) as failed:
        finance.command("user", "invite", *options)
    assert failed.value.code == code


def test_who_is_here_is_not_invited(finance, account):
    with pytest.raises(CommandFailed) as failed:
        finance.command("user", "invite", "--name", account(finance, "present"))
    assert failed.value.code == 1


# -- the page ------------------------------------------------------------------------------------


@pytest.fixture
def web(web_box):
    made = Web(web_box)
    yield made
    made.close()


def test_the_page_shows_the_way_in_and_uses_nothing_up(web, web_box):
    """Address, link for the app, ports; no script, and as locked down as every page."""
    made, token = invite(web_box, "--name", "hamid")
    assert made["page"] == f"https://{web_box.domain}:{web_box.web_port}/invite/{token}"
    for _ in range(2):
        page = web.get(f"/invite/{token}")
        assert page.status == 200 and f"hamid@{web_box.domain}" in page.text
    assert f'href="{made["uri"]}"' in page.text and "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("token", ["", "0" * 40, "<b>x</b>", "%3Cscript%3E", "../root.crt"])
def test_the_page_of_no_invitation_shows_nothing(web, token):
    """404, and nothing of what was asked for."""
    page = web.get(f"/invite/{token}")
    assert page.status == 404
    assert not token or token not in page.text


def test_a_name_is_escaped_on_the_page_and_in_the_link(web, web_box):
    """Letters that mean something in a URI are escaped there."""
    made, token = invite(web_box, "--name", "zoë+x")
    assert made["uri"].startswith(f"xmpp:zo%C3%AB%2Bx@{web_box.domain}?register;")
    assert f'href="{made["uri"]}"' in web.get(f"/invite/{token}").text


def test_invited_people_come_in_by_a_browser_too(web_box, password):
    """The same over WebSocket."""
    _, token = invite(web_box)
    with WebSocket(web_box) as browser:
        browser.send(f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{web_box.domain}' "
                     "version='1.0'/>")
        browser.next()
        assert b"urn:xmpp:ibr-token:0" in browser.next()[1]
        browser.send("<iq xmlns='jabber:client' type='set' id='a'>"
                     f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/></iq>")
        assert b'result' in browser.next()[1]
        browser.send("<iq xmlns='jabber:client' type='set' id='b'><query xmlns='jabber:iq:register'>"
                     f"<username>webby</username><password>{password}</password></query></iq>")
        assert b'result' in browser.next()[1]
    assert "webby@" in web_box.command("user", "list")


def test_the_landing_page_shows_the_configured_ports(make_box):
    """Not 5222 where it is another."""
    box = make_box("clinic", web=True)
    box.configure("listen", **{"xmpp": f"{box.host}:15222", "xmpp-tls": "off"})
    box.start(wait=False)
    for _ in range(100):
        if box.reachable(box.web_port):
            break
        time.sleep(0.1)
    page = Web(box).get("/setup").text
    assert "15222" in page and "<code>5222" not in page and "direct TLS" not in page

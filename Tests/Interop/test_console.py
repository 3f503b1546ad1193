"""The console: what administrators may do over their own stream, and nobody else."""

import json

import pytest

from dakghar_harness import until
from dakghar_harness.browser import reason_unavailable
from dakghar_harness.client import Refused
from dakghar_harness.page import Page

NS = "urn:dakghar:console:0"
PASSWORD = "correct horse battery staple"


def request(client, command, **arguments):
    """Asks the box something; the exit code and the document, or the sentence."""
    given = "".join(f"<argument name='{name}'>{value}</argument>" for name, value in arguments.items())
    answer = client.ask("set", f"<request xmlns='{NS}' command='{command}'>{given}</request>",
                        to=client.box.domain)
    response = answer.find(f"{{{NS}}}response")
    code = int(response.get("code"))
    return code, json.loads(response.text) if code == 0 else response.text


@pytest.fixture
def administrator(finance, client):
    """A new administrator of finance, logged in: `administrator("boss")`."""
    def make(name):
        finance.command("user", "add", name, "--admin", "--password-stdin", given=PASSWORD + "\n")
        return client(finance, name).login()
    return make


def test_an_administrator_runs_the_box_over_the_stream(administrator, finance):
    """Status, a new person, an invitation; and it is written down who did it."""
    boss = administrator("boss1")
    code, status = request(boss, "status")
    assert code == 0 and status["box"]["name"] == "finance"
    code, made = request(boss, "user.add", localpart="newcomer")
    assert code == 0 and made["jid"] == f"newcomer@{finance.domain}"
    code, invitation = request(boss, "user.invite", localpart="guest1")
    assert code == 0 and invitation["page"] is None or invitation["page"].startswith("https://")
    code, people = request(boss, "user.list")
    assert made["jid"] in [user["jid"] for user in people["users"]]
    acts = json.loads(finance.command("audit", "--json"))["acts"]
    assert [(act["administrator"], act["command"], act["subject"], act["code"]) for act in acts[:2]] == [
        ("boss1", "user.invite", "guest1", 0), ("boss1", "user.add", "newcomer", 0)]
    assert made["password"] not in json.dumps(acts)


def test_what_fails_says_why_and_is_written_down(administrator, finance):
    """The exit code and the sentence of the command line."""
    boss = administrator("boss2")
    code, text = request(boss, "user.remove", localpart="nobody-here")
    assert code == 65 and "user list" in text
    assert json.loads(finance.command("audit", "--json"))["acts"][0]["code"] == 65
    code, text = request(boss, "bundle.import")
    assert code == 64 and "does not know" in text
    code, _ = request(boss, "history", days="31")
    assert code == 65
    code, history = request(boss, "history", days="30")
    assert code == 0 and history["version"] == 1


def test_nobody_else_is_answered(person, client, finance, interior):
    """Not a colleague, not an administrator of another office, not a forged addressee."""
    with pytest.raises(Refused, match="forbidden"):
        request(person(finance, "clerk"), "status")
    interior.command("user", "add", "chief", "--admin", "--password-stdin", given=PASSWORD + "\n")
    chief = client(interior, "chief").login()
    with pytest.raises(Refused, match="forbidden|service-unavailable"):
        chief.ask("set", f"<request xmlns='{NS}' command='status'/>", to=finance.domain)


@pytest.mark.parametrize("payload", [
    f"<request xmlns='{NS}'/>",
    f"<other xmlns='{NS}' command='status'/>",
    f"<request xmlns='{NS}' command='status'>" + "".join(
        f"<argument name='a{n}'/>" for n in range(17)) + "</request>",
    f"<request xmlns='{NS}' command='status'><argument name='a'>{'x' * 8_193}</argument></request>",
], ids=["no command", "another element", "too many arguments", "a long argument"])
def test_malformed_requests_are_refused(payload, account, client, finance):
    """Bad-request, and the stream goes on."""
    name = "boss" + account(finance, "x")
    finance.command("user", "add", name, "--admin", "--password-stdin", given=PASSWORD + "\n")
    boss = client(finance, name).login()
    with pytest.raises(Refused, match="bad-request"):
        boss.ask("set", payload, to=finance.domain)
    assert request(boss, "status")[0] == 0


@pytest.fixture
def console(web_box, browser):
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)
    web_box.command("user", "add", "warden", "--admin", "--password-stdin", given=PASSWORD + "\n")
    yield Page(browser, web_box, "warden", PASSWORD)
    web_box.command("user", "remove", "warden")


def test_the_console_shows_lines_people_and_acts(console, web_box, account):
    """Every page has its heading and its content, in both languages, and the browser has no complaint."""
    local = account(web_box, "clerk")
    console.visit("console")
    console.does("""
        (await wait('the form', () => document.getElementById('name'))).value = given[0];
        document.getElementById('password').value = given[1];
        document.querySelector('form').requestSubmit();
        await wait('the console', () => document.querySelector('.console-stage h1'));
        """, console.name, PASSWORD)
    for page, seen in [("lines", "No other office"), ("queue", "Nothing waits"), ("people", local),
                       ("health", "dakghar:1:clinic"), ("audit", "user add")]:
        console.does("location.hash = '#/' + given[0]", page)
        console.sees(seen)
    console.does("document.querySelector('.bar [lang=ur]').click()")
    console.sees("کارروائیاں")
    assert console.does("return document.documentElement.dir") == "rtl"
    console.does("document.querySelector('.bar [lang=en]').click()")
    assert not console.complaints()


def test_a_clerk_gets_no_console(console, web_box, account):
    """The page says so and shows nothing."""
    local = account(web_box, "curious")
    console.visit("console")
    console.does("""
        (await wait('the form', () => document.getElementById('name'))).value = given[0];
        document.getElementById('password').value = given[1];
        document.querySelector('form').requestSubmit();
        """, local, PASSWORD)
    console.sees("no administrator")
    assert not console.does("return !!document.querySelector('.console')")


def test_an_administrator_holds_lets_go_and_drops_what_waits(make_box, account, client):
    """By the ids of the list; the drop wants a reason, and each is written down."""
    box, other = make_box("revenue"), make_box("transport")
    box.peer_add(other.card())
    box.start()
    box.command("user", "add", "boss", "--admin", "--password-stdin", given=PASSWORD + "\n")
    boss, clerk = client(box, "boss").login(), client(box, account(box, "clerk")).login()
    clerk.send(f"driver@{other.domain}", "the report")
    until(lambda: request(boss, "queue.list")[1]["entries"], within=10, what="it waits")
    entry = request(boss, "queue.list")[1]["entries"][0]
    assert request(boss, "queue.hold", ids=entry["id"])[0] == 0
    assert request(boss, "queue.list")[1]["entries"][0]["state"] == "held"
    assert request(boss, "queue.release", ids=entry["id"])[0] == 0
    assert request(boss, "queue.list")[1]["entries"][0]["state"] == "waiting"
    assert request(boss, "queue.drop", ids=entry["id"])[0] == 65
    assert request(boss, "queue.drop", ids=entry["id"], reason="sent by mistake")[0] == 0
    assert entry["id"] not in [left["id"] for left in request(boss, "queue.list")[1]["entries"]]
    acts = json.loads(box.command("audit", "--json"))["acts"]
    assert [(act["command"], act["code"]) for act in acts[:2]] == [("queue.drop", 0), ("queue.drop", 65)]

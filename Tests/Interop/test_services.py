"""What the box says of itself and of others: contacts, call servers, outages, codes, sections."""

import base64
import hashlib
import hmac
import json
import re
import time
from xml.sax.saxutils import unescape

import pytest

from dakghar_harness import Box, CommandFailed, RawStream, Refused, introduce, until
from dakghar_harness.web import Web

INFO = "{http://jabber.org/protocol/disco#info}"
FORM = "{jabber:x:data}"
EXTDISCO = "{urn:xmpp:extdisco:2}"
SECRET = "a secret that the TURN server has, too"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A box with everything of this file in its configuration, and a peer that is away."""
    folder = tmp_path_factory.mktemp("services")
    made = Box(folder / "harbour", "harbour", web=True)
    away = Box(folder / "island", "island")
    introduce(made, away)
    secret = made.directory / "turn.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    made.configure("box", **{"shared-roster": True})
    with made.configuration.open("a") as file:
        file.write(f"""
[contact]
admin = ["xmpp:chief@{made.domain}", "mailto:chief@gov.test"]
abuse = ["mailto:abuse@gov.test"]

[[call-servers]]
type = "stun"
host = "turn.gov.test"

[[call-servers]]
type = "turn"
host = "turn.gov.test"
secret-file = "{secret}"
lifetime = "1 h"
""")
    made.start()
    yield made
    made.discard()
    away.discard()


def info(person, to):
    return person.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=to)


def forms(answer):
    """The forms of a disco#info answer: values by field, by type."""
    found = {}
    for form in answer.iter(f"{FORM}x"):
        fields = {field.get("var"): [value.text for value in field.iter(f"{FORM}value")]
                  for field in form.iter(f"{FORM}field")}
        found[fields.pop("FORM_TYPE")[0]] = fields
    return found


def services(answer):
    return [dict(service.attrib) for service in answer.iter(f"{EXTDISCO}service")]


# -- contacts (XEP-0157) -----------------------------------------------------------------------------


def test_the_box_says_whom_to_write_to(box, person):
    alice = person(box, "alice")
    contacts = forms(info(alice, box.domain))["http://jabber.org/network/serverinfo"]
    assert contacts == {
        "admin-addresses": [f"xmpp:chief@{box.domain}", "mailto:chief@gov.test"],
        "abuse-addresses": ["mailto:abuse@gov.test"]}


def test_the_hash_in_the_stream_features_is_that_of_the_answer(box, person, account, password):
    """XEP-0115 over identity, features and forms, computed here by slixmpp."""
    alice = person(box, "alice")
    with RawStream.to(box).start_tls() as stream:
        stream.open()
        stream.authenticate(account(box, "carol"), password)
        caps = next(c for c in stream.open() if c.tag.endswith("caps}c"))
    answer = alice.does(lambda: alice.plugin("xep_0030").get_info(jid=box.domain))
    assert alice.plugin("xep_0115").generate_verstring(
        answer["disco_info"], "sha-1") == caps.get("ver")


# -- calls (XEP-0215) --------------------------------------------------------------------------------


def test_the_call_servers_come_with_a_password_that_the_turn_server_believes(box, person):
    alice = person(box, "alice")
    features = {f.get("var") for f in info(alice, box.domain).iter(f"{INFO}feature")}
    assert "urn:xmpp:extdisco:2" in features
    stun, turn = services(alice.ask("get", "<services xmlns='urn:xmpp:extdisco:2'/>", to=box.domain))
    assert (stun["type"], stun["port"], stun["transport"]) == ("stun", "3478", "udp")
    assert "password" not in stun
    expires, name = turn["username"].split(":")
    assert name == alice.bare.split("@")[0] and 3_400 < int(expires) - time.time() <= 3_600
    expected = hmac.new(SECRET.encode(), turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["password"]) == expected
    assert turn["restricted"] == "true" and turn["expires"].endswith("Z")


def test_one_kind_of_server_can_be_asked_for_and_one_password(box, person):
    alice = person(box, "alice")
    only = services(alice.ask(
        "get", "<services xmlns='urn:xmpp:extdisco:2' type='stun'/>", to=box.domain))
    assert [s["type"] for s in only] == ["stun"]
    asked = ("<credentials xmlns='urn:xmpp:extdisco:2'>"
             "<service host='turn.gov.test' type='{}'/></credentials>")
    (given,) = services(alice.ask("get", asked.format("turn"), to=box.domain))
    assert given["password"]
    with pytest.raises(Refused) as refused:
        alice.ask("get", asked.format("stun"), to=box.domain)
    assert refused.value.condition == "item-not-found"


def test_other_offices_get_no_password(finance, interior, make_box, person, tmp_path):
    """Only the people of the office that pays for the server; a box without servers knows nothing."""
    alice = person(finance, "alice")
    for domain in (finance.domain, interior.domain):
        with pytest.raises(Refused) as refused:
            alice.ask("get", "<services xmlns='urn:xmpp:extdisco:2'/>", to=domain)
        assert refused.value.condition == "service-unavailable"


def test_a_secret_that_others_can_read_stops_the_box(make_box):
    lax = make_box("lax")
    secret = lax.directory / "turn.secret"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    with lax.configuration.open("a") as file:
        file.write(f'\n[[call-servers]]\ntype = "turn"\nhost = "t"\nsecret-file = "{secret}"\n')
    lax.start(wait=False)
    until(lambda: lax.ended, within=20, what="the box ends")
    assert "turn.secret" in lax.log_tail()


# -- outages (XEP-0455) ------------------------------------------------------------------------------


def test_the_line_that_is_down_is_in_the_file_that_the_box_names(box, person):
    alice = person(box, "alice")
    (address,) = forms(info(alice, box.domain))["urn:xmpp:sos:0"]["external-status-addresses"]
    assert address == f"https://{box.domain}:{box.web_port}/status.json"
    web = Web(box)
    answer = web.get("/status.json")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    document = json.loads(answer.body)
    assert document["planned"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", document["beginning"])
    assert document["message"]["default"].startswith("line to island down since ")
    web.close()


def test_nothing_is_in_the_file_while_every_line_is_up(web_box):
    web = Web(web_box)
    assert json.loads(web.get("/status.json").body) == {}
    web.close()


# -- codes -------------------------------------------------------------------------------------------


def test_an_invitation_and_a_card_can_be_shown_as_codes(box):
    """In half blocks, of the size that the text needs, after the text itself."""
    printed = box.command("user", "invite", "--name", "zeba", "--qr")
    uri = printed.splitlines()[0]
    assert uri.startswith(f"xmpp:zeba@{box.domain}?register;preauth=")
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in printed.splitlines() if "\x1b[" in line]
    assert len({len(row) for row in rows}) == 1
    side = len(rows[0]) - 8
    assert (side - 17) % 4 == 0 and len(rows) == (side + 9) // 2
    assert any("█" in row for row in rows)
    card = box.command("card", "--qr")
    assert card.splitlines()[0] == box.card()
    with pytest.raises(CommandFailed) as refused:
        box.command("card", "--qr", "--json")
    assert refused.value.code == 64


def test_the_page_of_an_invitation_shows_the_code(box):
    """Inline, without a script or a style that the policy would have to allow."""
    made = json.loads(box.command("user", "invite", "--json"))
    web = Web(box)
    page = web.get("/invite/" + made["page"].rsplit("/", 1)[1])
    web.close()
    assert unescape(page.text).count(made["uri"]) >= 1
    (svg,) = re.findall(r"<svg .*?</svg>", page.text, re.S)
    assert "style=" not in svg and "<script" not in page.text and svg.count("<path") == 1
    assert "default-src 'none'" in page.headers["content-security-policy"]


# -- sections ----------------------------------------------------------------------------------------


def test_a_section_changes_and_every_roster_shows_it_at_once(box, person, account):
    alice = person(box, "alice")
    name = account(box, "mover")
    jid = f"{name}@{box.domain}"
    alice.wait_roster(jid, "both")

    def groups():
        answer = alice.ask("get", "<query xmlns='jabber:iq:roster'/>")
        return {item.get("jid"): [g.text for g in item] for item in answer.iter("{jabber:iq:roster}item")}

    def pushed():
        return [[group.text for group in item] for push in alice.stream.roster_pushes
                for item in push.iter("{jabber:iq:roster}item") if item.get("jid") == jid]

    assert groups()[jid] == ["Office"]
    box.command("user", "section", name, "Accounts")
    until(lambda: pushed()[-1:] == [["Accounts"]], within=10, what="alice's client is told")
    assert groups()[jid] == ["Accounts"]
    users = json.loads(box.command("user", "list", "--json"))["users"]
    assert next(u for u in users if u["jid"] == jid)["section"] == "Accounts"
    box.command("user", "section", name)
    assert groups()[jid] == ["Office"]
    for arguments in ((name, "x" * 101), ("nobody-here", "Accounts")):
        with pytest.raises(CommandFailed) as refused:
            box.command("user", "section", *arguments)
        assert refused.value.code == 65

"""XMPP over BOSH (XEP-0124, XEP-0206): by hand, and with strophe.js in a browser."""

import base64
import hashlib
import hmac
import os
import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest

from dakghar_harness.web import Web

BIND = "http://jabber.org/protocol/httpbind"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
STREAM = "{http://etherx.jabber.org/streams}"


class Bosh:
    """A session by hand: every request has a connection of its own."""

    def __init__(self, box, **attributes):
        self.box, self.rid, self.sid = box, 1_000, None
        self.body = self.ask(**({"to": box.domain, "wait": "5", "hold": "1"} | attributes))
        self.sid = self.body.get("sid")

    def request(self, content="", rid=None, restart=False, **attributes):
        given = {"rid": str(self.rid if rid is None else rid)} | attributes
        if self.sid:
            given["sid"] = self.sid
        text = "".join(f" {k}='{v}'" for k, v in given.items())
        if restart:
            text += " xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true'"
        answer = Web(self.box, within=15).ask(
            "POST", "/http-bind", f"<body xmlns='{BIND}'{text}>{content}</body>".encode(),
            content_type="text/xml")
        assert answer.status == 200, answer
        assert answer.headers["access-control-allow-origin"] == "*"
        return answer.body

    def ask(self, content="", **more):
        answer = ET.fromstring(self.request(content, **more))
        self.rid += 1
        return answer

    def login(self, local, password):
        nonce = base64.b64encode(os.urandom(12)).decode()
        first = f"n={local},r={nonce}"
        challenge = base64.b64decode(self.ask(
            f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>"
            f"{base64.b64encode(('n,,' + first).encode()).decode()}</auth>")[0].text).decode()
        parts = dict(p.split("=", 1) for p in challenge.split(","))
        salted = hashlib.pbkdf2_hmac("sha1", password.encode(), base64.b64decode(parts["s"]),
                                     int(parts["i"]))
        key = hmac.digest(salted, b"Client Key", "sha1")
        final = f"c=biws,r={parts['r']}"
        signed = hmac.digest(hashlib.sha1(key).digest(),
                             ",".join((first, challenge, final)).encode(), "sha1")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signed, strict=True))).decode()
        answer = base64.b64encode(f"{final},p={proof}".encode()).decode()
        assert self.ask(f"<response xmlns='{SASL}'>{answer}</response>")[0].tag == f"{{{SASL}}}success"
        assert self.ask(restart=True)[0].tag == f"{STREAM}features"
        bound = self.ask("<iq xmlns='jabber:client' type='set' id='b'>"
                         "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        assert bound[0].get("type") == "result"
        self.ask("<presence xmlns='jabber:client'/>")
        return self


def test_a_session_begins_with_the_features(web_box):
    """The first answer says what may be done, and within what limits."""
    body = Bosh(web_box).body
    assert body.tag == f"{{{BIND}}}body" and body.get("type") is None
    assert (body.get("requests"), body.get("hold"), body.get("wait")) == ("2", "1", "5")
    assert int(body.get("inactivity")) >= 30 and body.get("from") == web_box.domain
    assert body[0].tag == f"{STREAM}features"
    assert len(body.get("sid")) >= 20


def test_somebody_logs_in_writes_and_reads(web_box, account, person, password):
    """What comes for the client answers the request that waits."""
    bob = person(web_box, "bob")
    alice = Bosh(web_box).login(account(web_box, "alice"), password)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(alice.request, rid=alice.rid)
        time.sleep(0.3)
        assert not first.done(), "it waits for something to say"
        message = (f"<message xmlns='jabber:client' to='{bob.bare}' type='chat'>"
                   "<body>hi</body></message>")
        second = threads.submit(alice.request, message, rid=alice.rid + 1)
        bob.send(bob.reads("hi").sender, "hello")
        answers = [ET.fromstring(one.result(timeout=10)) for one in (first, second)]
    messages = [m for answer in answers for m in answer.findall("{jabber:client}message")]
    assert [m.findtext("{jabber:client}body") for m in messages] == ["hello"]


def test_a_long_body_before_the_login_ends_the_session(web_box):
    """64 KiB are enough for a login."""
    answer = Bosh(web_box).ask("<a xmlns='urn:x'>" + "x" * 100_000 + "</a>")
    assert (answer.get("type"), answer.get("condition")) == ("terminate", "remote-stream-error")
    assert answer[0][0].tag.endswith("}policy-violation")


def test_an_idle_request_is_answered_in_time(web_box, account, password):
    """After `wait` seconds with nothing."""
    alice = Bosh(web_box, wait="2").login(account(web_box, "alice"), password)
    started = time.monotonic()
    assert len(alice.ask()) == 0
    assert 1 < time.monotonic() - started < 4


def test_requests_are_taken_in_their_order(web_box, account, person, password):
    """The later one came first: it waits for the earlier."""
    bob = person(web_box, "bob")
    alice = Bosh(web_box, wait="2").login(account(web_box, "alice"), password)

    def say(text, rid):
        alice.request(f"<message xmlns='jabber:client' to='{bob.bare}' type='chat'>"
                      f"<body>{text}</body></message>", rid=rid)

    late = threading.Thread(target=say, args=("second", alice.rid + 1))
    late.start()
    time.sleep(0.4)
    assert "second" not in bob.bodies
    say("first", alice.rid)
    late.join()
    bob.reads("second")
    assert bob.bodies[-2:] == ["first", "second"]


def test_a_lost_answer_is_given_again(web_box, account, password):
    """The same request once more gets the same answer, and counts once."""
    alice = Bosh(web_box).login(account(web_box, "alice"), password)
    question = "<iq xmlns='jabber:client' type='get' id='q'><ping xmlns='urn:xmpp:ping'/></iq>"
    first = alice.request(question)
    assert alice.request(question) == first and b"result" in first


@pytest.mark.parametrize("distance", [-50, 5, 1_000_000])
def test_numbers_outside_the_window_end_the_session(distance, web_box):
    """item-not-found; afterwards the session is unknown, if the number was ahead."""
    session = Bosh(web_box)
    answer = ET.fromstring(session.request(rid=session.rid + distance))
    assert (answer.get("type"), answer.get("condition")) == ("terminate", "item-not-found")
    if distance > 0:
        answer = ET.fromstring(session.request())
        assert answer.get("condition") == "item-not-found"


@pytest.mark.parametrize("text", [
    "", "<body/>", "no xml", f"<body xmlns='{BIND}'/>", f"<body xmlns='{BIND}' rid='-1'/>",
    f"<body xmlns='{BIND}' rid='99999999999999999999'/>", f"<body xmlns='{BIND}' rid='1'><a></body>",
    f"<!DOCTYPE x><body xmlns='{BIND}' rid='1'/>"])
def test_what_is_no_body_is_a_bad_request(text, web_box):
    """Said in BOSH's way."""
    answer = Web(web_box).ask("POST", "/http-bind", text.encode())
    assert answer.status == 200 and "bad-request" in answer.text


def test_a_body_that_is_too_long_is_refused(web_box):
    """413, announced or not."""
    assert Web(web_box).ask("POST", "/http-bind", b"x" * 400_000).status == 413


def test_a_session_ends_when_the_client_says_so(web_box, account, person, password):
    """The last stanzas are taken; the answer ends the session; others see the person go."""
    bob = person(web_box, "bob")
    alice = Bosh(web_box).login(account(web_box, "alice"), password)
    answer = alice.ask(f"<message xmlns='jabber:client' to='{bob.bare}'><body>bye</body></message>"
                       "<presence xmlns='jabber:client' type='unavailable'/>", type="terminate")
    bob.reads("bye")
    while answer.get("type") is None:
        answer = alice.ask()
    assert answer.get("type") == "terminate" and answer.get("condition") is None


def test_a_stream_error_is_told(web_box):
    """remote-stream-error with the error in it (XEP-0206 §7)."""
    answer = Bosh(web_box, to="elsewhere.test").body
    assert (answer.get("type"), answer.get("condition")) == ("terminate", "remote-stream-error")
    assert answer[0].tag == f"{STREAM}error"


def test_strophe_in_chromium_speaks_bosh(web_box, browser, account, person, password):
    """A page of another origin: CORS, login, one message each way."""
    alice, bob = account(web_box, "alice"), person(web_box, "bob")
    service = f"https://{web_box.domain}:{web_box.web_port}/http-bind"
    with ThreadPoolExecutor() as threads:
        page = threads.submit(browser.chat, service, f"{alice}@{web_box.domain}", password, bob.bare)
        bob.send(bob.reads("from the browser <&>", within=20).sender, "seen")
        sender, body = page.result(timeout=30)
    assert sender.startswith(bob.bare) and body == "seen"

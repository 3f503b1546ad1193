"""The web client against people who mean harm: nothing that they write runs, and nobody frames the page."""

import re
import struct

import pytest

from dakghar_harness.rooms import Seat, room_name
from dakghar_harness.web import Web, WebSocket

#: Would leave a mark if any of it ran.
ATTACK = "<img src=x onerror=window.hurt=1><svg/onload=window.hurt=2>\"'><script>window.hurt=3</script>{{7*7}}"
LINKS = "javascript:window.hurt=4 https://a.test/\"onmouseover=window.hurt=5 data:text/html,<script>hurt=6</script>"


def xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&apos;").replace('"', "&quot;")


def test_nothing_that_strangers_write_runs(page, offices, account, person):
    """Message, quote, reaction, file, name, status, subscription, invitation, room, subject, nickname."""
    here, _ = offices
    asma, mallory = page(here, account(here, "asma")), person(here, "mallory")
    asma.sign_in()
    say = mallory.say
    mallory.send(asma.jid, ATTACK)
    mallory.send(asma.jid, LINKS)
    say(f"<message to='{asma.jid}' type='chat' id='quoting'><body>&gt; {xml(ATTACK)}\nquoted</body>"
        f"<reply xmlns='urn:xmpp:reply:0' id='{xml(ATTACK)}' to='{asma.jid}'/>"
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='40'/></fallback></message>")
    own = f"https://{here.domain}:{here.web_port}"
    for url in ("javascript:window.hurt=7", own + xml('/x"onerror=window.hurt=8 .png'),
                f"{own}/a/%3Csvg%20onload=hurt=9%3E.png", "https://elsewhere.test/picture.png"):
        say(f"<message to='{asma.jid}' type='chat'><body>{url}</body><x xmlns='jabber:x:oob'><url>{url}</url></x></message>")
    say(f"<message to='{asma.jid}' type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='quoting'>"
        "<reaction>&lt;img src=x onerror=hurt=1&gt;</reaction></reactions><store xmlns='urn:xmpp:hints'/></message>")
    say(f"<presence to='{asma.jid}' type='subscribe'><status>{xml(ATTACK)}</status></presence>")
    say(f"<message to='{asma.jid}'><x xmlns='jabber:x:conference' jid='{xml('b&b')}@rooms.{here.domain}' reason='{xml(ATTACK)}'/></message>")
    room = room_name(here, "trap")
    owner = Seat(mallory, room, ATTACK[:40]).enter()
    owner.configure(roomname=xml(ATTACK))
    owner.says(ATTACK)
    say(f"<message to='{room}' type='groupchat'><subject>{xml(ATTACK)}</subject></message>")
    say(f"<message to='{asma.jid}'><x xmlns='jabber:x:conference' jid='{room}'/></message>")

    asma.sees("would like to see")
    asma.open(mallory.bare)
    asma.sees("{{7*7}}")
    asma.sees("picture.png")
    asma.act("quoted", "Reply")
    asma.until("the invitation", "[...document.querySelectorAll('.question')].some(one => one.textContent.includes('trap'))")
    asma.does("[...document.querySelectorAll('.question')].find(one => one.textContent.includes('trap')).querySelector('button').click()")
    asma.until("the room", "document.querySelector('.chat h2')?.textContent.includes('onerror')")
    asma.sees("{{7*7}}")
    asma.press("Details")
    asma.until("the list of people", "document.querySelector('dialog .results .name')")
    found = asma.does("""return {
        hurt: window.hurt, elements: document.querySelectorAll('body script, iframe, object, embed, [onerror], [onload], [style]').length,
        links: [...document.querySelectorAll('a[href]')].map(one => new URL(one.href, location).protocol),
        images: [...document.images].map(one => new URL(one.src).origin), origin: location.origin };""")
    assert found["hurt"] is None and found["elements"] == 0
    assert set(found["links"]) == {"https:"} and set(found["images"]) <= {found["origin"]}
    # A picture that is not there is the only thing the browser may complain of.
    assert [line for line in asma.complaints() if "404" not in line] == []


def test_a_name_that_turns_the_text_around_is_shown_as_it_is(page, offices, account, person):
    """A program that looks like a picture, by characters that change the direction of text."""
    here, _ = offices
    asma, mallory = page(here, account(here, "asma")), person(here, "mallory")
    asma.sign_in()
    url = f"https://{here.domain}:{here.web_port}/a/photo%E2%80%AEgnp.exe"
    mallory.say(
        f"<message to='{asma.jid}' type='chat'><body>{url}</body><x xmlns='jabber:x:oob'><url>{url}</url></x></message>")
    asma.open(mallory.bare)
    asma.sees("photognp.exe")


def test_the_page_is_not_framed_and_runs_only_what_is_its_own(offices):
    """Headers of every part: no inline script, no eval, no frame, no guessing of types, no referrer."""
    here, _ = offices
    shell = Web(here).get("/shell.json").text
    parts = re.findall(r'"([^"]+)"', shell)
    assert "/" in parts and "/app/main.js" in parts and len(parts) > 20
    for part in parts:
        answer = Web(here).get(part, accept_encoding="gzip")
        policy = answer.headers["content-security-policy"]
        assert answer.status == 200 and "unsafe" not in policy, part
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert "script-src 'self';" in Web(here).get("/", accept_encoding="gzip").headers["content-security-policy"]


@pytest.mark.parametrize("path", [
    "/app/../app/main.js", "/app/%2e%2e/app/main.js", "/app//main.js", "//app/main.js", "/app/main.js/", "/app/main.js%00",
    "/app/./main.js", "/APP/MAIN.JS", "/app/", "/app", "/..%2f..%2fetc/passwd", "/app/main.js;.css", "/vendor/../../dakghar.toml",
    "/dakghar.toml", "/dakghar.db", "/blobs/1.file", "/.git/config",
])
def test_no_trick_with_a_path_gives_anything(offices, path):
    """Paths are compared as they come."""
    answer = Web(offices[0]).get(path, accept_encoding="gzip")
    assert answer.status in (400, 404), path
    assert b"import" not in answer.body and b"root:" not in answer.body


def test_a_frame_that_is_too_large_ends_the_stream_only(offices):
    """Announced as 256 MB, and really sent in pieces: the box hangs up on it, and goes on."""
    here, _ = offices
    with WebSocket(here) as stream:
        stream.socket.sendall(bytes([0x81, 0x80 | 127]) + struct.pack("!Q", 256 << 20) + b"mask" + b"x" * 4096)
        assert stream.next()[0] in (8, -1)
    with WebSocket(here) as stream:
        try:
            for _ in range(40):
                stream.frame(0 if _ else 1, b"<" + b"a" * 65_536, final=False)
        except OSError:
            pass
        assert stream.next()[0] in (1, 8, -1)
    assert Web(here).get("/", accept_encoding="gzip").status == 200


def test_a_page_of_another_origin_cannot_use_the_session(page, offices, account):
    """There is nothing to ride on: no cookie, and the stream asks for the password."""
    here, _ = offices
    asma = page(here, account(here, "asma"))
    asma.sign_in()
    assert asma.does("return document.cookie") == ""
    asma.browser.open()
    seen = asma.browser.run("""
        const frame = document.createElement('iframe');
        frame.src = given[0];
        document.body.append(frame);
        await new Promise(good => { frame.onload = frame.onerror = good; });
        const read = await fetch(given[0], { credentials: 'include' }).then(() => 'read', () => 'refused');
        let inside = 'nothing';
        try { inside = frame.contentDocument ? 'empty' : 'foreign'; } catch (error) { inside = 'foreign'; }
        return [read, inside];
        """, asma.address)
    assert seen[0] == "refused"
    assert any("frame" in line.lower() for line in asma.complaints())

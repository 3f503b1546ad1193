"""The box's HTTPS port: what it shows, and what it does not put up with."""

import hashlib
import json
import re
import socket
import ssl
import time
import xml.etree.ElementTree as ET

import pytest

from dakghar_harness import until
from dakghar_harness.web import Web, connect, trusting


@pytest.fixture
def web(web_box):
    made = Web(web_box)
    yield made
    made.close()


def test_the_page_says_what_this_is_and_shows_the_fingerprint(web, web_box):
    """Plain HTML without a script; the fingerprint is that of the root certificate."""
    page = web.get("/setup")
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    assert web_box.domain in page.text and "<script" not in page.text
    der = ssl.PEM_cert_to_DER_cert(web_box.root_certificate.read_text())
    fingerprint = hashlib.sha256(der).hexdigest().upper()
    assert ":".join(re.findall("..", fingerprint)) in page.text


def test_the_root_certificate_can_be_taken_home(web, web_box):
    """In DER for devices, in PEM for people; both are the file that the box has."""
    der = ssl.PEM_cert_to_DER_cert(web_box.root_certificate.read_text())
    binary, text = web.get("/root.crt"), web.get("/root.pem")
    assert binary.headers["content-type"] == "application/x-x509-ca-cert"
    assert binary.body == der
    assert ssl.PEM_cert_to_DER_cert(text.text) == der


def test_browsers_find_the_streams(web, web_box):
    """XEP-0156, as XRD and as JSON, for pages of any origin."""
    address = f"wss://{web_box.domain}:{web_box.web_port}/xmpp-websocket"
    xrd, document = web.get("/.well-known/host-meta"), web.get("/.well-known/host-meta.json")
    links = {link.get("rel"): link.get("href") for link in ET.fromstring(xrd.body)}
    assert links["urn:xmpp:alt-connections:websocket"] == address
    assert {"rel": "urn:xmpp:alt-connections:websocket", "href": address} in json.loads(
        document.body)["links"]
    assert links["urn:xmpp:alt-connections:xbosh"] == (
        f"https://{web_box.domain}:{web_box.web_port}/http-bind")
    for answer in (xrd, document):
        assert answer.headers["access-control-allow-origin"] == "*"


def test_small_questions(web):
    """/healthz says ok; /generate_204 says nothing."""
    assert web.get("/healthz").text == "ok\n"
    nothing = web.get("/generate_204")
    assert (nothing.status, nothing.body) == (204, b"")


@pytest.mark.parametrize("path", ["/", "/setup", "/root.crt", "/healthz", "/nothing-here", "/generate_204"])
def test_every_answer_is_locked_down(path, web):
    """Nothing is loaded, framed or guessed, whatever the answer."""
    headers = web.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", [
    "/nothing", "/../etc/passwd", "/root.crt/..", "/%2e%2e/keys/root.key", "//root.crt", "/keys/root.key"])
def test_what_is_not_there_is_not_found(path, web):
    """Paths are taken as they come: there is no way round."""
    assert web.get(path).status == 404


def test_other_methods_are_refused(web):
    """405 names what is allowed; HEAD is GET without the content."""
    refused = web.ask("POST", "/", b"x")
    assert refused.status == 405 and "GET" in refused.headers["allow"]
    head = web.ask("HEAD", "/root.crt")
    assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 100


def test_several_requests_on_one_connection(web):
    """A connection is kept open."""
    web.get("/healthz")
    before = web.sock
    web.get("/")
    assert web.sock is before


def test_headers_without_end_are_refused(web_box):
    """431 at 16 KiB of headers, or at 64 of them."""
    assert Web(web_box).get("/", x_long="a" * 9_000).status == 431
    many = {f"x{n}": "b" for n in range(80)}
    assert Web(web_box).get("/", **many).status == 431


def test_what_is_not_http_is_refused(web_box):
    """400, and the connection ends."""
    with connect(web_box) as stream:
        stream.sendall(b"\x01\x02 nonsense\r\n\r\n")
        answer = b""
        while piece := stream.recv(4096):
            answer += piece
        assert answer.startswith(b"HTTP/1.1 400")


def test_a_body_that_nobody_wants_ends_the_connection(web_box):
    """The answer comes, the megabytes are not read to their end."""
    with connect(web_box) as stream:
        stream.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n")
        assert stream.recv(4096).startswith(b"HTTP/1.1 405")
        with pytest.raises((ConnectionError, ssl.SSLError)):
            for _ in range(900):
                stream.sendall(b"z" * 1_000_000)


def test_a_silent_connection_is_hung_up_on(web_box):
    """15 s for a request's head."""
    with connect(web_box, within=25) as stream:
        stream.sendall(b"GET / HT")
        before = time.monotonic()
        assert stream.recv(100) == b""
        assert 10 < time.monotonic() - before < 20


def test_one_address_gets_only_so_many_connections(web_box):
    """128 from one address; another one is served meanwhile."""
    crowd = []
    try:
        refused = 0
        for _ in range(140):
            plain = socket.create_connection((web_box.host, web_box.web_port), timeout=5,
                                             source_address=("127.0.0.77", 0))
            crowd.append(plain)
        until(lambda: Web(web_box, source="127.0.0.78").get("/healthz").status == 200, within=10,
              what="others are served")
        for plain in crowd[130:]:
            plain.settimeout(2)
            try:
                refused += plain.recv(1) == b""
            except ConnectionError:
                refused += 1
        assert refused >= 8
    finally:
        for plain in crowd:
            plain.close()


def test_no_xmpp_is_spoken_by_mistake(web_box):
    """ALPN: a client of direct TLS (xmpp-client) is not served on the HTTPS port, and the reverse."""
    for port, protocol in ((web_box.web_port, "xmpp-client"), (5223, "http/1.1")):
        context = trusting(web_box)
        context.set_alpn_protocols([protocol])
        plain = socket.create_connection((web_box.host, port), timeout=5)
        try:
            with context.wrap_socket(plain, server_hostname=web_box.domain) as stream:
                assert stream.selected_alpn_protocol() is None
        except ssl.SSLError:
            pass

"""What no good client sends. Each item meets its right error, and nobody else notices anything.

Every test runs while carol and dave go on talking on the same box: `others` fails the test if a
single message of theirs is late or lost.
"""

import contextlib
import errno
import resource
import socket
import threading
import time

import pytest

from dakghar_harness import RawStream, StreamEnded, until

CLIENT = "{jabber:client}"


@pytest.fixture(autouse=True)
def others(finance, person):
    """carol writes to dave every 50 ms, and each message reaches him within 5 s."""
    carol, dave = person(finance, "carol"), person(finance, "dave")
    stop, problems = threading.Event(), []

    def talk():
        number = 0
        while not stop.is_set():
            number += 1
            try:
                carol.send(dave, f"still here {number}")
                dave.reads(f"still here {number}", within=5)
            except AssertionError as problem:
                problems.append(problem)
                return
            stop.wait(0.05)

    thread = threading.Thread(target=talk)
    thread.start()
    yield
    stop.set()
    thread.join(timeout=15)
    assert not problems, problems
    assert not carol.errors and len(dave.bodies) >= 1


@pytest.fixture
def mallory(finance, account, password):
    """A stream of somebody who has an account and bad manners."""
    with RawStream.to(finance, source="127.0.0.66").login(
            account(finance, "mallory"), password) as stream:
        yield stream


@pytest.mark.parametrize(
    ("data", "conditions"),
    [pytest.param(data, conditions, id=name) for name, data, conditions in [
        ("an element closed by another name", "<message></presence>", ("not-well-formed",)),
        ("a stray angle bracket", "<<message/>", ("not-well-formed",)),
        ("bytes that are not UTF-8", b"<message><body>\xff\xfe</body></message>",
         ("not-well-formed", "unsupported-encoding")),
        ("a prefix that was never declared", "<nope:message/>",
         ("not-well-formed", "bad-namespace-prefix")),
        ("an entity that was never declared", "<message><body>&nope;</body></message>",
         ("not-well-formed", "restricted-xml")),
        ("a comment", "<!-- hello -->", ("restricted-xml",)),
        ("a processing instruction", "<?php hello ?>", ("restricted-xml", "not-well-formed")),
        ("an element that is no stanza", "<hello xmlns='jabber:client'/>",
         ("unsupported-stanza-type",)),
        ("text between stanzas", "hello", ("invalid-xml", "not-well-formed", "bad-format")),
    ]])
def test_ends_the_stream(data, conditions, mallory):
    """Malformed or restricted XML: its stream error (RFC 6120 §4.9.3, §11.1), and the end."""
    mallory.send(data)
    assert mallory.end() in conditions


@pytest.mark.parametrize("logged_in", [False, True])
def test_an_entity_declaration_ends_the_stream(logged_in, finance, account, password):
    """A billion laughs is not even begun: restricted-xml, before and after the login."""
    bomb = ("<?xml version='1.0'?><!DOCTYPE lol [<!ENTITY a 'ha'>"
            + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi"))
            + "]>")
    with RawStream.to(finance, source="127.0.0.66") as stream:
        if logged_in:
            stream.start_tls()
            stream.open()
            stream.authenticate(account(finance, "mallory"), password)
            stream._reset()
        stream.send(bomb + stream.header().split("?>")[1] + "<message>&i;</message>")
        assert stream.end() in ("restricted-xml", "not-well-formed")


@pytest.mark.parametrize("logged_in", [False, True])
def test_a_100000_deep_element_ends_the_stream(logged_in, finance, mallory):
    """Depth is limited: policy-violation, long before the memory of the box."""
    deep = "<a>" * 100_000
    if logged_in:
        stream = mallory
        data = f"<message to='{finance.domain}'>{deep}"
    else:
        stream = RawStream.to(finance, source="127.0.0.66")
        stream.open()
        data = deep
    with contextlib.suppress(OSError):
        stream.send(data)
    assert stream.end() in ("policy-violation", None if not logged_in else "policy-violation")


def test_a_stanza_over_the_limit_ends_the_stream(finance, mallory):
    """Over 256 KiB: policy-violation (RFC 6120 §4.9.3.14)."""
    with contextlib.suppress(OSError):
        mallory.send(f"<message to='{finance.domain}'><body>{'x' * 300_000}</body></message>")
    assert mallory.end() == "policy-violation"


def test_a_stanza_just_under_the_limit_is_delivered(finance, account, password, person):
    """200 KiB of text arrive whole."""
    erin = person(finance, "erin")
    text = "0123456789" * 20_000
    with RawStream.to(finance).login(account(finance, "frank"), password) as frank:
        frank.send(f"<message to='{erin.bare}' type='chat'><body>{text}</body></message>")
        assert erin.reads(text).body == text


def test_an_attribute_flood_ends_the_stream(mallory):
    """50,000 attributes on one element are over some limit, and no work for the box."""
    attributes = " ".join(f"a{n}='1'" for n in range(50_000))
    with contextlib.suppress(OSError):
        mallory.send(f"<message {attributes}/>")
    assert mallory.end() == "policy-violation"


@pytest.mark.parametrize("stage", ["before TLS", "before the login", "before the bind"])
def test_a_stanza_before_its_time_ends_the_stream(stage, finance, account, password, person):
    """Unauthenticated stanzas go nowhere: not-authorized (RFC 6120 §4.9.3.12)."""
    erin = person(finance, "erin")
    with RawStream.to(finance, source="127.0.0.66") as stream:
        if stage != "before TLS":
            stream.start_tls()
        stream.open()
        if stage == "before the bind":
            stream.authenticate(account(finance, "mallory"), password)
            stream.open()
        stream.send(f"<message to='{erin.bare}'><body>let me in</body></message>")
        assert stream.end() in ("not-authorized", "policy-violation")
    assert erin.bodies == []


@pytest.mark.parametrize("forged", ["erin", "dave@interior.gov.test", "", "finance.gov.test"])
def test_nobody_is_taken_for_somebody_else(forged, finance, mallory, person):
    """A forged `from`: invalid-from, or the box writes the true one (RFC 6120 §8.1.2.1)."""
    erin, frank = person(finance, "erin"), person(finance, "frank")
    name = erin.bare if forged == "erin" else forged
    mallory.send(f"<message from='{name}' to='{frank.bare}' type='chat'>"
                 "<body>transfer the money</body></message>")
    try:
        mallory.ask("get", "<ping xmlns='urn:xmpp:ping'/>")
    except StreamEnded as ended:
        assert ended.condition == "invalid-from"
    assert all(m.sender.startswith("mallory") for m in frank.messages)


@pytest.mark.parametrize(
    "to", ["@finance.gov.test", "a@b@c", "ali ce@finance.gov.test", "x" * 1024 + "@finance.gov.test"],
    ids=["no local part", "two at signs", "a space", "1024 letters"])
def test_a_malformed_address_is_told_so(to, mallory):
    """A stanza to something that is no JID: jid-malformed, and the stream goes on."""
    mallory.send(f"<message to='{to}' id='bad' type='chat'><body>hello</body></message>")
    error = mallory.expect(f"{CLIENT}message")
    assert error.get("type") == "error" and error.get("id") == "bad"
    assert error.find(f"{CLIENT}error/{{urn:ietf:params:xml:ns:xmpp-stanzas}}jid-malformed") \
        is not None
    mallory.ask("get", "<ping xmlns='urn:xmpp:ping'/>")


@pytest.mark.parametrize("kind", ["nonsense", None])
def test_an_iq_of_no_kind_is_a_bad_request(kind, mallory):
    """An IQ needs a type of the four (RFC 6120 §8.2.3)."""
    attribute = f" type='{kind}'" if kind else ""
    mallory.send(f"<iq{attribute} id='odd'><ping xmlns='urn:xmpp:ping'/></iq>")
    answer = mallory.expect(f"{CLIENT}iq")
    assert answer.get("type") == "error"
    assert answer.find(f"{CLIENT}error/{{urn:ietf:params:xml:ns:xmpp-stanzas}}bad-request") \
        is not None


def test_an_acknowledgement_of_what_was_never_sent_ends_the_stream(mallory):
    """`<a h=…>` beyond what the box sent is undefined-condition (XEP-0198 §4)."""
    mallory.enable()
    mallory.send("<a xmlns='urn:xmpp:sm:3' h='4000'/>")
    assert mallory.end() in ("undefined-condition", "unspecified")


def test_a_client_that_never_reads_costs_nobody_else(finance, account, password, person):
    """20 MB for somebody who does not read are kept on disk or cut off, not in memory."""
    erin = person(finance, "erin")
    deaf = RawStream.to(finance).login(account(finance, "deaf"), password, resource="ear")
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.send("<presence/>")
    target = deaf.ask("get", "<ping xmlns='urn:xmpp:ping'/>").get("to")
    before = resident(finance.pid)
    text = "x" * 20_000
    for _ in range(20):
        erin.send_all(target, [text] * 50)
        erin.wait_acknowledged(list(erin.acknowledged), within=30)
    until(lambda: len(erin.acknowledged) >= 900, within=30,
          what=lambda: f"erin can write: {len(erin.acknowledged)} of 1000, "
                       f"{len(erin.errors)} errors")
    grown = resident(finance.pid) - before
    print(f"resident memory grew by {grown / 2**20:.1f} MiB")
    assert grown < 64 * 2**20
    deaf.close()


def resident(pid):
    """Resident bytes of a process."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def test_2000_half_open_connections_leave_room_for_people(finance, person):
    """2,000 sockets that say nothing: somebody else still logs in, within 5 s, and writes."""
    wanted = 2_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted + 500:
        pytest.skip(f"only {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 500), hard))
    sockets = []
    try:
        for number in range(wanted):
            half = socket.socket()
            half.settimeout(5)
            half.bind((f"127.0.2.{number % 200 + 1}", 0))
            sockets.append(half)
            with contextlib.suppress(OSError):
                half.connect((finance.host, 5222 + number % 2))
        began = time.monotonic()
        erin = person(finance, "erin")
        taken = time.monotonic() - began
        erin.send(erin, "made it")
        erin.reads("made it")
        print(f"with {wanted} half-open connections: account and login in {taken:.1f} s")
        assert taken < 5
    finally:
        for half in sockets:
            half.close()


def test_a_connection_that_never_logs_in_is_closed(finance):
    """Half a header and silence: the box hangs up within 60 s. It does not wait for ever."""
    with RawStream.to(finance, source="127.0.0.67") as stream:
        stream.send("<?xml version='1.0'?><stream:stre")
        stream.end(within=65)


def test_a_stream_to_another_host_is_refused(finance):
    """A domain that is not this box's: host-unknown (RFC 6120 §4.9.3.6)."""
    with RawStream.to(finance) as stream:
        stream.domain = "elsewhere.gov.test"
        stream.send(stream.header())
        assert stream.end() == "host-unknown"


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\nHost: finance\r\n\r\n", b"\x16\x03\x01\x02", b"\0" * 5000,
             b"<" * 5000], ids=["HTTP", "half a TLS record", "zeros", "angle brackets"])
@pytest.mark.parametrize("port", [5222, 5223])
def test_garbage_on_the_client_ports_is_hung_up_on(port, data, finance):
    """Whatever it is, the connection ends."""
    with socket.create_connection((finance.host, port), timeout=65,
                                  source_address=("127.0.0.68", 0)) as plain:
        with contextlib.suppress(ConnectionError):
            plain.sendall(data)
            try:
                plain.shutdown(socket.SHUT_WR)
            except OSError as error:  # hung up on before we had said that we are done
                assert error.errno == errno.ENOTCONN
                return
            while plain.recv(4096):
                pass

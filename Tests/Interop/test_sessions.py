"""What one client does to its own session and to those of others (XEP-0198, XEP-0313, XEP-0352)."""

import pytest

from dakghar_harness import RawStream, until

MANAGEMENT = "{urn:xmpp:sm:3}"
CLIENT = "{jabber:client}"
MESSAGE, IQ = f"{CLIENT}message", f"{CLIENT}iq"
RSM = "{http://jabber.org/protocol/rsm}"
REQUEST = "<r xmlns='urn:xmpp:sm:3'/>"


@pytest.fixture
def raw(finance, account, password):
    """A new person's stream by hand: `raw("alice")`; more of the same person: `raw(local=…)`."""
    made = []

    def make(name="alice", *, local=None, resource="raw", box=finance):
        local = local or account(box, name)
        stream = RawStream.to(box).login(local, password, resource=resource)
        stream.local, stream.bare = local, f"{local}@{box.domain}"
        made.append(stream)
        return stream

    yield make
    for stream in made:
        stream.close()


def message(to, identity, body, inside=""):
    return (f"<message to='{to}' id='{identity}' type='chat'><body>{body}</body>{inside}</message>")


def acknowledged(stream, count):
    """Waits until the box has acknowledged so many stanzas."""
    until(lambda: stream.expect(f"{MANAGEMENT}a").get("h") == str(count), within=15,
          what=f"{count} stanzas are acknowledged")


def read(stream, wanted):
    """Reads so many messages as a good client does: acknowledges, and answers questions."""
    found, handled = [], 0
    while len(found) < wanted:
        element = stream.next(within=10)
        if element.tag == f"{MANAGEMENT}r":
            stream.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")
        elif element.tag.startswith(CLIENT):
            handled += 1
            if element.tag == MESSAGE:
                found.append(element.findtext(f"{CLIENT}body"))
            elif element.get("type") == "get":
                stream.send(f"<iq type='result' id='{element.get('id')}' to='{element.get('from')}'/>")
    return found


@pytest.mark.parametrize("managed", [True, False], ids=["with XEP-0198", "without"])
def test_whoever_comes_back_to_megabytes_reads_them_all(managed, raw, account, finance):
    """6 MB wait, six times what a session may leave unacknowledged: they come in order, once."""
    alice, bob = raw("alice"), account(finance, "bob")
    alice.enable()
    filling = "x" * 50_000
    alice.send("".join(message(f"{bob}@{finance.domain}", n, f"{n} {filling}") for n in range(120)))
    alice.send(REQUEST)
    acknowledged(alice, 120)
    stream = raw(local=bob)
    if managed:
        stream.enable()
    stream.send("<presence/>")
    assert [int(body.split()[0]) for body in read(stream, 120)] == list(range(120))


def test_a_page_of_the_archive_never_exceeds_what_a_session_may_hold(raw, account, finance):
    """30 messages of 50 kB, asked for in one page: they come in several, and the session lives."""
    alice, bob = raw("alice"), account(finance, "bob")
    alice.enable()
    for number in range(30):
        alice.send(message(f"{bob}@{finance.domain}", number, "x" * 50_000))
    alice.send(REQUEST)
    acknowledged(alice, 30)
    stream = raw(local=bob)
    stream.enable()
    results, handled, after = 0, 0, ""
    while True:
        stream.send("<iq type='set' id='page'><query xmlns='urn:xmpp:mam:2'><set "
                    f"xmlns='http://jabber.org/protocol/rsm'><max>100</max>{after}</set></query></iq>")
        element = None
        while element is None or element.tag != IQ:
            element = stream.next()
            handled += element.tag.startswith(CLIENT)
            results += element.tag == MESSAGE
            if element.tag == f"{MANAGEMENT}r":
                stream.send(f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>")
        if element[0].get("complete") == "true":
            break
        after = f"<after>{element.find(f'.//{RSM}last').text}</after>"
    assert results == 30


HARD = {
    "an element of XML's own namespace": lambda to: message(to, "hard", "x", "<xml:foo/>"),
    "64 attributes": lambda to: message(to, "hard", "x").replace(
        "<message", "<message" + "".join(f" a{n}=''" for n in range(61)), 1),
    "64 levels": lambda to: message(to, "hard", "x", "<a>" * 63 + "</a>" * 63),
    "a tag that grows when it is written": lambda to: message(to, "hard", "x").replace(
        "<message", f"<message x='{'>' * 12_000}'", 1),
}


@pytest.mark.parametrize("make", HARD.values(), ids=HARD.keys())
def test_a_message_at_the_limits_holds_up_nothing_behind_it(make, raw, interior):
    """Whatever a client may send arrives in the other office, and what comes after it as well."""
    alice, bob = raw("alice"), raw("bob", box=interior)
    bob.send("<presence/>")
    alice.send(make(bob.bare) + message(bob.bare, "next", "behind it"))
    assert [bob.expect(MESSAGE).get("id") for _ in range(2)] == ["hard", "next"]


def test_a_stanza_that_grows_eightyfold_is_refused(raw):
    """40,000 elements with a prefix of 480 bytes would be 20 MB for the reader: policy-violation."""
    alice, bob = raw("alice"), raw("bob")
    bob.send("<presence/>")
    alice.send(f"<message to='{bob.bare}' id='1' xmlns:p='urn:{'n' * 476}'><body>x</body>"
               f"{'<p:a/>' * 40_000}</message>")
    error = alice.expect(MESSAGE)
    assert error.get("type") == "error"
    assert error.find(".//{urn:ietf:params:xml:ns:xmpp-stanzas}policy-violation") is not None
    alice.send(message(bob.bare, "2", "small"))
    assert bob.expect(MESSAGE).findtext(f"{CLIENT}body") == "small"


def test_an_inactive_client_that_overflows_harms_nobody_else(raw):
    """More than a session may hold comes while it is inactive: that session ends, the box goes on."""
    alice, bob = raw("alice"), raw("bob")
    bob.enable()
    bob.send("<presence/><inactive xmlns='urn:xmpp:csi:0'/>")
    bob.ask("get", "<ping xmlns='urn:xmpp:ping'/>")
    for number in range(12):
        alice.send(f"<message to='{bob.bare}' type='headline'><x xmlns='urn:x'>{number}"
                   f"{'x' * 200_000}</x></message>")
    alice.ask("get", "<ping xmlns='urn:xmpp:ping'/>")
    bob.send("<active xmlns='urn:xmpp:csi:0'/>")
    alice.ask("get", "<ping xmlns='urn:xmpp:ping'/>")


def test_what_an_inactive_client_waits_for_comes_in_order(raw):
    """Presence that was held back comes before the message that was not."""
    bob = raw("bob")
    other = raw(local=bob.local, resource="other")
    bob.send("<presence/><inactive xmlns='urn:xmpp:csi:0'/>")
    bob.ask("get", "<ping xmlns='urn:xmpp:ping'/>")
    other.send("<presence><status>first</status></presence>")
    other.send(message(bob.bare + "/raw", "1", "second"))
    assert bob.expect(f"{CLIENT}presence", MESSAGE).findtext(f"{CLIENT}status") == "first"
    assert bob.expect(MESSAGE).findtext(f"{CLIENT}body") == "second"


def test_too_high_an_acknowledgement_says_what_was_sent(raw):
    """XEP-0198 §7: handled-count-too-high with both counts, and the stream ends."""
    alice = raw("alice")
    alice.enable()
    alice.send("<a xmlns='urn:xmpp:sm:3' h='7'/>")
    seen = b""
    while data := alice.socket.recv(4096):
        seen += data
    assert b"handled-count-too-high" in seen and b"h='7'" in seen and b"send-count='0'" in seen


def test_a_second_connection_is_told_what_the_first_one_wrote(raw, finance, password):
    """Resumed while still attached: h counts what is on its way to the disk; nothing comes twice."""
    alice, bob = raw("alice"), raw("bob")
    bob.send("<presence/>")
    identity = alice.enable()
    second = RawStream.to(finance).start_tls()
    second.open()
    second.authenticate(alice.local, password)
    second.open()
    alice.send(message(bob.bare, "1", "written at the last moment"))
    resumed = second.resume(identity)
    assert resumed.tag == f"{MANAGEMENT}resumed"
    if resumed.get("h") == "0":
        second.send(message(bob.bare, "1", "written at the last moment"))
    assert alice.end() == "conflict"
    bob.expect(MESSAGE)
    with pytest.raises(AssertionError):
        bob.expect(MESSAGE, within=0.5)


def test_a_client_that_ends_its_stream_hears_of_its_last_words(raw, finance):
    """Messages right before </stream:stream> are acknowledged before the box closes."""
    alice, bob = raw("alice"), raw("bob")
    alice.enable()
    alice.send("".join(message(bob.bare, n, n) for n in range(3)) + "</stream:stream>")
    acknowledged(alice, 3)
    assert alice.end() is None


def test_sessions_without_a_client_make_room_for_one_with(raw):
    """A phone that flaps without resuming is never locked out by its own torn sessions."""
    alice = raw("alice")
    for number in range(20):
        torn = raw(local=alice.local, resource=f"torn{number}")
        torn.enable()
        torn.close()
    raw(local=alice.local, resource="last").ask("get", "<ping xmlns='urn:xmpp:ping'/>")

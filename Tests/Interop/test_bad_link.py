"""The link port in bad company: garbage, half a handshake, a replay, a stranger, a liar."""

import contextlib
import os
import re
import socket
import struct
import threading
import time

import pytest

from dakghar_harness import Box, CommandFailed, introduce, stays, until
from dakghar_harness.box import loopback_host


def hung_up_on(host, data, *, within=20):
    """Sends bytes to the link port and waits for the end; what the box answered meanwhile."""
    answer = b""
    with socket.create_connection((host, 7400), timeout=within) as plain:
        with contextlib.suppress(ConnectionError):
            plain.sendall(data)
            while piece := plain.recv(4096):
                answer += piece
    return answer


@pytest.mark.parametrize(
    "data",
    [pytest.param(data, id=name) for name, data in [
        ("noise", os.urandom(4000)), ("zeros", b"\0" * 4000),
        ("a first message full of noise", struct.pack(">H", 97) + os.urandom(97)),
        ("a length of 65535", b"\xff\xff" + os.urandom(65535)),
        ("a length and nothing", b"\0\x61"), ("HTTP", b"GET / HTTP/1.0\r\n\r\n"),
    ]])
def test_gets_no_answer_on_the_link_port(data, finance, interior, person):
    """The connection is closed without a byte in return, and the session with the peer goes on."""
    since = next(p["since"] for p in finance.peers() if p["name"] == "interior")
    assert hung_up_on(finance.host, data) == b""
    alice, bob = person(finance, "alice"), person(interior, "bob")
    alice.send(bob, "undisturbed")
    bob.reads("undisturbed")
    assert next(p["since"] for p in finance.peers() if p["name"] == "interior") == since


class Recorder:
    """A line that passes everything on and keeps what the dialing side said."""

    def __init__(self, target):
        self.target, self.said = target, []
        self.host = loopback_host()
        self.server = socket.create_server((self.host, 7400))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self.server.accept()
                there = socket.create_connection((self.target, 7400))
                kept = bytearray()
                self.said.append(kept)
                for source, sink, keep in ((here, there, kept), (there, here, None)):
                    threading.Thread(
                        target=self._pass, args=(source, sink, keep), daemon=True).start()

    @staticmethod
    def _pass(source, sink, keep):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if keep is not None:
                    keep += data
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.server.close()


@pytest.fixture
def recorded(make_box):
    """finance dials interior through a recorder; interior does not dial."""
    finance, interior = make_box("finance"), make_box("interior")
    recorder = Recorder(interior.host)
    finance.peer_add(interior.card())
    text = finance.configuration.read_text()
    finance.configuration.write_text(re.sub(
        r'^(card = "dakghar:1:interior:.*)$',
        rf'\1\naddresses = ["{recorder.host}:7400"]', text, flags=re.MULTILINE))
    interior.peer_add(finance.card())
    # The card's address of finance leads nowhere: only finance dials.
    text = interior.configuration.read_text()
    interior.configuration.write_text(re.sub(
        r'^(card = "dakghar:1:finance:.*)$', rf'\1\naddresses = ["{loopback_host()}:7400"]',
        text, flags=re.MULTILINE))
    interior.start()
    finance.start()
    finance.wait_peer("interior", "up", within=15)
    yield finance, interior, recorder
    recorder.close()


def test_a_replayed_handshake_displaces_nothing(recorded, account, client):
    """Everything that finance said is said again to interior: it counts for nothing, the true
    session stays, and no message comes a second time."""
    finance, interior, recorder = recorded
    alice = client(finance, account(finance, "alice")).login()
    bob = client(interior, account(interior, "bob")).login()
    alice.send(bob, "the first time")
    bob.reads("the first time")
    since = next(p["since"] for p in interior.peers() if p["name"] == "finance")
    said = bytes(recorder.said[-1])
    first = said[:2 + struct.unpack(">H", said[:2])[0]]

    held = [socket.create_connection((interior.host, 7400)) for _ in range(3)]
    for half in held:
        half.sendall(first)
    hung_up_on(interior.host, said)
    alice.send(bob, "the session is the same")
    bob.reads("the session is the same")
    for half in held:
        half.close()
    assert bob.bodies == ["the first time", "the session is the same"]
    assert next(p["since"] for p in interior.peers() if p["name"] == "finance") == since


def test_a_box_that_is_not_in_the_list_gets_nowhere(make_box, account, client):
    """A stranger knows interior's card, interior does not know the stranger's: no session, no mail."""
    stranger, interior = make_box("stranger"), make_box("interior")
    stranger.peer_add(interior.card())
    bob = client(interior.start(), account(interior, "bob")).login()
    mallory = client(stranger.start(), account(stranger, "mallory")).login()
    mallory.send(bob, "let me in")
    stays(lambda: stranger.peer_state("interior") == "down" and not bob.bodies, during=8,
          what="no session, although the stranger dials again and again")
    assert not mallory.errors, "its own box keeps the message, as for any line that is dead"


def test_a_known_name_with_another_key_is_refused(make_box):
    """`peer add` of the same name with other keys ends with 77 and changes nothing."""
    finance, interior = make_box("finance"), make_box("interior")
    finance.peer_add(interior.card())
    forged = Box(interior.directory.with_name("imposter"), "interior", interior.domain)
    before = finance.configuration.read_text()
    with pytest.raises(CommandFailed) as refused:
        finance.peer_add(forged.card())
    assert refused.value.code == 77
    assert finance.configuration.read_text() == before
    forged.discard()


@pytest.mark.parametrize("change", ["signature", "address", "domain", "cut off", "nonsense"])
def test_a_card_that_was_changed_is_refused(change, make_box):
    """One changed character anywhere: exit code 65, a message, and no peer."""
    finance, interior = make_box("finance"), make_box("interior")
    card = interior.card()
    forged = {
        "signature": card[:-10] + ("A" if card[-10] != "A" else "B") + card[-9:],
        "address": card.replace(interior.host, "127.0.0.1"),
        "domain": card.replace("interior.gov.test", "treasury.gov.test"),
        "cut off": card[:-20],
        "nonsense": "dakghar:1:hello",
    }[change]
    assert forged != card
    with pytest.raises(CommandFailed) as refused:
        finance.peer_add(forged)
    assert refused.value.code == 65
    assert refused.value.error.strip()
    assert finance.peers() == []


def test_a_box_speaks_for_its_own_domain_only(make_box, account, client):
    """A true peer whose box was altered sends mail in another office's name: it is refused, logged,
    and nobody reads it; mail of its own name still arrives."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    # The same keys, another domain: what somebody with the box in his hands can make of it.
    liar = make_box("liar", domain="treasury.gov.test")
    keys = (finance.directory / "keys/identity.key").read_text()
    (liar.directory / "keys/identity.key").write_text(
        keys.replace("name finance\n", "name liar\n")
        .replace(f"domain {finance.domain}\n", f"domain {liar.domain}\n"))
    liar.peer_add(interior.card())
    bob = client(interior.start(), account(interior, "bob")).login()
    mallory = client(liar.start(), account(liar, "mallory")).login()
    mallory.send(bob, "I am the treasury")
    until(lambda: "speaks for its own domain only" in interior.log(), within=20,
          what="interior refuses it and says so in its log")
    liar.stop()
    finance.start()
    alice = client(finance, account(finance, "alice")).login()
    alice.send(bob, "I am finance")
    bob.reads("I am finance", within=15)
    assert bob.bodies == ["I am finance"]


def test_half_a_handshake_is_given_up(finance):
    """Who connects to the link port and says nothing is hung up on within 20 s."""
    with socket.create_connection((finance.host, 7400), timeout=25) as plain:
        began = time.monotonic()
        assert plain.recv(10) == b""
        assert time.monotonic() - began < 20


def test_hundreds_of_silent_connections_leave_the_link_up(finance, interior):
    """More sockets than may be half open say nothing: the oldest go, the box and its link stay."""
    silent = []
    try:
        for _ in range(300):
            silent.append(socket.create_connection((finance.host, 7400), timeout=5))
        assert finance.process is not None and finance.process.poll() is None
        finance.wait_peer("interior", "up", within=10)
    finally:
        for half in silent:
            half.close()

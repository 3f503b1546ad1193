"""The acknowledgement is a promise: whatever is killed, and however often."""

import random
import threading
import time

import pytest

from dakghar_harness import RawStream, StreamEnded, record
from dakghar_harness.traces import disguises, found_in

SENTENCE = "The auditors arrive on Thursday at nine, tell nobody."
MANAGEMENT = "{urn:xmpp:sm:3}"
ARCHIVE = "{urn:xmpp:mam:2}"
FORWARD = "{urn:xmpp:forward:0}"
RSM = "{http://jabber.org/protocol/rsm}"
CLIENT = "{jabber:client}"
#: Stanzas between two requests for an acknowledgement, and how far the writer runs ahead of it.
BATCH, WINDOW = 50, 1000


class Writer:
    """Writes messages as fast as it can and knows which were acknowledged; the names count up for
    ever. After a kill it sends again what the box did not take (XEP-0198 §5)."""

    def __init__(self, box, local, password, recipient):
        self.box, self.local, self.password, self.recipient = box, local, password, recipient
        self.next = 0
        self.base = 0
        self.acknowledged = 0
        self.identity = None
        self.stream = None

    def connect(self):
        """A new session. All that was not taken by the last one is written first."""
        self.stream = RawStream.to(self.box).start_tls()
        self.stream.open()
        self.stream.authenticate(self.local, self.password)
        self.stream.open()
        if self.identity:
            failed = self.stream.resume(self.identity)
            assert failed.tag == f"{MANAGEMENT}failed"
            taken = failed.get("h")
            if taken is not None:
                assert self.base + int(taken) >= self.acknowledged, "the box took back a promise"
                self.acknowledged = self.base + int(taken)
        self.stream.bind("writer")
        self.identity = self.stream.enable()
        written, self.next = self.next, self.acknowledged
        self.base = self.acknowledged
        self.write_until(lambda: self.next >= written)

    def write_until(self, done):
        """Writes batches until `done()`; returns quietly when the stream ends."""
        try:
            while not done():
                while self.next - self.acknowledged > WINDOW - BATCH:
                    self.read_acknowledgement()
                names = range(self.next, self.next + BATCH)
                self.stream.send("".join(
                    f"<message to='{self.recipient}' type='chat' id='w{n}'>"
                    f"<body>{n} {SENTENCE}</body></message>" for n in names)
                    + "<r xmlns='urn:xmpp:sm:3'/>")
                self.next += BATCH
        except (OSError, StreamEnded):
            pass

    def read_acknowledgement(self):
        element = self.stream.expect(f"{MANAGEMENT}a")
        self.acknowledged = self.base + int(element.get("h"))

    def drain(self):
        """Reads what the box still said before its end."""
        try:
            while True:
                self.read_acknowledgement()
        except (OSError, StreamEnded, AssertionError):
            self.stream.close()


class Reader:
    """Reads an archive from where it stopped, and keeps the numbers in the texts."""

    def __init__(self, box, local, password):
        self.box, self.local, self.password = box, local, password
        self.last = None
        self.numbers = []

    def read_on(self):
        with RawStream.to(self.box).login(self.local, self.password, resource="reader") as stream:
            while not self._page(stream):
                pass
        return self.numbers

    def _page(self, stream):
        after = f"<after>{self.last}</after>" if self.last else ""
        stream.send("<iq type='set' id='page'><query xmlns='urn:xmpp:mam:2'>"
                    f"<set xmlns='{RSM[1:-1]}'><max>250</max>{after}</set></query></iq>")
        while True:
            element = stream.next()
            result = element.find(f"{ARCHIVE}result")
            if result is not None:
                body = result.findtext(f"{FORWARD}forwarded/{CLIENT}message/{CLIENT}body")
                self.numbers.append(int(body.split()[0]))
            elif element.tag == f"{CLIENT}iq" and element.get("id") == "page":
                fin = element.find(f"{ARCHIVE}fin")
                self.last = fin.findtext(f"{RSM}set/{RSM}last") or self.last
                return fin.get("complete") == "true"


def test_every_acknowledged_message_survives_every_kill_once(
        make_box, account, password, long_run):
    """A writer at full speed, SIGKILL at a random moment, again and again: what was acknowledged is
    in the archive after each restart, once, in order; and no file holds the sentence."""
    kills = 50 if long_run else 5
    chance = random.Random(kills)
    box = make_box("finance")
    bob = account(box, "bob")
    writer = Writer(box, account(box, "alice"), password, f"{bob}@{box.domain}")
    sender_side = Reader(box, writer.local, password)
    reader = Reader(box, bob, password)
    box.start()
    started, slept = time.monotonic(), 0.0
    for turn in range(kills):
        writer.connect()
        moment = chance.uniform(0.05, 0.9)
        killer = threading.Timer(moment, box.kill)
        killer.start()
        writer.write_until(lambda: False)
        killer.join()
        slept += moment
        writer.drain()
        assert found_in(box.directory.rglob("*"), SENTENCE) == []
        box.start()
        for side in (reader, sender_side):
            numbers = side.read_on()
            missing = set(range(writer.acknowledged)) - set(numbers)
            assert not missing, f"kill {turn}: {len(missing)} acknowledged ones are gone"
            assert len(numbers) == len(set(numbers)), f"kill {turn}: some are there twice"
            assert numbers == sorted(numbers), f"kill {turn}: the order is lost"
    writer.connect()
    while writer.acknowledged < writer.next:
        writer.read_acknowledgement()
    assert reader.read_on() == list(range(writer.next)), "sent again, all is there once"
    record("crash", kills=kills, messages=writer.next, seconds=time.monotonic() - started,
           messages_per_second_while_writing=writer.acknowledged / slept)


def test_the_search_would_find_the_sentence(tmp_path):
    """The search itself works: plain, and inside a base64 text, wherever it begins."""
    import base64
    for number, prefix in enumerate((b"", b"x", b"xy")):
        path = tmp_path / f"{number}"
        path.write_bytes(base64.b64encode(prefix + SENTENCE.encode() + b" and more"))
        assert found_in([path], SENTENCE), disguises(SENTENCE)
    path.write_bytes(b"...." + SENTENCE.encode())
    assert found_in([path], SENTENCE)


@pytest.mark.parametrize("moment", ["at once", "after a second"])
def test_a_box_that_is_killed_twice_in_a_row_starts_again(moment, make_box, account, client):
    """A kill during the recovery from a kill is a kill like any other."""
    box = make_box("finance")
    alice, bob = account(box, "alice"), account(box, "bob")
    box.start()
    writer = client(box, alice).login()
    writer.wait_acknowledged(writer.send_all(f"{bob}@{box.domain}",
                                             [f"kept {n}" for n in range(100)]))
    box.kill()
    for _ in range(3):
        box.start(wait=moment != "at once")
        box.kill()
    box.start()
    reader = client(box, bob).login()
    assert reader.reads_all(100, within=15) == [f"kept {n}" for n in range(100)]

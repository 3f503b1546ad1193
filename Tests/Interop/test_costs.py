"""What a message costs, in counts that do not depend on the machine: calls, syncs and bytes.

The bounds are about twice what was measured with a debug build (`record` keeps what this run found), so that
they say something when one more copy, query or sync comes into the way of every message.
"""

import random
import socket
import threading

import pytest

from dakghar_harness import RawStream, introduce, record, until
from dakghar_harness.costs import (
    Counter, InstructionCounter, reason_unavailable, reason_without_instructions)
from dakghar_harness.raw import MANAGEMENT

pytestmark = pytest.mark.skipif(reason_unavailable() is not None, reason=reason_unavailable() or "")

WORDS = ("please bring the register of our district office to a meeting tomorrow morning and both keys water road "
         "letter signed copy fuel will arrive have received budget school line report street house people").split()


def text(number):
    """About 100 bytes, other words for each number."""
    chance = random.Random(number)
    return " ".join(chance.choice(WORDS) for _ in range(16))


class Sender:
    """Writes and waits until the box has acknowledged it."""

    def __init__(self, box, user, password):
        self.stream = RawStream.to(box, within=60).login(user, password)
        self.stream.enable()
        self.written = 0

    def write(self, to, count):
        """All at once, with one request for an acknowledgement."""
        numbers = range(self.written, self.written + count)
        self.written += count
        self.stream.send("".join(
            f"<message to='{to}' type='chat' id='c{n}'><body>{text(n)}</body></message>" for n in numbers)
            + "<r xmlns='urn:xmpp:sm:3'/>")
        while int(self.stream.expect(f"{MANAGEMENT}a").get("h", "0")) < self.written:
            pass

    def write_one_by_one(self, to, count):
        for _ in range(count):
            self.write(to, 1)


class Line:
    """Between two boxes: counts the bytes that their connections carry, both ways."""

    def __init__(self, host):
        self.target = (host, 7400)
        self.bytes = 0
        self._listener = socket.create_server((host, 0))
        self.address = f"{host}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(self.target)
            except OSError:
                return
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source, sink):
        try:
            while data := source.recv(65_536):
                self.bytes += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def close(self):
        self._listener.close()


@pytest.fixture
def counted(make_box, password):
    """A box whose calls are counted, with alice and bob."""
    box = make_box("finance")
    for user in ("alice", "bob"):
        box.user_add(user, password)
    counter = Counter(box)
    return box, counter


def spent(counter, count, work):
    before = counter.look()
    work()
    return (counter.look() - before).each(count)


def note(what, cost):
    record(what, allocations=cost.allocations, allocated_bytes=cost.allocated, syncs=cost.syncs,
           disk_bytes=cost.written)


def test_a_burst_of_messages_shares_its_syncs_and_allocates_little(counted, password):
    box, counter = counted
    box.start()
    alice = Sender(box, "alice", password)
    alice.write(f"bob@{box.domain}", 200)
    cost = spent(counter, 1_000, lambda: alice.write(f"bob@{box.domain}", 1_000))
    note("a message of a burst", cost)
    assert cost.allocations < 240
    assert cost.allocated < 25_000
    assert cost.syncs < 0.1
    assert cost.written < 4_000


def test_a_single_message_has_one_sync_to_itself(counted, password):
    box, counter = counted
    box.start()
    alice = Sender(box, "alice", password)
    alice.write_one_by_one(f"bob@{box.domain}", 20)
    cost = spent(counter, 100, lambda: alice.write_one_by_one(f"bob@{box.domain}", 100))
    note("a single message", cost)
    assert cost.allocations < 540
    assert 1 <= cost.syncs < 1.5
    assert cost.written < 45_000


@pytest.mark.skipif(reason_without_instructions() is not None, reason=reason_without_instructions() or "")
def test_a_message_takes_a_bounded_number_of_instructions(make_box, password):
    """Of the box's own threads, all together; 460,000 in a debug build, 117,000 in a release build."""
    box = make_box("finance")
    for user in ("alice", "bob"):
        box.user_add(user, password)
    counter = InstructionCounter(box)
    counter.start()
    alice = Sender(box, "alice", password)
    alice.write(f"bob@{box.domain}", 200)
    counter.since_last()
    alice.write(f"bob@{box.domain}", 1_000)
    each = counter.since_last() / 1_000
    record("instructions of a message of a burst", instructions=each)
    assert 50_000 < each < 900_000


def test_what_waits_for_another_office_costs_the_same_however_much_there_is(counted, make_box, password):
    box, counter = counted
    other = make_box("interior")
    introduce(box, other)
    box.start()
    alice = Sender(box, "alice", password)
    to = f"kamran@{other.domain}"
    alice.write(to, 500)
    first = spent(counter, 500, lambda: alice.write(to, 500))
    few = spent(counter, 1, box.status_json)
    alice.write(to, 4_000)
    later = spent(counter, 500, lambda: alice.write(to, 500))
    many = spent(counter, 1, box.status_json)
    note("a message that waits, 500 before it", first)
    note("a message that waits, 5,000 before it", later)
    assert later.allocations < 1.2 * first.allocations + 20
    assert later.allocated < 1.2 * first.allocated + 5_000
    assert later.allocations < 420
    assert later.syncs < 0.2
    assert many.allocations < 1.2 * few.allocations + 500


def test_messages_that_waited_take_few_bytes_of_the_line(make_box, password):
    here, there = make_box("finance"), make_box("interior")
    here.user_add("alice", password)
    there.user_add("kamran", password)
    introduce(here, there)
    lines = []
    for box, far in ((here, there), (there, here)):
        line = Line(far.host)
        lines.append(line)
        box.configuration.write_text(box.configuration.read_text().rstrip() + f'\naddresses = ["{line.address}"]\n')
    here.start()
    alice = Sender(here, "alice", password)
    alice.write(f"kamran@{there.domain}", 1_000)
    there.start()
    until(lambda: not here.status_json()["queue"], within=60, what="everything has arrived")
    passed = sum(line.bytes for line in lines)
    for line in lines:
        line.close()
    record("a message on the line", wire_bytes=passed / 1_000)
    assert passed / 1_000 < 50

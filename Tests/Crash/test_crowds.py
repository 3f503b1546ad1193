"""Many clients at once: those who vanish, and those who all come back after a restart."""

import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dakghar_harness import RawStream, record, until

#: Clients that log in at the same time; together they keep a processor busy with TLS and SCRAM.
AT_ONCE = 16
#: Sessions of one account, below its limit.
SESSIONS = 10
#: Private memory that one connected client may cost, bytes: the session, its TLS, its buffers.
BYTES_PER_CLIENT = 256 << 10
#: The same for a session that waits for its client (XEP-0198).
BYTES_PER_HIBERNATING = 64 << 10
#: What a crowd may leave behind in the allocator, bytes.
LEFT_BYTES = 16 << 20
#: Sessions of one account at most, by default.
PER_ACCOUNT = 16


def private_memory(box):
    lines = open(f"/proc/{box.pid}/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) << 10


def descriptors(box):
    return len(os.listdir(f"/proc/{box.pid}/fd"))


@pytest.fixture
def crowd(make_box, account):
    """A box with so many accounts, and two bystanders."""
    def make(accounts):
        box = make_box("finance")
        names = [account(box, f"guest{n}") for n in range(accounts)]
        bystanders = account(box, "alice"), account(box, "bob")
        box.start()
        return box, names, bystanders
    return make


def come(box, name, password, number):
    stream = RawStream.to(box, within=60)
    stream.start_tls()
    stream.open()
    stream.authenticate(name, password)
    stream.open()
    assert stream.bind(f"r{number}"), "there is room for a session"
    stream.send("<presence/>")
    return stream


def test_clients_that_log_in_and_vanish_are_nobody_elses_trouble(
        crowd, client, password, long_run):
    """Half of them could come back (XEP-0198), none does. Two others write to each other all the time."""
    visits = 5_000 if long_run else 150
    box, names, (alice, bob) = crowd(5)
    writer, reader = client(box, alice).login(), client(box, bob).login()
    before, open_before = private_memory(box), descriptors(box)

    def visit(number):
        stream = come(box, names[number % len(names)], password, number)
        if number % 2:
            stream.enable()
        stream.close()

    sent = []
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        visitors = [threads.submit(visit, number) for number in range(visits)]
        while not all(visitor.done() for visitor in visitors):
            sent += writer.send_all(reader, [f"bystander {len(sent)}"])
            writer.wait_acknowledged(sent[-1:], within=30)
        for visitor in visitors:
            visitor.result()
    seconds = time.monotonic() - started
    assert reader.reads_all(len(sent), within=30) == [f"bystander {n}" for n in range(len(sent))]
    until(lambda: descriptors(box) <= open_before + 2, within=30, look=0.2,
          what=lambda: f"every vanished connection is closed: {descriptors(box)}, before {open_before}")
    room = LEFT_BYTES + PER_ACCOUNT * len(names) * BYTES_PER_HIBERNATING
    until(lambda: private_memory(box) - before < room, within=30, look=0.5,
          what=lambda: f"{(private_memory(box) - before) >> 10} KiB more than before")
    record("vanishing clients", visits=visits, seconds=seconds, bystander_messages=len(sent),
           left_bytes=private_memory(box) - before)


def test_a_restart_is_followed_by_a_storm_that_the_box_serves(crowd, client, password, long_run):
    """All clients come back, `AT_ONCE` at a time as fast as they can, in bounded time and memory;
    somebody who is among them can write."""
    clients = 2_000 if long_run else 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 3 * clients:
        pytest.skip(f"needs {3 * clients} descriptors, there are {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3 * clients), hard))
    box, names, (alice, bob) = crowd(-(-clients // SESSIONS))
    writer, reader = client(box, alice).login(), client(box, bob).login()
    box.kill()
    for person in (writer, reader):
        until(lambda p=person: not p.connected, within=30, what="the clients lose their box")
    box.start()
    idle = private_memory(box)
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        arriving = [threads.submit(come, box, names[n // SESSIONS], password, n) for n in range(clients)]
        writer.reconnect(within=60)
        reader.reconnect(within=60)
        among = writer.send_all(reader, ["in the storm"])
        writer.wait_acknowledged(among, within=60)
        reader.reads("in the storm", within=60)
        streams = [each.result() for each in arriving]
    seconds = time.monotonic() - started
    try:
        assert seconds < 30 + clients / 10, "ten logins a second at least, tests' own work included"
        cost = private_memory(box) - idle
        assert cost < LEFT_BYTES + clients * BYTES_PER_CLIENT, f"{cost / clients / 1024:.0f} KiB each"
        record("reconnect storm", clients=clients, seconds=seconds, bytes_per_client=cost / clients)
    finally:
        for stream in streams:
            stream.close()

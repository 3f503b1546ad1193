"""The cut between two offices: 200 messages, a killed box, and each arrives once, in order."""

import secrets
import time

import pytest

from dakghar_harness import record, stays, until

#: How long the line is cut, seconds.
CUTS = [10, pytest.param(120, marks=pytest.mark.long), pytest.param(1200, marks=pytest.mark.long)]
COUNT = 200
both_kinds = pytest.mark.parametrize("kind", ["down", "blackhole"])


def write_through_a_kill(box, alice, bob, texts):
    """alice writes the first half, her box is killed in the second, she sends again what it did
    not acknowledge. In the end everything is acknowledged."""
    half = len(texts) // 2
    sent = alice.send_all(bob, texts[:half])
    alice.wait_acknowledged(sent)
    sent += alice.send_all(bob, texts[half:])
    box.kill()
    until(lambda: not alice.connected, within=5, what="alice loses her box")
    box.start()
    assert alice.reconnect() == "started"
    alice.wait_acknowledged(sent)


def each_once_in_order(bob, alice, texts, restored, name):
    """bob has all of them as they were written, nobody was sent an error; notes the seconds."""
    bob.reads_all(len(texts), within=60)
    arrivals = [m.at - restored for m in bob.inbox]
    record(name, first_seconds=arrivals[0], last_seconds=arrivals[-1])
    print(f"{name}: first {arrivals[0]:.1f} s, last {arrivals[-1]:.1f} s after the line's return")
    assert [m.body for m in bob.inbox] == texts
    assert [m.body for m in bob.archive() if m.body in set(texts)] == texts
    assert not alice.errors and not bob.errors
    return arrivals


@pytest.mark.parametrize("seconds", CUTS)
@pytest.mark.parametrize("acquainted", [True, False], ids=["warm", "cold"])
@both_kinds
def test_200_messages_written_during_a_cut_arrive_once_and_in_order(
        kind, acquainted, seconds, two_offices):
    """Also though the sender's box is killed half-way; whether the boxes had met before or not."""
    scene = two_offices(cut=None if acquainted else kind)
    scene.line.cut(kind)
    cut_at = time.monotonic()
    texts = [f"{number} while the line is down" for number in range(COUNT)]
    write_through_a_kill(scene.finance, scene.alice, scene.bob, texts)
    stays(lambda: not scene.bob.inbox and not scene.alice.errors,
          during=cut_at + seconds - time.monotonic(), what="nothing arrives, nothing bounces")

    scene.line.restore()
    restored = time.monotonic()
    warmth = "warm" if acquainted else "cold"
    first, *_ = each_once_in_order(scene.bob, scene.alice, texts, restored,
                                   f"cut {seconds} s, {kind}, {warmth}")
    assert first < 6, "a returned line is noticed within 5 s"
    until(lambda: not scene.finance.queue_json()["entries"], within=15, look=0.2,
          what="nothing waits any more")


@both_kinds
def test_the_receiving_box_may_be_killed_while_it_drains(kind, two_offices):
    """The line returns slowly, interior is killed in the middle of it, and still each arrives once."""
    scene = two_offices()
    scene.line.cut(kind)
    texts = [f"{number} {secrets.token_hex(150)}" for number in range(COUNT)]
    scene.alice.wait_acknowledged(scene.alice.send_all(scene.bob, texts))

    scene.line.throttle("64kbit")
    scene.line.restore()
    restored = time.monotonic()
    until(lambda: len(scene.bob.inbox) >= 10, within=30, what="the first messages arrive")
    scene.interior.kill()
    killed_after = len(scene.bob.bodies)
    assert killed_after < COUNT, "the kill came too late to prove anything"
    scene.interior.start()
    scene.bob.reconnect()
    scene.bob.reads_all(COUNT, within=60)
    record(f"receiver killed, {kind}, 64 kbit/s",
           last_seconds=scene.bob.inbox[-1].at - restored, killed_after_messages=killed_after)
    assert scene.bob.bodies == texts
    assert [m.body for m in scene.bob.archive() if m.body in set(texts)] == texts
    assert not scene.alice.errors and not scene.bob.errors


def test_a_line_that_comes_and_goes_brings_everything_once(two_offices):
    """Six short cuts of both kinds while 120 messages are written."""
    scene = two_offices()
    texts = [f"{number} on a bad line" for number in range(120)]
    for turn in range(6):
        scene.line.cut("down" if turn % 2 else "blackhole")
        sent = scene.alice.send_all(scene.bob, texts[turn * 20:turn * 20 + 10])
        scene.alice.wait_acknowledged(sent)
        scene.line.restore()
        scene.alice.send_all(scene.bob, texts[turn * 20 + 10:turn * 20 + 20])
        scene.bob.reads_all(turn * 20 + 1, within=30)
    scene.bob.reads_all(120, within=30)
    assert [m.body for m in scene.bob.inbox] == texts
    assert not scene.alice.errors

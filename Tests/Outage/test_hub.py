"""The hub: two offices without a direct way, and a hub that may die, forget and never reads."""

import time

import pytest

from dakghar_harness import record, stays, until

COUNT = 200
SENTENCE = "the minister travels on tuesday"


def texts_of(word):
    return [f"{number} {word}: {SENTENCE}" for number in range(COUNT)]


def wait_left(box, count, *, within=20):
    """Until the hub has so many of the box's parcels on its disk."""
    until(lambda: [e["state"] for e in box.queue_json()["entries"]].count("left") >= count,
          within=within, look=0.2,
          what=lambda: f"{count} have left the building: {box.queue_json()['entries'][:3]}")


def arrived_once_in_order(scene, texts, restored, name, *, within=60):
    scene.bob.reads_all(len(texts), within=within)
    arrivals = [m.at - restored for m in scene.bob.inbox]
    record(name, first_seconds=arrivals[0], last_seconds=arrivals[-1])
    print(f"{name}: first {arrivals[0]:.1f} s, last {arrivals[-1]:.1f} s after the line's return")
    assert arrivals[0] < 10, "a returned line is used at once"
    assert [m.body for m in scene.bob.inbox] == texts
    assert [m.body for m in scene.bob.archive() if m.body in set(texts)] == texts
    assert not scene.alice.errors and not scene.bob.errors


@pytest.mark.parametrize(
    ("direct", "kind", "acquainted"),
    [("never", "down", True), ("never", "blackhole", False),
     ("dead", "blackhole", True), ("dead", "down", False)],
    ids=["no-direct down warm", "no-direct blackhole cold",
         "dead direct blackhole warm", "dead direct down cold"])
def test_the_hub_brings_everything_once_and_in_order(direct, kind, acquainted, with_hub):
    """The line from the hub to interior is cut, the sender's box is killed half-way."""
    scene = with_hub(direct=direct, cut=None if acquainted else kind)
    scene.hub_interior.cut(kind)
    cut_at = time.monotonic()
    texts = texts_of("through the hub")
    sent = scene.alice.send_all(scene.bob, texts[:COUNT // 2])
    scene.alice.wait_acknowledged(sent)
    sent += scene.alice.send_all(scene.bob, texts[COUNT // 2:])
    scene.finance.kill()
    until(lambda: not scene.alice.connected, within=5, what="alice loses her box")
    scene.finance.start()
    scene.alice.reconnect()
    scene.alice.wait_acknowledged(sent)
    stays(lambda: not scene.bob.inbox and not scene.alice.errors,
          during=cut_at + 8 - time.monotonic(), what="nothing arrives, nothing bounces")
    scene.hub_interior.restore()
    warmth = "warm" if acquainted else "cold"
    arrived_once_in_order(scene, texts, time.monotonic(), f"hub, direct {direct}, {kind}, {warmth}")


def test_the_hub_may_be_killed_in_between(with_hub):
    """What the hub said it has is on its disk: it is killed, started, and brings it."""
    scene = with_hub(direct="never")
    scene.hub_interior.cut("blackhole")
    texts = texts_of("kept by the hub")
    scene.alice.wait_acknowledged(scene.alice.send_all(scene.bob, texts))
    wait_left(scene.finance, COUNT)
    scene.hub.kill()
    scene.finance.kill()
    scene.hub.start()
    scene.hub_interior.restore()
    arrived_once_in_order(scene, texts, time.monotonic(), "hub killed, origin dead")
    scene.finance.start()
    until(lambda: not scene.finance.queue_json()["entries"], within=20, look=0.2,
          what="the acknowledgement comes home through the hub")


def test_the_hub_may_lose_its_disk_in_between(with_hub):
    """The origin keeps every parcel until its destination has it: a wiped hub costs nothing."""
    scene = with_hub(direct="never")
    scene.hub_interior.cut("down")
    texts = texts_of("lost by the hub")
    scene.alice.wait_acknowledged(scene.alice.send_all(scene.bob, texts))
    wait_left(scene.finance, COUNT)
    scene.hub.stop()
    for file in scene.hub.database_files():
        file.unlink()
    scene.hub.start()
    scene.hub_interior.restore()
    arrived_once_in_order(scene, texts, time.monotonic(), "hub wiped")


def test_the_hub_cannot_read_what_it_keeps(with_hub):
    """Neither the sentence nor the names of the people are anywhere in the hub's directory."""
    scene = with_hub(direct="never")
    scene.hub_interior.cut("blackhole")
    scene.alice.wait_acknowledged(scene.alice.send_all(scene.bob, texts_of("sealed")))
    wait_left(scene.finance, COUNT)
    scene.hub.kill()
    kept = b"".join(path.read_bytes() for path in scene.hub.directory.rglob("*")
                    if path.is_file())
    assert len(kept) > COUNT * 10
    for word in (SENTENCE, "sealed:", scene.alice.bare, scene.bob.bare):
        assert word.encode() not in kept, word


def test_a_message_takes_the_direct_line_when_that_returns_first(with_hub):
    """It waits for the hub's line, leaves by the direct one, and does not come a second time."""
    scene = with_hub(direct="dead")
    scene.hub_interior.cut("blackhole")
    texts = texts_of("the other way")
    scene.alice.wait_acknowledged(scene.alice.send_all(scene.bob, texts))
    wait_left(scene.finance, COUNT)
    scene.line.restore()
    arrived_once_in_order(scene, texts, time.monotonic(), "direct way returns before the hub's")
    scene.hub_interior.restore()
    scene.interior.wait_peer("hub", "up", within=10)
    scene.alice.send(scene.bob, "and one more")
    scene.bob.reads("and one more")
    stays(lambda: len(scene.bob.inbox) == COUNT + 1, during=4,
          what="the hub's copies are not shown again")

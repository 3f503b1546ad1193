"""Thin lines through the shaper: text overtakes a load, the line is never idle while something waits,
and everything accepted arrives once and in order, however often the line goes and comes."""

import time

import pytest

from dakghar_harness import record, until
from dakghar_harness.thin_scene import LINES, LOAD_BYTES, crossing, latencies, loads, note, pour, shape

long = pytest.mark.long


@pytest.mark.parametrize(("name", "loss"), [
    ("9.6 kbit/s", 0.02),
    pytest.param("9.6 kbit/s", 0.0, marks=long), pytest.param("9.6 kbit/s", 0.1, marks=long),
    pytest.param("64 kbit/s", 0.0, marks=long), pytest.param("64 kbit/s", 0.02, marks=long),
    pytest.param("64 kbit/s", 0.1, marks=long),
    pytest.param("1 Mbit/s", 0.0, marks=long), pytest.param("1 Mbit/s", 0.02, marks=long),
    pytest.param("1 Mbit/s", 0.1, marks=long),
])
def test_text_overtakes_a_load(name, loss, long_run, thin_offices):
    """A text written while a load is under way waits for one frame of it, and the line stays busy."""
    scene = thin_offices(name, loss)
    rate = LINES[name]["rate"] / 8
    texts, pause = (8, 2) if not long_run else (40, 3) if rate < 100_000 else (40, 0.5)
    pour(scene, rate * (texts * pause + 40) / 1000)
    until(lambda: len(loads(scene)) >= 2, within=60, what="the load is under way")
    before, started, had = scene.line.counters()["up"], time.monotonic(), len(loads(scene))
    times = latencies(scene, texts, every=pause, within=90)
    seconds = time.monotonic() - started
    after, got = scene.line.counters()["up"], (len(loads(scene)) - had) * LOAD_BYTES
    idle = (after["idle"] - before["idle"]) / seconds
    note(f"text during a load, {name}, {loss:.0%} loss", times, idle_share=idle,
         line_used=(after["bytes"] - before["bytes"]) / rate / seconds,
         load_goodput=got / rate / seconds)
    assert loads(scene) == sorted(set(loads(scene)), key=int), "the load comes once and in order"
    assert scene.finance.queue_json()["entries"], "the load was too small to prove anything"
    # What cannot be helped: the way there, and the text itself. A lost packet costs round trips.
    least = crossing(name)
    if loss < 0.1:
        assert sorted(times)[len(times) // 2] < least + 2
    if not loss:
        assert idle < 0.1, "the line was idle while something waited"


@pytest.mark.parametrize("direction", ["up", "down"])
@long
def test_text_overtakes_a_load_on_a_lopsided_line(direction, thin_offices):
    """One direction at 9.6 kbit/s, the other at 1 Mbit/s."""
    scene = thin_offices("1 Mbit/s", 0.0)
    {"up": scene.line.shape_up, "down": scene.line.shape_down}[direction](**LINES["9.6 kbit/s"])
    rate = (9_600 if direction == "up" else 1_000_000) / 8
    pour(scene, rate * 100 / 1000)
    until(lambda: len(loads(scene)) >= 2, within=60, what="the load is under way")
    times = latencies(scene, 20, every=3, within=90)
    note(f"text during a load, lopsided, thin {direction}", times)
    assert sorted(times)[10] < crossing("9.6 kbit/s") + 2


@pytest.mark.parametrize("name", ["64 kbit/s", pytest.param("9.6 kbit/s", marks=long)])
def test_text_overtakes_a_load_through_a_hub(name, thin_hub):
    """The hub reads nothing, and still lets text go between the frames of the load."""
    scene = thin_hub(name)
    rate = LINES[name]["rate"] / 8
    pour(scene, rate * 60 / 1000)
    until(lambda: len(loads(scene)) >= 2, within=60, what="the load is under way")
    times = latencies(scene, 8, every=2, within=90)
    note(f"text during a load through a hub, {name}", times)
    assert sorted(times)[4] < crossing(name) + 2


@pytest.mark.parametrize(("name", "loss", "up", "down", "turns"), [
    ("64 kbit/s", 0.02, 5, 3, 3),
    pytest.param("64 kbit/s", 0.02, 30, 30, 4, marks=long),
    pytest.param("9.6 kbit/s", 0.02, 30, 30, 6, marks=long),
    pytest.param("9.6 kbit/s", 0.1, 30, 20, 6, marks=long),
    pytest.param("1 Mbit/s", 0.1, 30, 30, 4, marks=long),
])
def test_a_line_that_comes_and_goes_makes_progress(name, loss, up, down, turns, thin_offices):
    """Cuts of both kinds in turn: everything arrives once and in order, and some of the load in each
    turn."""
    scene = thin_offices(name, loss)
    rate = LINES[name]["rate"] / 8
    count = pour(scene, rate * up * turns * 0.4 / 1000)
    texts = []
    for turn in range(turns):
        texts += [f"{turn}.{number} on a bad line" for number in range(10)]
        scene.alice.send_all(scene.bob, texts[-10:])
        until(lambda limit=time.monotonic() + up: time.monotonic() > limit, within=up + 5, what="up")
        scene.line.cut("down" if turn % 2 else "blackhole")
        until(lambda limit=time.monotonic() + down: time.monotonic() > limit, within=down + 5,
              what="down")
        scene.line.restore()
    restored = time.monotonic()
    until(lambda: len(scene.bob.inbox) >= len(texts), within=120,
          what=lambda: f"{len(texts)} texts: {len(scene.bob.inbox)}")
    until(lambda: len(loads(scene)) >= count, within=240,
          what=lambda: f"a load of {count}: {len(loads(scene))}")
    record(f"cuts, {name}, {loss:.0%} loss, {up} s up, {down} s down",
           all_after_last_return_seconds=time.monotonic() - restored)
    assert [m.body for m in scene.bob.inbox] == texts
    assert loads(scene) == [str(number) for number in range(count)]
    assert not scene.alice.errors and not scene.carol.errors


@pytest.mark.parametrize(("name", "seconds"), [
    ("64 kbit/s", 20),
    pytest.param("64 kbit/s", 600, marks=long), pytest.param("9.6 kbit/s", 600, marks=long)])
def test_a_returned_line_brings_the_first_text_at_once(name, seconds, thin_offices):
    """A black hole so long that both sides have given up; then the first text within a round trip and
    2 s, where the round trip leaves room for a new session."""
    scene = thin_offices(name, 0.0)
    scene.line.cut("blackhole")
    began = time.monotonic()
    texts = [f"{number} while the line is dark" for number in range(20)]
    scene.alice.wait_acknowledged(scene.alice.send_all(scene.bob, texts))
    until(lambda: time.monotonic() > began + seconds, within=seconds + 5, what="the cut is over")
    assert not scene.bob.inbox
    restored = time.monotonic()
    scene.line.restore()
    scene.bob.reads_all(20, within=60)
    first = scene.bob.inbox[0].at - restored
    record(f"black hole {seconds} s, {name}", first_seconds=first,
           last_seconds=scene.bob.inbox[-1].at - restored)
    assert [m.body for m in scene.bob.inbox] == texts
    # A new session is two round trips before the first text; the goal leaves one.
    assert first < 2 + 2 * LINES[name]["delay"] + 4 * LINES[name]["delay"] + 1

"""A thin line: text overtakes what is large, nothing is lost or doubled, the line is never idle."""

import time

import pytest

from dakghar_harness import until
from dakghar_harness.thin_scene import LINES, latencies, loads, note, pour, shape


@pytest.mark.parametrize(
    ("name", "loss"),
    [("9.6 kbit/s", 0.02), ("64 kbit/s", 0.0), ("1 Mbit/s", 0.0)])
def test_text_overtakes_a_load(name, loss, thin_offices):
    """A text written while a load is under way waits for one frame of it, and the line stays busy."""
    scene = thin_offices()
    shape(scene.line, name, loss)
    rate = LINES[name]["rate"] / 8
    delay = LINES[name]["delay"]
    seconds = 30
    pour(scene, rate * (seconds + 60) / 1000)
    until(lambda: loads(scene), within=40, what="the load is under way")
    before, started = scene.line.counters()["up"], time.monotonic()
    had = len(loads(scene))
    times = latencies(scene, 10, every=seconds / 10, within=60)
    after, ended = scene.line.counters()["up"], time.monotonic()
    used = (after["bytes"] + (after["lost"] - before["lost"]) * 600 - before["bytes"]) / rate
    got = (len(loads(scene)) - had) * 1_200
    note(f"{name}, {loss:.0%} loss, text during a load", times,
         line_used=used / (ended - started), goodput=got / (ended - started) / rate)
    print({**after, "idle": after["idle"] - before["idle"]}, scene.finance.status_json()["links"])

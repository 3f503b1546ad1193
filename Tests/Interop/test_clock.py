"""A box whose machine has forgotten the time: it starts in 1970, as many small boards do."""

import glob
import subprocess
import time
from datetime import datetime, timezone

import pytest

from dakghar_harness import introduce, until
from dakghar_harness.box import EXECUTABLE

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
FORGOTTEN = [
    "env", f"LD_PRELOAD={LIBRARY}", "FAKETIME=@1970-01-01 00:02:00", "FAKETIME_DONT_FAKE_MONOTONIC=1",
    "TZ=UTC"]


def _is_static():
    kind = subprocess.run(["ldd", EXECUTABLE], capture_output=True, text=True, check=False)
    return "not a dynamic" in kind.stdout + kind.stderr


pytestmark = pytest.mark.skipif(
    LIBRARY is None or _is_static(), reason="needs the package faketime and a dynamic executable")


def milliseconds():
    return int(time.time() * 1000)


def clock(box):
    return box.status_json()["clock"]


def is_now(box):
    return abs(clock(box)["now"] - milliseconds()) < 60_000


def start_in_1970(box):
    box.wrapper = FORGOTTEN
    return box.start()


def test_it_counts_on_from_the_floor_and_says_that_it_is_unsure(make_box):
    finance = make_box("finance")
    start_in_1970(finance)
    first = clock(finance)
    assert (first["sure"], first["source"]) == (False, "floor")
    assert 1_790_000_000_000 < first["now"] <= milliseconds()
    until(lambda: clock(finance)["now"] > first["now"] + 1_000, within=30)
    assert "clock unsure" in finance.command("status")


def test_a_restart_in_1970_does_not_turn_its_time_back(make_box):
    finance = make_box("finance")
    finance.start()
    assert clock(finance) | {"now": 0} == {"now": 0, "sure": True, "source": "machine"}
    before = clock(finance)["now"]
    finance.stop()
    start_in_1970(finance)
    assert clock(finance)["now"] >= before


def test_an_upstream_tells_it_the_time_and_mail_is_stamped_with_it(make_box, account, client):
    """Then a second peer confirms it."""
    finance, hub, interior = make_box("finance"), make_box("hub"), make_box("interior")
    finance.peer_add(hub.card(), upstream=True)
    hub.peer_add(finance.card())
    introduce(finance, interior)
    hub.start()
    start_in_1970(finance)
    until(lambda: clock(finance)["source"] == "upstream", within=60)
    assert is_now(finance) and not clock(finance)["sure"]
    interior.start()
    until(lambda: clock(finance)["source"] == "peers", within=60)
    assert is_now(finance) and clock(finance)["sure"]
    alice = client(finance, account(finance, "alice")).login()
    bob = client(interior, account(interior, "bob")).login()
    bob.send(str(alice.bare), "from the present")
    alice.wait_for_body("from the present")
    [stamp] = [m.stamp for m in alice.archive() if m.body == "from the present"]
    told = datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(timezone.utc)
    assert abs(told.timestamp() - time.time()) < 120

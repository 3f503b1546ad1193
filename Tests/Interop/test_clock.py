"""A box whose machine has forgotten the time: it starts in 1970, as many small boards do."""

import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from dakghar_harness import introduce, until
from dakghar_harness.box import EXECUTABLE

SOURCE = Path(__file__).parents[1] / "Harness/wrong_clock.c"
COMPILER = shutil.which("cc") or shutil.which("clang")


def _is_static():
    kind = subprocess.run(["ldd", EXECUTABLE], capture_output=True, text=True, check=False)
    return "not a dynamic" in kind.stdout + kind.stderr


pytestmark = pytest.mark.skipif(
    COMPILER is None or _is_static(), reason="needs a C compiler and a dynamic executable")


@pytest.fixture(scope="module")
def in_1970(tmp_path_factory):
    """Starts a box whose machine believes that it is two minutes past midnight in 1970."""
    library = tmp_path_factory.mktemp("clock") / "wrong_clock.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", library, SOURCE], check=True)

    def start(box):
        box.wrapper = ["env", f"LD_PRELOAD={library}", "WRONG_CLOCK=120"]
        return box.start()

    return start


def milliseconds():
    return int(time.time() * 1000)


def clock(box):
    return box.status_json()["clock"]


def is_now(box):
    return abs(clock(box)["now"] - milliseconds()) < 60_000


def test_it_counts_on_from_the_floor_and_says_that_it_is_unsure(in_1970, make_box):
    finance = make_box("finance")
    in_1970(finance)
    first = clock(finance)
    assert (first["sure"], first["source"]) == (False, "floor")
    assert 1_790_000_000_000 < first["now"] <= milliseconds()
    until(lambda: clock(finance)["now"] > first["now"] + 1_000, within=30,
          what="the time goes on")
    assert "clock unsure" in finance.command("status")


def test_a_restart_in_1970_does_not_turn_its_time_back(in_1970, make_box):
    finance = make_box("finance")
    finance.start()
    assert clock(finance) | {"now": 0} == {"now": 0, "sure": True, "source": "machine"}
    before = clock(finance)["now"]
    finance.stop()
    in_1970(finance)
    assert clock(finance)["now"] >= before


def test_an_upstream_tells_it_the_time_and_mail_is_stamped_with_it(in_1970, make_box, account, client):
    """Then a second peer confirms it."""
    finance, hub, interior = make_box("finance"), make_box("hub"), make_box("interior")
    finance.peer_add(hub.card(), upstream=True)
    hub.peer_add(finance.card())
    introduce(finance, interior)
    hub.start()
    in_1970(finance)
    until(lambda: clock(finance)["source"] == "upstream", within=60, what="the hub tells the time")
    assert is_now(finance) and not clock(finance)["sure"]
    interior.start()
    until(lambda: clock(finance)["source"] == "peers", within=60, what="a second peer agrees")
    assert is_now(finance) and clock(finance)["sure"]
    alice = client(finance, account(finance, "alice")).login()
    bob = client(interior, account(interior, "bob")).login()
    bob.send(alice, "from the present")
    alice.reads("from the present")
    [stamp] = [m.archived_at for m in alice.archive() if m.body == "from the present"]
    assert abs(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() - time.time()) < 120

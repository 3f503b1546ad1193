"""A disk that gives up: a sync that failed is never taken for one that worked."""

import shutil
import subprocess
from pathlib import Path

import pytest

from dakghar_harness import RawStream, StreamEnded
from dakghar_harness.box import EXECUTABLE

SOURCE = Path(__file__).parents[1] / "Harness/failing_sync.c"
COMPILER = shutil.which("cc") or shutil.which("clang")
MANAGEMENT = "{urn:xmpp:sm:3}"
ARCHIVED = "{urn:xmpp:mam:2}result"
#: Messages before and after the disk gives up.
BEFORE, AFTER = 20, 20


def _loads_sqlite():
    kind = subprocess.run(["ldd", EXECUTABLE], capture_output=True, text=True, check=False)
    return "libsqlite3" in kind.stdout


pytestmark = pytest.mark.skipif(
    COMPILER is None or not _loads_sqlite(), reason="needs a C compiler and a dynamic executable")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    built = tmp_path_factory.mktemp("sync") / "failing_sync.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", built, SOURCE], check=True)
    return built


def message(recipient, number):
    return (f"<message to='{recipient}' type='chat' id='m{number}'><body>number {number}</body></message>"
            "<r xmlns='urn:xmpp:sm:3'/>")


def acknowledged(stream, wanted):
    """Reads until `wanted` are acknowledged or the stream ends; how many were."""
    count = 0
    try:
        while count < wanted:
            count = int(stream.expect(f"{MANAGEMENT}a", within=20).get("h"))
    except (OSError, StreamEnded):
        pass
    return count


def texts(box, local, password):
    """The archive of `local`, as it is on the disk."""
    found = []
    with RawStream.to(box).login(local, password, resource="reader") as stream:
        stream.send("<iq type='set' id='page'><query xmlns='urn:xmpp:mam:2'/></iq>")
        while (element := stream.next()).get("id") != "page":
            if element.find(ARCHIVED) is not None:
                found.append(element.findtext(f".//{{jabber:client}}body"))
    return found


def test_a_failed_sync_stops_the_box_with_a_message_and_nothing_is_acknowledged_after_it(
        make_box, account, password, library, tmp_path):
    sign = tmp_path / "the disk has given up"
    box = make_box("finance")
    alice, bob = account(box, "alice"), account(box, "bob")
    box.wrapper = ["env", f"LD_PRELOAD={library}", f"FAILING_SYNC={sign}"]
    box.start()
    recipient = f"{bob}@{box.domain}"
    stream = RawStream.to(box).login(alice, password)
    stream.enable()
    for number in range(BEFORE):
        stream.send(message(recipient, number))
    assert acknowledged(stream, BEFORE) == BEFORE

    sign.touch()
    try:
        for number in range(BEFORE, BEFORE + AFTER):
            stream.send(message(recipient, number))
    except OSError:
        pass  # the box may be gone before the last one
    assert acknowledged(stream, BEFORE + AFTER) <= BEFORE, "acknowledged although nothing was synced"
    stream.close()

    code = box.process.wait(timeout=20)
    assert code not in (0, -9, -11), code
    last = box.log_tail()
    assert "Writing to the database failed" in last and "Check the disk" in last, last

    # It does not come back by itself while the disk is as it is.
    box.process = None
    box.start(wait=False)
    assert box.process.wait(timeout=20) != 0
    assert "Check the disk" in box.log_tail(10) or "database" in box.log_tail(10)
    box.process = None

    # The disk is well again: all that was acknowledged is there, in order, once.
    sign.unlink()
    box.start()
    found = texts(box, bob, password)
    assert found[:BEFORE] == [f"number {n}" for n in range(BEFORE)]
    assert len(found) == len(set(found))

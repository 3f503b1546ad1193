"""The static executable needs nothing but /proc and its own directory."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dakghar_harness import Box, Client, record, until
from dakghar_harness.box import loopback_host

STATIC = os.environ.get("DAKGHAR_STATIC")
pytestmark = [
    pytest.mark.skipif(not STATIC, reason="DAKGHAR_STATIC names no executable (make static)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root"),
]


@pytest.fixture
def cell(tmp_path):
    """A root directory with the executable and an empty /proc in it."""
    root = tmp_path / "root"
    (root / "proc").mkdir(parents=True)
    shutil.copy(STATIC, root / "dakghar")
    return root


def inside(root: Path, *arguments: str) -> list[str]:
    """The command line that runs the executable in there, with /proc mounted for it alone."""
    words = shlex.join(["/dakghar", *arguments, "--dir", "/box"])
    script = f"mount -t proc proc {shlex.quote(str(root / 'proc'))} && " \
             f"exec chroot {shlex.quote(str(root))} {words}"
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]


def test_the_executable_is_static(cell):
    """No interpreter and no shared library is named in it; its size is below 48 MB."""
    shown = subprocess.run(["readelf", "-ld", cell / "dakghar"], capture_output=True, text=True)
    assert "INTERP" not in shown.stdout and "NEEDED" not in shown.stdout
    size = (cell / "dakghar").stat().st_size
    record("static executable", megabytes=size / 1e6)
    assert size < 48e6


def test_init_run_and_a_login_work_in_an_empty_root(cell, password):
    """`init`, `user add`, `run`, and slixmpp logs in and writes to itself."""
    host = loopback_host()
    printed = subprocess.run(
        inside(cell, "init", "--name", "finance", "--domain", "finance.gov.test",
               "--host", host),
        capture_output=True, text=True, timeout=30)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith("dakghar:1:finance:finance.gov.test:")
    added = subprocess.run(
        inside(cell, "user", "add", "alice", "--password-stdin"), input=password + "\n",
        capture_output=True, text=True, timeout=30)
    assert added.returncode == 0, added.stderr

    box = Box(cell / "box", "finance", host=host, initialise=False)
    box.configure("listen", xmpp=f"{host}:5222", **{
        "xmpp-tls": f"{host}:5223", "link": f"{host}:7400", "web": "off"})
    log = (cell.parent / "chroot.log").open("wb")
    process = subprocess.Popen(inside(cell, "run"), stdout=log, stderr=log)
    try:
        until(lambda: box.reachable(5222) or process.poll() is not None, within=20,
              what="it serves")
        assert process.poll() is None, (cell.parent / "chroot.log").read_text()
        alice = Client(box, "alice", password).login()
        alice.send(alice, "out of an empty root")
        alice.reads("out of an empty root")
        assert sorted(p.name for p in cell.iterdir()) == ["box", "dakghar", "proc"]
        alice.logout()
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0
        log.close()
        box.discard()

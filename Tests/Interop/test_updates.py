"""Another program in the place of the old one, under a supervisor as systemd is one."""

import os
import shutil
import subprocess
import time

import pytest

from dakghar_harness import until
from dakghar_harness.box import EXECUTABLE


def call(*arguments, program=EXECUTABLE, check=True):
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture
def host(make_box, tmp_path):
    """A box, its own copy of the program, and the key of a maker whose updates it takes."""
    box = make_box("finance")
    program = tmp_path / "bin/dakghar"
    program.parent.mkdir()
    shutil.copy2(EXECUTABLE, program)
    public = call("update", "new-key", tmp_path / "maker.key").stdout.strip()
    box.configure("updates", keys=[public], **{"confirm-after": "1 s"})
    return box, program, tmp_path


def update(host, executable, version="99.0.0", name="update"):
    """Signs, and applies."""
    box, program, folder = host
    machine = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    call("update", "sign", "--key", folder / "maker.key", "--for-version", version,
         "--architecture", machine, executable, folder / name)
    return call("update", "apply", folder / name, "--dir", box.directory, program=program)


def start(host):
    """What dakghar.service does at each start; the process."""
    box, program, _ = host
    previous = program.with_name("dakghar.previous")
    if previous.exists():
        call("update", "settle", "--program", program, "--dir", box.directory, program=previous)
    with box.log_path.open("ab") as log:
        return subprocess.Popen([str(program), "run", "--dir", str(box.directory)],
                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def serves(box):
    return box.reachable(5222)


def end(process):
    process.terminate()
    process.wait(timeout=20)


def test_a_good_program_is_kept_once_it_has_served(host):
    """It is on trial until then, and never rolled back after it."""
    box, program, folder = host
    good = folder / "good"
    good.write_bytes(EXECUTABLE.read_bytes() + b"\0")
    good.chmod(0o755)
    update(host, good)
    assert program.read_bytes() == good.read_bytes()
    assert program.with_name("dakghar.previous").read_bytes() == EXECUTABLE.read_bytes()
    trial = program.with_name("dakghar.trial")
    assert trial.exists()
    process = start(host)
    try:
        until((box.directory / "program.good").exists, within=40, what="it says that it is good")
    finally:
        end(process)
    for _ in range(5):
        process = start(host)
        try:
            until(lambda: serves(box), within=40, what="it serves")
            assert not trial.exists()
        finally:
            end(process)
    assert program.read_bytes() == good.read_bytes()


def test_a_broken_program_goes_by_itself(host):
    """A supervisor only starts it again and again; then the box serves with the one before."""
    box, program, folder = host
    broken = folder / "broken"
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\nexit 1\n')
    broken.chmod(0o755)
    update(host, broken)
    starts = 0
    process = None
    limit = time.monotonic() + 60
    try:
        while time.monotonic() < limit:
            starts += 1
            process = start(host)
            until(lambda: process.poll() is not None or serves(box), within=40,
                  what="it ends or serves")
            if process.poll() is None:
                break
        assert process.poll() is None and serves(box)
    finally:
        if process.poll() is None:
            end(process)
    assert starts == 4
    assert program.read_bytes() == EXECUTABLE.read_bytes()


def test_a_host_that_names_no_maker_takes_nothing(host):
    """And says what to do."""
    box, program, _ = host
    box.configure("updates", keys=[])
    done = call("update", "apply", "/dev/null", "--dir", box.directory, program=program, check=False)
    assert done.returncode == 77 and "[updates]" in done.stderr

"""Linux network namespaces: made, entered for a moment, removed again.

A socket belongs for good to the namespace of the thread that made it, so a client needs no process
of its own: its socket is made `inside` the office's namespace and used from anywhere.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator

_CLONE_NEWNET = 0x40000000
_PREFIX = "dk-"
_libc = ctypes.CDLL(None, use_errno=True)
_made: list[str] = []


def reason_unavailable() -> str | None:
    """Why namespaces cannot be made here, or None if they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ("ip", "nft", "tc"):
        if shutil.which(program) is None:
            return f"no `{program}` (Debian: iproute2, nftables)"
    probe = f"{_PREFIX}{os.getpid()}-probe"
    tried = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if tried.returncode != 0:
        return f"ip netns add: {tried.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", probe], capture_output=True)
    return None


def run(*command: str, given: str | None = None) -> str:
    """Runs a command to its end (10 s at most); its output, or an error that shows what it said."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=10)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}\n{given or ''}")
    return done.stdout


def make(name: str) -> str:
    """Makes a namespace with its loopback up; removed at exit at the latest."""
    full = f"{_PREFIX}{os.getpid()}-{name}"
    run("ip", "netns", "add", full)
    _made.append(full)
    run("ip", "-n", full, "link", "set", "lo", "up")
    return full


def remove(full: str) -> None:
    """Removes a namespace; the links that end in it go with it."""
    subprocess.run(["ip", "netns", "del", full], capture_output=True, timeout=10)
    if full in _made:
        _made.remove(full)


def remove_leftovers() -> None:
    """Removes namespaces of test runs whose process is gone."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        match = re.match(rf"({_PREFIX}(\d+)-\S+)", line)
        if match and not os.path.exists(f"/proc/{match.group(2)}"):
            remove(match.group(1))


@atexit.register
def _remove_all() -> None:
    for full in list(_made):
        remove(full)


@contextlib.contextmanager
def inside(full: str | None) -> Iterator[None]:
    """This thread is in the namespace meanwhile (None: nothing changes). Only for short, blocking work."""
    if full is None:
        yield
        return
    home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    try:
        there = os.open(f"/run/netns/{full}", os.O_RDONLY)
        try:
            _set(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _set(home)
    finally:
        os.close(home)


def _set(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")

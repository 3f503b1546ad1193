"""A box with its HTTPS port open, and a browser."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dakghar_harness import Box
from dakghar_harness.browser import Browser, reason_unavailable


@pytest.fixture(scope="session")
def web_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """One box that serves HTTPS, for the whole session."""
    box = Box(tmp_path_factory.mktemp("web") / "clinic", "clinic", web=True)
    box.start()
    yield box
    box.discard()


@pytest.fixture(scope="session")
def browser(web_box: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium; the test is skipped, and says so, where there is none."""
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)
    made = Browser(tmp_path_factory.mktemp("chromium"), web_box)
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[int], None]]]:
    """A disk of 48 MiB, and a function that leaves so many bytes free on it."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], check=True)
    filler = folder / "filler"

    def leave(free: int) -> None:
        filler.unlink(missing_ok=True)
        if free >= 0:
            state = os.statvfs(folder)
            size = state.f_bavail * state.f_frsize - free
            with filler.open("wb") as file:
                for _ in range(size // 65536):
                    file.write(bytes(65536))

    yield folder, leave
    subprocess.run(["umount", "-l", folder], check=False)

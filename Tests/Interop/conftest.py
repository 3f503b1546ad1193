"""Boxes with their HTTPS ports open, and browsers."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dakghar_harness import Box, introduce
from dakghar_harness.browser import Browser, reason_unavailable
from dakghar_harness.page import Page


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


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Box]]:
    """Two boxes with their pages, and the line between them up."""
    folder = tmp_path_factory.mktemp("offices")
    here, there = (Box(folder / name, name, web=True) for name in ("treasury", "archive"))
    introduce(here, there)
    here.start()
    there.start()
    here.wait_peer("archive", "up", within=30)
    yield here, there
    here.discard()
    there.discard()


@pytest.fixture(scope="session")
def browsers(offices: tuple[Box, Box], tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Browser]]:
    """Chromiums that were started for a test; the next one takes them again, emptied."""
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)
    made: list[Browser] = []
    yield made
    for browser in made:
        browser.close()


@pytest.fixture
def page(
    offices: tuple[Box, Box], browsers: list[Browser], tmp_path_factory: pytest.TempPathFactory, password: str,
) -> Iterator[Callable[[Box, str], Page]]:
    """Somebody's browser, at the page of a box: `page(box, "asma")`; each call another browser."""
    used: list[Browser] = []

    def make(box: Box, name: str) -> Page:
        if len(used) == len(browsers):
            folder: Path = tmp_path_factory.mktemp("chromium")
            browsers.append(Browser(folder, *offices))
        browser = browsers[len(used)]
        used.append(browser)
        return Page(browser, box, name, password)

    yield make
    for browser in used:
        browser.forget(*(f"https://{box.domain}:{box.web_port}" for box in offices))


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

"""A box with its HTTPS port open, and a browser."""

from collections.abc import Iterator

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

"""Fixtures of all black-box tests."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dakghar_harness import Box, Client, Network, figures, introduce, namespaces
from dakghar_harness.box import EXECUTABLE

PASSWORD = "correct horse battery staple"
_people = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="cuts of 120 s and 20 min, 50 kills")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: only with --long")
    if not EXECUTABLE.exists():
        raise pytest.UsageError(
            f"{EXECUTABLE} does not exist: run `swift build`, or name it in DAKGHAR")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: --long"))


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--long"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = (yield).get_result()
    if report.failed:
        folder = figures.RESULTS / "logs" / re.sub(r"\W+", "-", item.name).strip("-")[:100]
        for box in Box.known:
            report.sections.append((f"log of {box.name}", box.log_tail()))
            if box.log_path.exists():
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(box.log_path, folder / f"{box.name}.log")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process among several hands its figures to the one that prints them."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = figures.recorded


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    figures.recorded.update(getattr(node, "workeroutput", {}).get("figures", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = figures.table()
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)


# -- boxes ---------------------------------------------------------------------------------------


@pytest.fixture
def make_box(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    """Makes boxes that end with the test: `make_box("finance")`."""
    made: list[Box] = []

    def make(name: str, **options: object) -> Box:
        box = Box(tmp_path / name, name, **options)  # type: ignore[arg-type]
        made.append(box)
        return box

    yield make
    for box in made:
        box.discard()


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Box, Box]]:
    """Two boxes that know each other, running for the whole session, on loopback."""
    folder = tmp_path_factory.mktemp("pair")
    finance, interior = (Box(folder / name, name) for name in ("finance", "interior"))
    introduce(finance, interior)
    finance.start()
    interior.start()
    finance.wait_peer("interior", "up", within=15)
    interior.wait_peer("finance", "up", within=15)
    yield finance, interior
    finance.discard()
    interior.discard()


@pytest.fixture
def finance(pair: tuple[Box, Box]) -> Box:
    return pair[0]


@pytest.fixture
def interior(pair: tuple[Box, Box]) -> Box:
    return pair[1]


@pytest.fixture
def network() -> Iterator[Network]:
    """An empty network; skipped, and said so, where namespaces cannot be made."""
    reason = namespaces.reason_unavailable()
    if reason:
        pytest.skip(reason)
    namespaces.remove_leftovers()
    with Network() as made:
        yield made


# -- people --------------------------------------------------------------------------------------


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def account() -> Callable[[Box, str], str]:
    """Makes a fresh account and returns its local part: `account(box, "alice")`."""
    def make(box: Box, name: str) -> str:
        local = f"{name}{next(_people)}"
        box.user_add(local, PASSWORD)
        return local
    return make


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """A client of an account that is there already: `client(box, "alice1", resource="phone")`."""
    made: list[Client] = []

    def make(box: Box, local: str, **options: object) -> Client:
        person = Client(box, local, PASSWORD, **options)  # type: ignore[arg-type]
        made.append(person)
        return person

    yield make
    for person in made:
        if person.connected:
            person.tear()


@pytest.fixture
def person(account: Callable[[Box, str], str],
           client: Callable[..., Client]) -> Callable[..., Client]:
    """A new person, logged in: `person(finance, "alice")`."""
    def make(box: Box, name: str, **options: object) -> Client:
        return client(box, account(box, name), **options).login()
    return make

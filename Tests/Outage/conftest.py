"""Offices on a real network, whose lines the tests cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dakghar_harness import Box, Client, Link, Network, introduce
from dakghar_harness.thin_scene import ThinOffices, shape


#: What all boxes of the deployment share for files.
FILES_HOST = "files.gov.test"


@dataclass
class TwoOffices:
    """finance and interior with a direct line; alice and bob have accounts."""

    finance: Box
    interior: Box
    line: Link
    alice: Client
    bob: Client


@dataclass
class Hub(TwoOffices):
    """The same with a hub; `line` is the direct one, the other two lead to the hub."""

    hub: Box
    finance_hub: Link
    hub_interior: Link


@pytest.fixture
def place(network: Network, make_box: Callable[..., Box]) -> Callable[..., Box]:
    """An office with its box, not started: `place("finance")`; with `web` it serves files, too."""
    def make(name: str, *, web: bool = False) -> Box:
        office = network.office(name)
        box = make_box(name, host=office.address, namespace=office.namespace, web=web)
        box.office = office
        if web:
            box.configure("box", **{"files-host": FILES_HOST})
        return box
    return make


@pytest.fixture
def two_offices(network: Network, place: Callable[..., Box], account: Callable[[Box, str], str],
                client: Callable[..., Client]) -> Callable[..., TwoOffices]:
    """Two offices, their people logged in. `cut` names how the line is cut before the boxes ever
    meet (cold); without it they have met, and alice and bob have exchanged a message (warm)."""
    def make(*, cut: str | None = None, web: bool = False) -> TwoOffices:
        finance, interior = place("finance", web=web), place("interior", web=web)
        line = network.join(finance.office, interior.office)
        introduce(finance, interior)
        if cut:
            line.cut(cut)
        alice, bob = _people(finance, interior, account, client)
        scene = TwoOffices(finance, interior, line, alice, bob)
        if not cut:
            _greet(scene)
        return scene
    return make


@pytest.fixture
def thin_offices(network: Network, place: Callable[[str], Box], account: Callable[[Box, str], str],
                 client: Callable[..., Client]) -> Callable[[str, float], ThinOffices]:
    """Two offices on a thin line of `thin_scene.LINES`, met over it; four people."""
    def make(name: str, loss: float) -> ThinOffices:
        finance, interior = place("finance"), place("interior")
        line = network.join_thin(finance.office, interior.office)
        shape(line, name, loss)
        introduce(finance, interior)
        people = _four(finance, interior, account, client)
        finance.wait_peer("interior", "up", within=60)
        return ThinOffices(finance, interior, line, *people)
    return make


@pytest.fixture
def thin_hub(network: Network, place: Callable[[str], Box], account: Callable[[Box, str], str],
             client: Callable[..., Client]) -> Callable[[str], ThinOffices]:
    """Two offices that meet at a hub only; the line between hub and interior is thin."""
    def make(name: str) -> ThinOffices:
        finance, interior, hub = place("finance"), place("interior"), place("hub")
        network.join(finance.office, hub.office)
        line = network.join_thin(hub.office, interior.office)
        shape(line, name, 0.0)
        for box in (finance, interior):
            box.peer_add(hub.card(), upstream=True)
            hub.peer_add(box.card())
        introduce(finance, interior, no_direct=True)
        hub.start()
        people = _four(finance, interior, account, client)
        finance.wait_peer("interior", "up", within=60)
        return ThinOffices(finance, interior, line, *people, hub)
    return make


@pytest.fixture
def with_hub(network: Network, place: Callable[..., Box], account: Callable[[Box, str], str],
             client: Callable[..., Client]) -> Callable[..., Hub]:
    """Two offices and a hub. `direct` is "never" (--no-direct), "dead" (the direct line is cut all
    the time) or "works"; `cut` as for `two_offices`, of the line between hub and interior."""
    def make(*, direct: str, cut: str | None = None, web: bool = False) -> Hub:
        finance, interior = place("finance", web=web), place("interior", web=web)
        hub = place("hub")
        line = network.join(finance.office, interior.office)
        near = network.join(finance.office, hub.office)
        far = network.join(hub.office, interior.office)
        for box in (finance, interior):
            box.peer_add(hub.card(), upstream=True)
            hub.peer_add(box.card())
        introduce(finance, interior, no_direct=direct == "never")
        if direct != "works":
            line.cut("blackhole")
        if cut:
            far.cut(cut)
        hub.start()
        alice, bob = _people(finance, interior, account, client)
        finance.wait_peer("hub", "up", within=15)
        scene = Hub(finance, interior, line, alice, bob, hub, near, far)
        if not cut:
            _greet(scene)
        return scene
    return make


def _people(finance: Box, interior: Box, account: Callable[[Box, str], str],
            client: Callable[..., Client]) -> tuple[Client, Client]:
    names = account(finance, "alice"), account(interior, "bob")
    finance.start()
    interior.start()
    return client(finance, names[0]).login(), client(interior, names[1]).login()


def _four(finance: Box, interior: Box, account: Callable[[Box, str], str],
          client: Callable[..., Client]) -> tuple[Client, Client, Client, Client]:
    """alice and carol here, bob and dave there."""
    alice, bob = _people(finance, interior, account, client)
    carol = client(finance, account(finance, "carol")).login()
    dave = client(interior, account(interior, "dave")).login()
    return alice, bob, carol, dave


def _greet(scene: TwoOffices) -> None:
    scene.alice.send(scene.bob, "before the cut")
    scene.bob.reads("before the cut", within=20)
    scene.bob.send(scene.alice, "I hear you")
    scene.alice.reads("I hear you", within=20)
    for person in (scene.alice, scene.bob):
        person.forget()

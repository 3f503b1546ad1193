"""Several ways at once: two hubs of which one dies, lines and sticks side by side, and boxes that could
send a bundle round and round."""

import time

import pytest

from dakghar_harness import introduce, stays, until
from dakghar_harness.stick import export, take

COUNT = 100


@pytest.fixture
def scene(network, place, account, client):
    """finance and interior, and two hubs that are upstreams of both, and of each other; no line between
    the offices. The lines from the hubs to interior are cut."""
    class Scene:
        pass
    made = Scene()
    boxes = {name: place(name) for name in ("finance", "interior", "one", "two")}
    vars(made).update(boxes)
    made.hubs = [made.one, made.two]
    for hub in made.hubs:
        network.join(made.finance.office, hub.office)
    made.far = [network.join(hub.office, made.interior.office) for hub in made.hubs]
    network.join(made.one.office, made.two.office)
    made.line = network.join(made.finance.office, made.interior.office)
    for line in [*made.far, made.line]:
        line.cut("down")
    for hub in made.hubs:
        for office in (made.finance, made.interior):
            office.peer_add(hub.card(), upstream=True)
            hub.peer_add(office.card())
    made.one.peer_add(made.two.card(), upstream=True)
    made.two.peer_add(made.one.card(), upstream=True)
    introduce(made.finance, made.interior)
    names = account(made.finance, "alice"), account(made.interior, "bob")
    for box in boxes.values():
        box.start()
    made.alice, made.bob = client(made.finance, names[0]).login(), client(made.interior, names[1]).login()
    for hub in made.hubs:
        made.finance.wait_peer(hub.name, "up", within=15)
    made.one.wait_peer("two", "up", within=15)
    return made


def write(scene, word, count=COUNT):
    texts = [f"{number} {word}" for number in range(count)]
    scene.alice.wait_acknowledged(scene.alice.send_all(scene.bob, texts), within=30)
    return texts


def kept(hub):
    return hub.status_json()["transit"]["bundles"]


def left(box):
    entries = box.queue_json()["entries"]
    return bool(entries) and all(entry["state"] == "left" for entry in entries)


def arrives_once(scene, texts, *, within):
    """Everything, in order, and nothing again while the other ways bring theirs."""
    scene.bob.reads_all(len(texts), within=within)
    until(lambda: not scene.finance.queue_json()["entries"], within=60, look=0.2,
          what=lambda: f"all is acknowledged: {scene.finance.queue_json()['entries'][:2]}")
    stays(lambda: scene.bob.bodies == texts, during=3, what="each once, in order")
    assert [m.body for m in scene.bob.archive()] == texts
    assert not scene.alice.errors and not scene.bob.errors


def test_a_hub_that_dies_is_replaced_by_the_next_of_the_list(scene):
    """The first one takes everything and dies with it; the second one brings it, with what comes after."""
    texts = write(scene, "taken by the first")
    until(lambda: left(scene.finance), within=20, look=0.2, what="the first hub has everything")
    assert kept(scene.one) > 0 and kept(scene.two) == 0, "the first of the list is taken"
    scene.one.kill()
    texts += write(scene, "after its death")
    scene.far[1].restore()
    arrives_once(scene, texts, within=90)


def test_line_hub_and_stick_at_once_bring_each_message_once(scene, tmp_path):
    """The second stick first, both hubs and the direct line at the same moment, the first stick last."""
    sticks = tmp_path / "first", tmp_path / "second"
    texts = write(scene, "on both sticks")
    export(scene.finance, "interior", sticks[0])
    until(lambda: kept(scene.one) > 0, within=20, look=0.2, what="a hub has some of it")
    texts += write(scene, "on the second stick")
    export(scene.finance, "interior", sticks[1])
    texts += write(scene, "on no stick")
    for line in [*scene.far, scene.line]:
        line.restore()
    brought = take(scene.interior, sticks[1])
    assert brought["messages"] + brought["known"] >= 2 * COUNT
    late = take(scene.interior, sticks[0])
    assert late["messages"] == 0 and late["known"] >= COUNT
    arrives_once(scene, texts, within=60)


def test_bundles_make_one_stop_and_never_go_round(scene):
    """Two hubs with each other as upstream, and a destination in the dark: each bundle stays where it
    was taken, and comes once."""
    texts = write(scene, "one stop")
    until(lambda: left(scene.finance), within=20, look=0.2, what="the hubs have everything")
    before = [kept(hub) for hub in scene.hubs]
    assert before[0] > 0
    end = time.monotonic() + 8
    stays(lambda: [kept(hub) for hub in scene.hubs] == before, during=end - time.monotonic(),
          what="no hub hands anything to the other")
    scene.far[0].restore()
    arrives_once(scene, texts, within=30)
    until(lambda: kept(scene.one) == 0, within=20, look=0.2, what="nothing stays behind")

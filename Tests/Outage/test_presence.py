"""What people see of a dead line: it is told, it is told in time, and questions wait."""

import time

import pytest

from dakghar_harness import record, until

both_kinds = pytest.mark.parametrize("kind", ["down", "blackhole"])


def become_friends(alice, bob):
    alice.presence("subscribe", bob)
    bob.sees(alice.bare, "subscribe")
    bob.presence("subscribed", alice)
    alice.wait_roster(bob.bare, "to")
    alice.sees(bob.bare)


@both_kinds
def test_a_dead_line_is_noticed_within_15_s_and_its_return_within_5(kind, two_offices):
    """The box says so, and the presence of the people behind the line says so meanwhile."""
    scene = two_offices()
    become_friends(scene.alice, scene.bob)
    seen = len(scene.alice.stream.presences)

    scene.line.cut(kind)
    cut_at = time.monotonic()
    scene.finance.wait_peer("interior", "down", within=17)
    noticed = time.monotonic() - cut_at
    told = until(lambda: next(
        (p for p in scene.alice.stream.presences[seen:]
         if p.get("from", "").startswith(scene.bob.bare)
         and "line" in (p.findtext("{jabber:client}status") or "")), None),
        within=5, what="alice sees in bob's presence that the line is down")
    print("bob's presence says:", told.findtext("{jabber:client}status"))

    seen = len(scene.alice.stream.presences)
    scene.line.restore()
    restored = time.monotonic()
    scene.finance.wait_peer("interior", "up", within=8)
    returned = time.monotonic() - restored
    record(f"noticing, {kind}", down_seconds=noticed, up_seconds=returned)
    assert noticed < 16 and returned < 6
    back = scene.alice.sees(scene.bob.bare, since=seen)
    assert "line" not in (back.findtext("{jabber:client}status") or "")


def test_a_subscription_asked_during_a_cut_is_answered_after_it(two_offices):
    """The question waits like mail, and the answer comes home."""
    scene = two_offices()
    scene.line.cut("blackhole")
    scene.alice.presence("subscribe", scene.bob)
    scene.alice.wait_roster(scene.bob.bare, "none+ask")
    scene.line.restore()
    scene.bob.sees(scene.alice.bare, "subscribe", within=15)
    scene.line.cut("down")
    scene.bob.presence("subscribed", scene.alice)
    scene.bob.wait_roster(scene.alice.bare, "from")
    scene.line.restore()
    scene.alice.wait_roster(scene.bob.bare, "to", within=15)
    scene.alice.sees(scene.bob.bare, within=15)


def test_a_question_to_a_dark_office_is_answered_with_a_timeout(two_offices):
    """A live IQ is not kept: remote-server-timeout within 35 s, at once if the line is known dead."""
    scene = two_offices()
    scene.line.cut("down")
    scene.finance.wait_peer("interior", "down", within=17)
    asked = time.monotonic()
    from dakghar_harness import Refused
    with pytest.raises(Refused) as refused:
        scene.alice.ask("get", "<ping xmlns='urn:xmpp:ping'/>", to=scene.interior.domain,
                        within=35)
    assert refused.value.condition == "remote-server-timeout"
    assert time.monotonic() - asked < 5

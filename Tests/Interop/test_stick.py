"""A stick instead of a line: two offices that no line joins, and a file that somebody carries."""

import base64
import json
import os
import pty
import random
import select
import subprocess

import pytest

from dakghar_harness import introduce, stays, until
from dakghar_harness.box import EXECUTABLE
from dakghar_harness.nodes import items, publish
from dakghar_harness.stick import carry, export, run, take

OPEN = {"access_model": "open", "max_items": "max"}


@pytest.fixture
def offices(make_box, account, client):
    """Two boxes that know each other and never dial; alice here, bob there."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior, no_direct=True)
    names = account(finance, "alice"), account(interior, "bob")
    finance.start()
    interior.start()
    return (finance, interior, client(finance, names[0]).login(),
            client(interior, names[1]).login())


def write(sender, recipient, texts):
    sender.wait_acknowledged(sender.send_all(recipient, texts), within=30)


def states(box):
    return [entry["state"] for entry in box.queue_json()["entries"]]


def waits_for_nothing(box):
    until(lambda: not box.queue_json()["entries"], within=15, look=0.1,
          what=lambda: f"{box.name} waits for nothing: {box.queue_json()['entries'][:2]}")


def numbered(word, count):
    return [f"{number} {word}" for number in range(count)]


def large(count, size=20_000):
    """Texts that do not compress much."""
    return [f"{n} " + base64.b64encode(random.randbytes(size * 3 // 4)).decode()
            for n in range(count)]


def test_mail_and_receipts_go_both_ways_by_stick(offices, tmp_path):
    """What is on the stick has left the building, and is done when the other stick says so."""
    finance, interior, alice, bob = offices
    there, back = tmp_path / "there", tmp_path / "back"
    texts, answers = numbered("there", 50), numbered("back", 50)
    write(alice, bob, texts)
    assert set(states(finance)) == {"waiting"}
    written = export(finance, "interior", there)
    assert written["messages"] == len(finance.queue_json()["entries"]) >= 50
    assert written["bytes"] == there.stat().st_size and not written["resumed"]
    assert set(states(finance)) == {"left"}
    assert there.stat().st_mode & 0o777 == 0o600
    assert b"there" not in there.read_bytes() and b"alice" not in there.read_bytes()

    taken = take(interior, there)
    assert taken["from"] == "finance" and taken["messages"] == written["messages"]
    assert taken["known"] == taken["deferred"] == 0
    assert bob.reads_all(50, within=15) == texts
    write(bob, alice, answers)
    back_taken = carry(interior, finance, back)
    assert back_taken["receipts"] == written["messages"]
    until(lambda: [m.body for m in alice.inbox if m.body in answers] == answers, within=15,
          what="the answers, in order")
    waits_for_nothing(finance)
    carry(finance, interior, there)
    waits_for_nothing(interior)
    assert bob.bodies.count(texts[0]) == 1 and not bob.errors and not alice.errors


def test_files_in_any_order_and_number_bring_each_message_once(offices, tmp_path):
    """The second file before the first, the first twice, and an older one after a restart."""
    finance, interior, alice, bob = offices
    first, second = tmp_path / "first", tmp_path / "second"
    write(alice, bob, numbered("first", 20))
    export(finance, "interior", first)
    before = len(finance.queue_json()["entries"])
    write(alice, bob, numbered("second", 20))
    export(finance, "interior", second)
    assert take(interior, second)["messages"] >= 40
    expected = numbered("first", 20) + numbered("second", 20)
    assert bob.reads_all(40, within=15) == expected
    assert take(interior, first)["known"] == before
    interior.restart()
    bob.reconnect()
    for file in (first, second, first):
        assert take(interior, file)["messages"] == 0
    stays(lambda: bob.bodies == expected, during=2, what="nothing is shown twice")
    assert [m.body for m in bob.archive()] == expected


def test_a_box_that_does_not_run_writes_and_takes_files(offices, tmp_path):
    """The same commands, on the files under the lock."""
    finance, interior, alice, bob = offices
    file = tmp_path / "file"
    write(alice, bob, ["asleep"])
    finance.stop()
    interior.stop()
    written = export(finance, "interior", file)
    assert written["messages"] >= 1
    assert take(interior, file)["messages"] == written["messages"]
    interior.start()
    finance.start()
    bob.reconnect()
    bob.reads("asleep")
    assert carry(interior, finance, file)["receipts"] == written["messages"]
    waits_for_nothing(finance)


def test_receipts_go_home_by_a_line_when_there_is_one(offices, tmp_path):
    """There by stick, acknowledged by the line, and not shown again by it."""
    finance, interior, alice, bob = offices
    texts = numbered("by stick", 30)
    write(alice, bob, texts)
    carry(finance, interior, tmp_path / "file")
    assert bob.reads_all(30, within=15) == texts
    assert set(states(finance)) == {"left"}
    for box, other in ((finance, interior), (interior, finance)):
        box.command("peer", "remove", other.name)
        box.peer_add(other.card())
    finance.wait_peer("interior", "up", within=20)
    waits_for_nothing(finance)
    assert bob.bodies == texts


def test_cards_and_key_lists_go_along(offices, tmp_path):
    """A first message can be encrypted though no line ever was: the device list is on the stick."""
    finance, interior, alice, bob = offices
    publish(alice, "test:keys", id="k", options=OPEN)
    alice.presence("subscribe", bob)
    until(lambda: states(finance), within=10, what="the request waits")
    carry(finance, interior, tmp_path / "1")
    bob.presence("subscribed", alice)
    until(lambda: states(interior), within=10, what="the answer waits")
    carry(interior, finance, tmp_path / "2")
    alice.wait_roster(bob.bare, "to")
    assert carry(finance, interior, tmp_path / "3")["registers"] >= 1
    assert set(items(bob, "test:keys", of=alice.bare)) == {"k"}


def test_nothing_to_carry_is_said(offices, tmp_path):
    """No file, exit code 0; where the office's people are in no directory, which goes along, too."""
    finance, *_ = offices
    finance.configure("box", directory=False)
    finance.restart()
    file = tmp_path / "file"
    done = run(finance, "export", "--for", "interior", str(file))
    assert done.returncode == 0 and "nothing waits for interior" in done.stdout
    assert export(finance, "interior", file)["file"] is None
    assert not list(tmp_path.glob("file*"))


@pytest.mark.parametrize("runs", [True, False], ids=["running", "not running"])
def test_an_export_goes_on_where_it_was_killed(offices, tmp_path, runs):
    """What is whole in FILE.part stays as it is; mail that came since goes along."""
    finance, interior, alice, bob = offices
    texts = large(80)
    write(alice, bob, texts)
    if not runs:
        finance.stop()
    file, part = tmp_path / "file", tmp_path / "file.part"
    whole = tmp_path / "whole"
    size = export(finance, "interior", whole)["bytes"]
    killed = run(finance, "export", "--for", "interior", str(file), file_bytes=size * 2 // 3)
    assert killed.returncode < 0 and not file.exists()
    half = part.read_bytes()
    if runs:
        write(alice, bob, ["one more"])
    written = export(finance, "interior", file)
    assert written["resumed"] and not part.exists()
    kept = os.path.commonprefix([half, file.read_bytes()])
    assert len(kept) > size // 4
    taken = take(interior, file)
    assert taken["messages"] == written["messages"] and taken["known"] == 0
    expected = texts + ["one more"] * runs
    assert bob.reads_all(len(expected), within=30) == expected


def test_a_stick_that_is_full_keeps_what_is_whole(offices, tmp_path):
    """The command says what to do, and goes on when there is room."""
    finance, interior, alice, bob = offices
    write(alice, bob, large(60))
    file = tmp_path / "file"
    full = run(finance, "export", "--for", "interior", str(file), file_bytes=700_000, survives=True)
    assert full.returncode == 1 and "goes on where it stopped" in full.stderr
    assert export(finance, "interior", file)["resumed"]
    assert take(interior, file)["messages"] >= 60


def test_a_half_written_file_that_was_damaged_or_is_another_s_begins_anew(offices, tmp_path):
    """Nothing that this box did not sign is continued; what is no export is not touched."""
    finance, interior, alice, bob = offices
    write(alice, bob, numbered("anew", 5))
    file, part = tmp_path / "file", tmp_path / "file.part"
    export(finance, "interior", file)
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 3] ^= 1
    part.write_bytes(damaged)
    assert not export(finance, "interior", file)["resumed"]
    assert take(interior, file)["messages"] >= 5
    letter = tmp_path / "letter"
    for path in (letter, tmp_path / "letter.part"):
        path.write_text("Dear Sir or Madam")
        refused = run(finance, "export", "--for", "interior", str(letter))
        assert refused.returncode == 65 and path.read_text() == "Dear Sir or Madam"
        path.unlink()


def test_damaged_files_are_refused_whole(offices, tmp_path):
    """Cut, turned bits, something appended: 65, a reason, and nothing of it is taken."""
    finance, interior, alice, bob = offices
    write(alice, bob, large(40))
    good = tmp_path / "good"
    export(finance, "interior", good)
    whole = good.read_bytes()
    bad = tmp_path / "bad"
    chosen = random.Random(7)
    spoiled = [whole[:-1], whole[:chosen.randrange(len(whole))], whole[:56], b"", whole + b"\0",
               b"not a file of this kind"]
    for _ in range(6):
        turned = bytearray(whole)
        turned[chosen.randrange(len(whole))] ^= 1 << chosen.randrange(8)
        spoiled.append(bytes(turned))
    late = bytearray(whole)
    late[-100] ^= 1
    spoiled.append(bytes(late))
    for bytes_ in spoiled:
        bad.write_bytes(bytes_)
        refused = run(interior, "import", str(bad))
        assert refused.returncode == 65, refused
        assert "Nothing" in refused.stderr, refused
    stays(lambda: not bob.inbox, during=1, what="nothing was taken")
    assert take(interior, good)["known"] == 0
    bob.reads_all(40, within=15)


def test_foreign_files_are_refused_with_the_reason(offices, make_box, tmp_path):
    """For another box, of an unknown box, of this box itself, of a box with another key."""
    finance, interior, alice, bob = offices
    water = make_box("water")
    write(alice, bob, ["for interior only"])
    file = tmp_path / "file"
    export(finance, "interior", file)
    for box, code, reason in ((water, 65, "for another box"), (finance, 65, "wrote the file itself")):
        refused = run(box, "import", str(file))
        assert refused.returncode == code and reason in refused.stderr, refused
    interior.command("peer", "remove", "finance")
    refused = run(interior, "import", str(file))
    assert refused.returncode == 77 and "peer add" in refused.stderr, refused
    assert run(interior, "import", str(tmp_path / "none")).returncode == 65
    assert run(finance, "export", "--for", "water", str(file)).returncode == 65
    assert not bob.inbox
    interior.peer_add(finance.card(), no_direct=True)
    assert take(interior, file)["messages"] >= 1
    bob.reads("for interior only")


def test_an_import_that_was_killed_loses_and_doubles_nothing(offices, tmp_path):
    """The box is killed half-way; the file again brings the rest."""
    finance, interior, alice, bob = offices
    texts = large(60)
    write(alice, bob, texts)
    file = tmp_path / "file"
    export(finance, "interior", file)
    command = subprocess.Popen(
        [str(EXECUTABLE), "bundle", "import", str(file), "--dir", str(interior.directory)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: len(bob.inbox) >= 1 or command.poll() is not None, within=30, look=0.002,
          what="the first messages have come")
    interior.kill()
    command.wait(timeout=20)
    interior.start()
    bob.reconnect()
    take(interior, file)
    until(lambda: len(bob.archive()) >= 60, within=20, what="everything is in the archive")
    assert [m.body for m in bob.archive()] == texts
    assert take(interior, file)["messages"] == 0


def test_a_file_through_a_hub(make_box, account, client, tmp_path):
    """The stick goes to the hub, which forwards what it cannot read; and from the hub, with what it
    keeps for an office in the dark. Imported twice it is kept once."""
    finance, interior, hub = make_box("finance"), make_box("interior"), make_box("hub")
    introduce(finance, interior, no_direct=True)
    for box in (finance, interior):
        box.peer_add(hub.card(), upstream=True, no_direct=False)
        hub.peer_add(box.card(), no_direct=True)
    names = account(finance, "alice"), account(interior, "bob")
    for box in (finance, interior, hub):
        box.start()
    alice, bob = client(finance, names[0]).login(), client(interior, names[1]).login()
    write(alice, bob, numbered("by two sticks", 10))
    near, far = tmp_path / "near", tmp_path / "far"
    export(finance, "interior", near, "--via", "hub")
    assert run(interior, "import", str(near)).returncode == 65
    kept = take(hub, near)
    assert kept["for-others"] >= 1 and kept["messages"] == 0
    assert take(hub, near)["for-others"] == 0
    assert b"by two sticks" not in near.read_bytes()
    onward = export(hub, "interior", far)
    assert onward["for-others"] == kept["for-others"] and onward["messages"] == 0
    assert take(interior, far)["messages"] >= 10
    assert bob.reads_all(10, within=15) == numbered("by two sticks", 10)
    hub.command("peer", "remove", "finance")
    assert run(hub, "import", str(near)).returncode == 77


def test_progress_is_drawn_on_a_terminal_only(offices, tmp_path):
    """A bar that goes away again; nothing of it when the output is piped."""
    finance, interior, alice, bob = offices
    write(alice, bob, large(30))
    file = tmp_path / "file"
    piped = run(finance, "export", "--for", "interior", str(file))
    assert piped.stderr == "" and " messages, " in piped.stdout, piped
    for box, words in ((finance, ("export", "--for", "interior")), (interior, ("import",))):
        shown = on_a_terminal(box, *words, str(file))
        assert "[####" in shown and "100 %" in shown and "\x1b[K" in shown, shown


def on_a_terminal(box, *words):
    """What a `bundle` command shows on a terminal."""
    master, slave = pty.openpty()
    command = subprocess.Popen(
        [str(EXECUTABLE), "bundle", *words, "--dir", str(box.directory)], stdin=slave,
        stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while select.select([master], [], [], 30)[0]:
        try:
            shown += os.read(master, 4096)
        except OSError:
            break
    os.close(master)
    assert command.wait(timeout=10) == 0, shown
    return shown.decode()

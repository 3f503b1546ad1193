"""A box that is lost and comes back from its backup."""

import random
import subprocess

import pytest

from dakghar_harness import become_friends, introduce, stays, until
from dakghar_harness.backups import back_up, lose, restore
from dakghar_harness.box import EXECUTABLE
from dakghar_harness.files import fetch, upload
from dakghar_harness.rooms import Seat, room_archive, room_name


@pytest.fixture
def finance(make_box):
    """A box that serves files, too."""
    return make_box("finance", web=True)


def sent(person):
    """What the archive of the account holds, in its order."""
    return [message.body for message in person.page(size=200).messages]


def test_a_restored_box_is_the_office_again(finance, make_box, account, client, tmp_path):
    """People log in with their passwords; archive, rosters, files and rooms are there; what the peers had
    brought after the backup comes again, and what was in it comes once."""
    interior = make_box("interior")
    introduce(finance, interior)
    names = account(finance, "alice"), account(interior, "bob")
    finance.start()
    interior.start()
    alice, bob = client(finance, names[0]).login(), client(interior, names[1]).login()
    become_friends(alice, bob)
    content = random.randbytes(300_000)
    address = upload(alice, content)
    room = room_name(finance)
    seat = Seat(alice, room, "alice").enter()
    seat.configure()
    seat.says("in the room")
    until(lambda: [m.body for m in room_archive(alice, room)] == ["in the room"], within=15,
          what="the room has it")
    bob.wait_acknowledged(bob.send_all(alice, ["before 1", "before 2"]), within=15)
    alice.reads("before 2")
    alice.wait_acknowledged([alice.send(bob, "answer")])
    bob.reads("answer")

    made = back_up(finance, tmp_path / "backup")
    assert made["bytes"] == (tmp_path / "backup").stat().st_size > 300_000
    assert b"alice" not in (tmp_path / "backup").read_bytes()
    assert not (tmp_path / "backup.part").exists() and not list(finance.directory.glob("backup-*"))

    bob.wait_acknowledged(bob.send_all(alice, ["after 1", "after 2"]), within=15)
    alice.reads("after 2")
    until(lambda: not interior.queue_json()["entries"], within=15,
          what="everything has been acknowledged")
    alice.tear()
    lose(finance)
    bob.wait_acknowledged(bob.send_all(alice, ["meanwhile"]), within=15)

    done = restore(finance, tmp_path / "backup", made["recovery-key"])
    assert done.returncode == 0, done.stderr
    finance.start()
    alice = client(finance, names[0]).login()
    alice.reads("meanwhile", within=40)
    expected = ["before 1", "before 2", "answer", "after 1", "after 2", "meanwhile"]
    until(lambda: sorted(sent(alice)) == sorted(expected), within=30,
          what=lambda: f"the archive is whole: {sent(alice)}")
    assert alice.roster()[f"{names[1]}@{interior.domain}"] == "both"
    assert fetch(finance, address).body == content
    assert [m.body for m in room_archive(alice, room)] == ["in the room"]

    alice.wait_acknowledged([alice.send(bob, "back again")])
    bob.reads("back again", within=30)
    assert bob.bodies.count("answer") == 1
    # Nothing is offered a second time, also not after a restart of either side.
    interior.restart()
    finance.restart()
    alice = client(finance, names[0]).login()
    finance.wait_peer("interior", "up", within=30)
    stays(lambda: sorted(sent(alice)) == sorted(expected + ["back again"]), during=2,
          what=lambda: f"nothing came twice: {sent(alice)}")


def test_a_backup_that_is_cut_altered_or_for_another_key_is_refused_whole(finance, account, tmp_path):
    """And the directory stays empty, so that the next attempt can begin."""
    account(finance, "alice")
    made = back_up(finance, tmp_path / "backup")
    whole = (tmp_path / "backup").read_bytes()
    other = back_up(finance, tmp_path / "other", "--new-recovery-key")
    assert other["recovery-key"] != made["recovery-key"]
    assert back_up(finance, tmp_path / "third")["recovery-key"] is None
    lose(finance)

    altered = bytearray(whole)
    altered[len(whole) // 2] ^= 1
    for content, key, code in [
        (whole[:-1], made["recovery-key"], 65),
        (whole[:len(whole) // 2], made["recovery-key"], 65),
        (bytes(altered), made["recovery-key"], 65),
        (b"something else", made["recovery-key"], 65),
        (whole, other["recovery-key"], 77),
        (whole, "wrong", 65),
    ]:
        (tmp_path / "file").write_bytes(content)
        done = restore(finance, tmp_path / "file", key)
        assert done.returncode == code, done.stderr
        left = {path.name for path in finance.directory.glob("*")} if finance.directory.exists() else set()
        assert left <= {"lock"}
    done = restore(finance, tmp_path / "third", other["recovery-key"])
    assert done.returncode == 0, done.stderr
    assert finance.card().startswith("dakghar:1:finance:")
    again = restore(finance, tmp_path / "third", other["recovery-key"])
    assert again.returncode == 1 and "not empty" in again.stderr


def test_a_restore_that_was_interrupted_is_no_box(finance, tmp_path):
    """`run` and commands refuse it; the same restore makes it whole."""
    made = back_up(finance, tmp_path / "backup")
    lose(finance)
    assert restore(finance, tmp_path / "backup", made["recovery-key"]).returncode == 0
    # As a power cut leaves it: moved in part, the folder that says so still there.
    (finance.directory / "restoring").mkdir()
    (finance.directory / "dakghar.toml").rename(finance.directory / "restoring/dakghar.toml")
    for command in (["run"], ["user", "list"]):
        done = subprocess.run(
            [*finance.wrapper, str(EXECUTABLE), *command, "--dir", str(finance.directory)],
            capture_output=True, text=True, timeout=30)
        assert done.returncode == 65 and "restore" in done.stderr
    done = restore(finance, tmp_path / "backup", made["recovery-key"])
    assert done.returncode == 0, done.stderr
    assert not (finance.directory / "restoring").exists()
    finance.start()


def test_a_backup_is_never_written_over_a_file(finance, tmp_path):
    """Also not over an older backup."""
    back_up(finance, tmp_path / "backup")
    before = (tmp_path / "backup").read_bytes()
    done = finance.command("backup", str(tmp_path / "backup"), check=False)
    assert done == "" and (tmp_path / "backup").read_bytes() == before


def test_the_nightly_backup_keeps_the_newest_files(finance, tmp_path):
    """`--scheduled` writes into the folder of the configuration, once there is a recovery key."""
    folder = tmp_path / "nightly"
    folder.mkdir()
    assert '"file":null' in finance.command("backup", "--scheduled", "--json")
    finance.configure("backup", folder=str(folder))
    finance.command("backup", "--scheduled", check=False)
    assert not list(folder.iterdir())
    key = back_up(finance, tmp_path / "by-hand")["recovery-key"]
    for day in range(1, 8):
        (folder / f"finance-2026010{day}-020000.dakghar-backup").write_bytes(b"old")
    (folder / "other.txt").write_bytes(b"not ours")
    finance.start()
    finance.command("backup", "--scheduled")
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 8 and "other.txt" in names
    assert "finance-20260101-020000.dakghar-backup" not in names
    newest = max(folder.glob("finance-*"))
    lose(finance)
    done = restore(finance, newest, key)
    assert done.returncode == 0, done.stderr

"""Files that are not as they should be: the configuration, the database, a full disk."""

import contextlib
import re
import sqlite3
import time
from pathlib import Path

import pytest

from dakghar_harness import Box, CommandFailed, LoginFailed, introduce, until


def refuses_to_run(box):
    """`run` ends by itself with an error; its exit code and what it said."""
    box.start(wait=False)
    until(lambda: box.ended, within=10, what="it does not start")
    code = box.process.returncode
    box.stop()
    assert code not in (0, -6, -11), box.log_tail()
    return code, box.log()


@pytest.mark.parametrize(
    ("extra", "word"),
    [("\n[box.colour]\nshade = 3\n", "colour"),
     ("\n[limits]\nstanzza = \"256 KiB\"\n", "stanzza"),
     ("\n[nonsense]\n", "nonsense"),
     ("\nnot toml at all\n", "")],
    ids=["unknown table", "misspelt key", "unknown section", "not TOML"])
def test_a_configuration_with_an_unknown_key_is_refused_with_its_line(extra, word, make_box):
    """The box does not start, names the key and its line, and ends with 65."""
    box = make_box("finance")
    text = box.configuration.read_text()
    if extra.startswith("\n[limits]") and re.search(r"^\[limits\]", text, re.MULTILINE):
        text = re.sub(r"^\[limits\]\n", "[limits]\nstanzza = \"256 KiB\"\n", text,
                      flags=re.MULTILINE)
    else:
        text += extra
    box.configuration.write_text(text)
    line = next((number for number, content in enumerate(text.splitlines(), 1)
                 if word and word in content), None)
    code, said = refuses_to_run(box)
    assert code == 65
    assert word in said
    assert line is None or re.search(rf"\b{line}\b", said), f"line {line} is not named in {said}"


def test_a_value_of_the_wrong_type_is_refused(make_box):
    """A number where an address belongs: refused, with the key's name."""
    box = make_box("finance")
    text = box.configuration.read_text()
    box.configuration.write_text(re.sub(r"^xmpp = .*$", "xmpp = 5222", text, flags=re.MULTILINE))
    code, said = refuses_to_run(box)
    assert code == 65 and "xmpp" in said


def test_a_database_of_a_newer_version_is_left_alone(make_box):
    """An older program refuses it with a clear message and does not change a byte."""
    box = make_box("finance")
    box.start()
    box.stop()
    path = next(p for p in box.database_files() if p.suffix == ".db")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=9999")
    database.close()
    before = path.read_bytes()
    _, said = refuses_to_run(box)
    assert "newer" in said
    assert path.read_bytes() == before


def test_init_overwrites_nothing(make_box):
    """A second `init` in the same directory fails and leaves the box as it was."""
    box = make_box("finance")
    card = box.card()
    with pytest.raises(CommandFailed):
        box.command("init", "--name", "other", "--domain", "other.gov.test")
    assert box.card() == card


def test_two_boxes_never_share_a_directory(make_box):
    """A second `run` on a running box's directory ends at once, with 75, and disturbs nothing."""
    box = make_box("finance")
    box.start()
    second = Box(box.directory, "finance", host=box.host, initialise=False)
    second.log_path = box.directory.with_name("second.log")
    second.start(wait=False)
    until(lambda: second.ended, within=10, what="the second one gives up")
    assert second.process.returncode == 75
    second.discard()
    assert box.reachable(5222) and not box.ended


def test_secrets_are_readable_by_the_box_only(make_box):
    """Keys, the database and the control socket: nothing for group or others."""
    box = make_box("finance").start()
    for path in box.directory.rglob("*"):
        mode = path.lstat().st_mode & 0o777
        name = str(path.relative_to(box.directory))
        if "key" in name or ".db" in name or name.endswith(".sock"):
            assert mode & 0o077 == 0, f"{name} is {mode:o}"


def test_a_full_disk_refuses_mail_and_keeps_what_it_has(small_disk, account, client):
    """With no room left a message is refused with resource-constraint, or the box stops rather than
    break its word; what was acknowledged is there afterwards, and with room it works again."""
    folder, leave = small_disk
    box = Box(folder / "finance", "finance")
    box.log_path = Path(folder).parent / "finance.log"
    try:
        alice_name, bob_name = account(box, "alice"), account(box, "bob")
        box.start()
        alice = client(box, alice_name).login()
        bob_jid = f"{bob_name}@{box.domain}"
        kept = [f"kept {n}" for n in range(20)]
        alice.wait_acknowledged(alice.send_all(bob_jid, kept))

        leave(256 * 1024)
        more = [f"{n} {'x' * 4000}" for n in range(400)]
        sent = alice.send_all(bob_jid, more)
        refused = until(
            lambda: [m for m in alice.errors if m.error == "resource-constraint"] or
            (not alice.connected and "gone"), within=20,
            what=lambda: f"mail is refused; {len(alice.acknowledged)} acknowledged, "
                         f"{[m.error for m in alice.errors][:3]}")
        print("the full disk:", "the box stopped" if refused == "gone"
              else f"{len(refused)} messages refused")
        time.sleep(0.5)
        refused_names = {m.id for m in alice.errors}
        promised = [text for name, text in zip(sent, more)
                    if name in alice.acknowledged and name not in refused_names]
        leave(-1)
        if box.ended:
            assert box.log().strip(), "it says why it stopped"
            box.stop()
            box.start()
        bob = client(box, bob_name).login()
        bob.send(bob, "there is room again")
        bob.reads("there is room again", within=20)
        there = [m.body for m in bob.archive()]
        assert there[:20] == kept
        missing = set(promised) - set(there)
        assert not missing, f"{len(missing)} acknowledged messages are gone"
        assert len(there) == len(set(there)) or there.count("there is room again") == 2
    except LoginFailed:
        print(box.log_tail())
        raise
    finally:
        box.discard()


def test_one_unreadable_message_does_not_hold_up_the_others(make_box, account, client):
    """The disk spoils a message that waits: it is given up with an alarm, what is around it arrives."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.start()
    alice = client(finance, account(finance, "alice")).login()
    bob_name = account(interior, "bob")
    bob_address = f"{bob_name}@{interior.domain}"
    alice.wait_acknowledged([alice.send(bob_address, text) for text in ("first", "spoiled", "third")])
    alice.logout()
    finance.stop()
    with contextlib.closing(sqlite3.connect(finance.directory / "dakghar.db")) as database:
        second = database.execute("SELECT id FROM outbox ORDER BY id LIMIT 1 OFFSET 1").fetchone()[0]
        database.execute("UPDATE payload SET bytes=zeroblob(length(bytes)) WHERE id=?", (second,))
        database.commit()
    finance.start()
    interior.start()
    bob = client(interior, bob_name).login()
    bob.reads("third", within=20)
    assert bob.bodies == ["first", "third"]
    assert "ALARM" in finance.log()
    until(lambda: not finance.queue_json()["entries"], within=15, what="nothing waits any more")

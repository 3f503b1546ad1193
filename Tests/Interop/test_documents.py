"""The JSON documents have exactly the shapes that docs/cli.md shows."""

import json
import os
import re
from pathlib import Path

import pytest

from dakghar_harness import introduce, until
from dakghar_harness.backups import back_up, lose, restore
from dakghar_harness.box import EXECUTABLE
from dakghar_harness.files import upload
from dakghar_harness.stick import export, take

CLI = Path(__file__).parents[2] / "docs/cli.md"


def documented(command):
    """The first example after the heading of a command, or after its own line in a section."""
    text = CLI.read_text()
    heading = re.search(rf"^(## {command}$|`dakghar {command} )", text, re.M)
    return json.loads(re.search(r"```json\n(.*?)```", text[heading.start():], re.S).group(1))


def shape(value):
    """Names and kinds, without values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if value is None or isinstance(value, bool):
        return type(value).__name__
    return "number" if isinstance(value, (int, float)) else "text"


def fits(found, promised, where=""):
    """Every name on both sides; what is not known is null."""
    if isinstance(promised, dict):
        assert isinstance(found, dict) and found.keys() == promised.keys(), where
        for key in promised:
            fits(found[key], promised[key], f"{where}.{key}")
    elif isinstance(promised, list):
        assert isinstance(found, list) and found, f"{where}: the test has nothing to show"
        if promised and isinstance(promised[0], dict):
            fits(found[0], promised[0], f"{where}[]")
    else:
        assert found in (promised, "NoneType"), f"{where}: {found}, not {promised}"


@pytest.fixture
def box(make_box, account, client):
    """A box with a peer that is away, a user, and a message and a file that wait."""
    finance, interior = make_box("finance", web=True), make_box("interior")
    introduce(finance, interior)
    finance.start()
    alice = client(finance, account(finance, "alice")).login()
    upload(alice, b"a picture")
    alice.wait_acknowledged([alice.send(f"bob@{interior.domain}", "when you are back")])
    finance.command("queue", "hold", "--class", "bulk")
    return finance


def test_a_link_shows_its_round_trip_and_its_rate_when_there_was_something_to_send(pair):
    """`rtt` as soon as the kernel has measured it; `rate` is a number or null."""
    finance, _ = pair
    link = until(
        lambda: next((link for link in finance.status_json()["links"] if link["rtt"] is not None),
                     None), within=15, look=0.1, what="the round trip is known")
    assert 0 <= link["rtt"] < 5_000
    assert link["rate"] is None or link["rate"] > 0


@pytest.mark.parametrize("command", ["card", "peer list", "user list", "status", "queue list", "queue hold --peer interior"])
def test_a_document_has_the_documented_shape(command, box):
    """The names in the example are all there, and no others."""
    found = json.loads(box.command(*command.split(), "--json"))
    fits(shape(found), shape(documented(command.split(" --")[0])), command)


def test_the_documents_of_a_stick_have_the_documented_shape(make_box, account, client, tmp_path):
    """The same of what `bundle export` and `bundle import` print."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior, no_direct=True)
    finance.start()
    alice = client(finance, account(finance, "alice")).login()
    alice.wait_acknowledged([alice.send(f"bob@{interior.domain}", "by stick")])
    written = export(finance, "interior", tmp_path / "file")
    fits(shape(written), shape(documented("bundle export")), "bundle export")
    taken = take(interior, tmp_path / "file")
    fits(shape(taken), shape(documented("bundle import")), "bundle import")


def test_the_document_of_names_has_the_documented_shape(make_box):
    """The same of `names`."""
    found = json.loads(make_box("finance").command("names", "--json"))
    fits(shape(found), shape(documented("names")), "names")


def test_the_document_of_the_doctor_has_the_documented_shape(make_box):
    """The same of `doctor`; the box does not run, so it finds something."""
    found = json.loads(make_box("finance").command("doctor", "--json", check=False))
    assert found["broken"] is True
    fits(shape(found), shape(documented("doctor")), "doctor")


def test_the_document_of_privacy_has_the_documented_shape(make_box, account, client):
    """The same of `privacy show`."""
    box = make_box("finance")
    name = account(box, "alice")
    box.start()
    client(box, name).login().ask(
        "set", "<query xmlns='jabber:iq:roster'><item jid='bob@interior.gov.test'/></query>")
    found = json.loads(box.command("privacy", "show", name, "--json"))
    fits(shape(found), shape(documented("privacy")), "privacy")


def test_the_document_of_an_update_has_the_documented_shape(make_box, tmp_path):
    """The same of `update apply`, with the program that is in place already."""
    box = make_box("finance")
    key = box.command("update", "new-key", str(tmp_path / "key")).strip()
    box.configure("updates", keys=[key])
    machine = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    box.command("update", "sign", "--key", str(tmp_path / "key"), "--for-version", "9.0.0",
                "--architecture", machine, str(EXECUTABLE), str(tmp_path / "file"))
    found = json.loads(box.command("update", "apply", str(tmp_path / "file"), "--json"))
    assert found["applied"] is False
    fits(shape(found), shape(documented("update apply")), "update apply")


def test_the_documents_of_a_backup_have_the_documented_shape(make_box, tmp_path):
    """The same of `backup` and `restore`."""
    box = make_box("finance")
    made = back_up(box, tmp_path / "file")
    fits(shape(made), shape(documented("backup")), "backup")
    lose(box)
    done = restore(box, tmp_path / "file", made["recovery-key"])
    fits(shape(json.loads(done.stdout)), shape(documented("restore")), "restore")

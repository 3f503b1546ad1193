"""`doctor` on real boxes: what is in order, and what it finds."""

import json
import socket
import subprocess
import threading

import pytest

from dakghar_harness import introduce
from dakghar_harness.box import EXECUTABLE


def ask(box, *more):
    done = subprocess.run([str(EXECUTABLE), "doctor", "--json", "--dir", str(box.directory), *more],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def states(document, area):
    return [item["state"] for item in document["findings"] if item["area"] == area]


def test_a_box_that_does_not_run_is_broken(make_box):
    """Exit code 1, and what to do."""
    code, found = ask(make_box("finance"), "--resolver", "127.0.0.1")
    assert code == 1 and found["broken"]
    finding = next(item for item in found["findings"] if item["area"] == "box")
    assert finding["state"] == "broken" and "dakghar run" in finding["advice"]


def test_ports_certificate_peers_and_backups_of_a_running_box(make_box, tmp_path):
    """All of them answer; a peer that is away and a missing backup are worth a look."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    finance.start()
    _, found = ask(finance, "--resolver", finance.host)
    assert states(found, "box") == ["good"]
    assert states(found, "ports") == ["good"] * 3
    assert states(found, "certificates") == ["good"]
    assert states(found, "peers") == ["warning"]
    assert states(found, "backup") == ["warning"]
    # Nobody answers for names there.
    assert states(found, "names") == ["warning"]
    finance.command("backup", str(tmp_path / "file"))
    interior.start()
    finance.wait_peer("interior", "up", within=20)
    _, found = ask(finance, "--resolver", finance.host)
    assert states(found, "backup") == states(found, "peers") == ["good"]


def test_names_that_lead_phones_elsewhere_are_broken(make_box):
    """A resolver that gives the provider's answer instead of this box's."""
    box = make_box("finance")
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind((box.host, 53))
    except PermissionError:
        server.close()
        pytest.skip("port 53 needs root")
    answers = [socket.inet_aton("192.0.2.1")]

    def serve():
        while True:
            try:
                question, sender = server.recvfrom(512)
            except OSError:
                return
            body = question[12:]
            if question[-3] != 1:
                server.sendto(question[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + body, sender)
                continue
            record = b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + answers[0]
            server.sendto(question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + body + record, sender)

    threading.Thread(target=serve, daemon=True).start()
    try:
        box.start()
        code, found = ask(box, "--resolver", box.host)
        assert code == 1 and states(found, "names")[0] == "broken"
        answers[0] = socket.inet_aton(box.host)
        _, found = ask(box, "--resolver", box.host)
        assert states(found, "names") == ["good"] * 3
    finally:
        server.close()

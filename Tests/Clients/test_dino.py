"""Dino, as Debian ships it, on a screen that nobody looks at.

It takes no certificate that the system does not trust, so this is also the test that GnuTLS takes
the box's chain with its constraints. Positions are those of Dino 0.4 on a screen of 1280 by 900.
`DAKGHAR_PICTURES` names a folder for the pictures of the screen.
"""

import os
import shutil
import struct
import time
import zlib
from pathlib import Path

import pytest

from dakghar_harness import introduce, until
from dakghar_harness.desktop import Desktop, reason_unavailable
from dakghar_harness.nodes import owner
from dakghar_harness.omemo import DEVICE_LISTS, Secret
from dakghar_harness.rooms import Seat, room_name
from dakghar_harness.web import Web

OLD_OMEMO = "eu.siacs.conversations.axolotl"
CENTRE_OF_MESSAGE = (900, 762)


def png(width, height):
    """A red picture."""
    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
    rows = (b"\0" + b"\xc0\x20\x20" * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


@pytest.fixture
def offices(make_box):
    """finance and interior, whose line is up."""
    finance, interior = (make_box(name, web=True) for name in ("finance", "interior"))
    introduce(finance, interior)
    for box in (finance, interior):
        box.start()
    finance.wait_peer("interior", "up", within=15)
    return finance, interior


@pytest.fixture
def desktop(offices, tmp_path):
    reason = reason_unavailable("dino-im")
    if reason:
        pytest.skip(reason)
    folder = tmp_path / "desktop"
    folder.mkdir()
    with Desktop(folder, list(offices)) as screen:
        yield screen
        screen.picture("at-the-end")
    pictures = os.environ.get("DAKGHAR_PICTURES")
    for picture in folder.glob("*.png") if pictures else ():
        shutil.copy(picture, Path(pictures))


def log_in(screen, jid, password, box):
    """The three steps of Dino's first start."""
    screen.run("dino-im")
    screen.window("Dino")
    time.sleep(2)
    screen.click(640, 622)
    screen.window("Add Account")
    screen.type(jid)
    screen.keys("Return")
    time.sleep(4)
    screen.picture("asked-for-the-password")
    screen.type(password)
    screen.keys("Return")
    local = jid.split("@")[0]
    until(lambda: '"connected":true' in box.command("user", "sessions", local, "--json"), within=20,
          what=lambda: f"Dino logs in; see {screen.picture('no-login')}")
    time.sleep(2)
    screen.keys("Return")
    time.sleep(2)


def add_contact(screen, jid):
    """Through the dialog for a new conversation, which begins one."""
    screen.keys("ctrl+t")
    time.sleep(1.5)
    screen.click(513, 680)
    time.sleep(1)
    screen.click(670, 473)
    screen.type(jid)
    screen.click(758, 370)
    time.sleep(2)
    screen.click(590, 308)
    screen.click(827, 198)
    time.sleep(2)


def write(screen, text):
    screen.click(*CENTRE_OF_MESSAGE)
    screen.type(text)
    screen.keys("Return")


def test_dino_does_what_people_do(offices, desktop, account, client, password):
    """Logs in, adds a contact in the other office, writes, sends a picture, encrypts, joins a room."""
    finance, interior = offices
    secret = Secret(client(interior, account(interior, "bob"))).login()
    bob = secret.client
    for namespace, node in DEVICE_LISTS.items():
        if namespace != OLD_OMEMO:
            owner(bob, "set", f"<delete node='{node}'/>")
    local = account(finance, "asma")
    asma = f"{local}@{finance.domain}"
    log_in(desktop, asma, password, finance)

    add_contact(desktop, bob.bare)
    until(lambda: [p for p in bob.stream.presences if p.get("type") == "subscribe"
                   and p.get("from") == asma], within=15, what="bob is asked")

    write(desktop, "Greetings from a window")
    sender = bob.reads("Greetings from a window").sender
    bob.send(str(sender), "I read you well")
    time.sleep(1)
    desktop.picture("text")

    picture = desktop.directory / "red.png"
    picture.write_bytes(png(320, 200))
    desktop.click(376, 762)
    desktop.window("Select file")
    time.sleep(1)
    desktop.type(str(picture))
    time.sleep(1)
    desktop.keys("Return")
    time.sleep(2)
    desktop.click(670, 600)
    link = until(lambda: next((m.body for m in bob.messages if (m.body or "").startswith("https://")), None),
                 within=20, what=lambda: f"bob gets the picture; he has {bob.bodies}")
    answer = Web(finance).get("/" + link.split("/", 3)[3])
    assert answer.status == 200 and answer.body == picture.read_bytes()
    time.sleep(1)
    desktop.picture("picture")

    desktop.click(1202, 762)
    desktop.click(1158, 876)
    desktop.keys("Escape")
    write(desktop, "Behind the curtain")
    secret.reads("Behind the curtain", OLD_OMEMO)
    secret.send(asma, "Nobody else reads this", OLD_OMEMO)
    time.sleep(2)
    desktop.picture("encrypted")

    room = room_name(interior)
    seat = Seat(bob, room, "bob").enter()
    seat.configure()
    desktop.keys("ctrl+g")
    time.sleep(1.5)
    desktop.type(room)
    time.sleep(1)
    desktop.click(590, 308)
    desktop.click(827, 198)
    time.sleep(2)
    desktop.click(670, 341)
    desktop.type("asma")
    desktop.click(832, 198)
    seat.sees("asma")
    time.sleep(2)
    write(desktop, "Good morning, council")
    seat.hears("Good morning, council")
    seat.says("Good morning, Asma")
    time.sleep(1)
    desktop.picture("room")

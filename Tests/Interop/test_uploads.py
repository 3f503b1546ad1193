"""Files (XEP-0363): asked for over XMPP, put and fetched over HTTPS, sealed on the disk."""

import os
import socket
import ssl
import time
import urllib.parse

import pytest

from dakghar_harness import Box, Refused, introduce, until
from dakghar_harness.web import Web, connect

UPLOAD = "{urn:xmpp:http:upload:0}"
MIB = 1 << 20


def service(box):
    return f"files.{box.domain}"


def slot(person, size, name="picture.jpg", kind="image/jpeg"):
    """Asks for a slot; the path to put to and to fetch from."""
    answer = person.ask("get", f"<request xmlns='{UPLOAD[1:-1]}' filename='{name}' size='{size}' "
                               f"content-type='{kind}'/>", to=service(person.box))
    put = answer.find(f"{UPLOAD}slot/{UPLOAD}put").get("url")
    assert put == answer.find(f"{UPLOAD}slot/{UPLOAD}get").get("url")
    address = urllib.parse.urlsplit(put)
    assert (address.scheme, address.hostname) == ("https", person.box.domain)
    return address.path


def upload(person, content, **how):
    path = slot(person, len(content), **how)
    assert Web(person.box).ask("PUT", path, content).status == 201
    return path


def files_on_disk(box):
    return sorted((box.directory / "blobs").iterdir())


@pytest.fixture
def alice(web_box, person):
    return person(web_box, "alice")


def test_the_service_is_found_and_says_how_large_a_file_may_be(web_box, alice):
    """disco#items of the domain, disco#info of the service with its form."""
    items = alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>",
                      to=web_box.domain)
    assert service(web_box) in {item.get("jid") for item in items[0]}
    info = alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>",
                     to=service(web_box))[0]
    found = "{http://jabber.org/protocol/disco#info}"
    assert UPLOAD[1:-1] in {f.get("var") for f in info.findall(f"{found}feature")}
    assert info.find(f"{found}identity").get("category") == "store"
    values = {f.get("var"): f[0].text for f in info.find("{jabber:x:data}x")}
    assert values == {"FORM_TYPE": UPLOAD[1:-1], "max-file-size": str(100 * MIB)}


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 3 * MIB + 11])
def test_what_was_put_is_fetched(size, alice):
    """Byte for byte, whatever the size."""
    content = os.urandom(size)
    path = upload(alice, content)
    answer = Web(alice.box).get(path)
    assert answer.status == 200 and answer.body == content
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["access-control-allow-origin"] == "*"
    head = Web(alice.box).ask("HEAD", path)
    assert (head.status, head.body, int(head.headers["content-length"])) == (200, b"", size)


def test_nothing_of_a_file_is_on_the_disk_in_the_clear(alice):
    """Neither its content nor its name."""
    before = set(files_on_disk(alice.box))
    content = b"the minister's own words, " * 5_000
    upload(alice, content, name="confidential-plan.pdf", kind="application/pdf")
    made, = set(files_on_disk(alice.box)) - before
    raw = made.read_bytes()
    assert b"minister" not in raw and len(raw) > len(content)
    for file in alice.box.database_files():
        data = file.read_bytes()
        assert b"confidential-plan" not in data and b"minister" not in data
    assert made.stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("header, part", [
    ("bytes=0-0", (0, 1)), ("bytes=65530-65545", (65_530, 65_546)), ("bytes=131072-", (131_072, None)),
    ("bytes=-7", (-7, None)), ("bytes=100-99999999", (100, None)), ("bytes=70000-70000", (70_000, 70_001))])
def test_a_part_is_fetched(header, part, alice):
    """206 with exactly the bytes that were asked for, across the chunks on the disk."""
    content = os.urandom(200_000)
    path = upload(alice, content)
    answer = Web(alice.box).get(path, range=header)
    assert answer.status == 206 and answer.body == content[part[0]:part[1]]
    begin = part[0] if part[0] >= 0 else len(content) + part[0]
    assert answer.headers["content-range"] == (
        f"bytes {begin}-{begin + len(answer.body) - 1}/{len(content)}")


def test_ranges_that_cannot_be(alice):
    """Beyond the end: 416; several, or nonsense: the whole; of another version: the whole."""
    content = os.urandom(1_000)
    path, web = upload(alice, content), Web(alice.box)
    beyond = web.get(path, range="bytes=1000-")
    assert beyond.status == 416 and beyond.headers["content-range"] == "bytes */1000"
    for header in ("bytes=0-1,5-6", "bytes=a-b", "lines=1-2", "bytes=9-2"):
        assert web.get(path, range=header).body == content
    assert web.get(path, range="bytes=0-1", if_range='"other"').body == content
    tag = web.get(path).headers["etag"]
    assert web.get(path, range="bytes=0-1", if_range=tag).body == content[:2]
    assert web.get(path, if_none_match=tag).status == 304


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/javascript", "text/xml",
                                  "image/png; x", "../../etc"])
def test_what_a_browser_could_run_is_only_downloaded(kind, alice):
    """Attachment, no type of its own, and in a sandbox if it were opened all the same."""
    path = upload(alice, b"<script>alert(1)</script>", name="page.html", kind=kind)
    headers = Web(alice.box).get(path).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_torn_upload_is_begun_again(alice):
    """The slot is good until it is full; nobody sees a half of it; nothing of it is left."""
    content = os.urandom(600_000)
    path = slot(alice, len(content))
    with connect(alice.box) as stream:
        stream.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n"
                       .encode() + content[:300_000])
        until(lambda: any(f.suffix == ".part" for f in files_on_disk(alice.box)), within=5,
              what="the first part is written")
        assert Web(alice.box).get(path).status == 404
    until(lambda: not any(f.suffix == ".part" for f in files_on_disk(alice.box)), within=5,
          what="the torn part is gone")
    assert Web(alice.box).ask("PUT", path, content).status == 201
    assert Web(alice.box).get(path).body == content


def test_a_second_attempt_replaces_one_that_hangs(alice):
    """A phone that changed its network does not wait for its old connection to die."""
    content = os.urandom(400_000)
    path = slot(alice, len(content))
    with connect(alice.box) as hanging:
        hanging.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n"
                        .encode() + content[:100_000])
        time.sleep(0.3)
        assert Web(alice.box).ask("PUT", path, content).status == 201
        assert hanging.recv(100).startswith(b"HTTP/1.1 409")
    assert Web(alice.box).get(path).body == content


def test_the_same_may_be_put_again_and_nothing_else(alice):
    """An answer that was lost is given again; a full slot is never overwritten."""
    content = os.urandom(100_000)
    path = upload(alice, content)
    assert Web(alice.box).ask("PUT", path, content).status == 201
    assert Web(alice.box).ask("PUT", path, os.urandom(100_000)).status == 409
    assert Web(alice.box).get(path).body == content


def test_a_file_survives_a_killed_box(make_box, person):
    """201 means: on the disk."""
    box = make_box("clinic", web=True)
    box.start()
    alice = person(box, "alice")
    content = os.urandom(500_000)
    path = upload(alice, content)
    open_slot = slot(alice, 5)
    box.kill()
    box.start()
    assert Web(box).get(path).body == content
    assert Web(box).ask("PUT", open_slot, b"later").status == 201


@pytest.mark.parametrize("announced", [4, 6, None])
def test_another_size_than_asked_for_is_refused(announced, alice):
    """Announced or not, more or less: nothing is stored."""
    path = slot(alice, 5)
    web = Web(alice.box)
    if announced is None:
        for body in (b"1234", b"123456"):
            web.putrequest("PUT", path)
            web.putheader("Transfer-Encoding", "chunked")
            web.endheaders()
            web.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            answer = web.getresponse()
            answer.read()
            assert answer.status in (400, 413)
            web.close()
    else:
        assert web.ask("PUT", path, b"x" * announced).status == 413
    assert Web(alice.box).get(path).status == 404
    assert Web(alice.box).ask("PUT", path, b"12345").status == 201


def test_expect_continue_is_answered(alice):
    """curl waits for it before it sends a large file."""
    path = slot(alice, 5)
    with connect(alice.box) as stream:
        stream.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                       "Expect: 100-continue\r\n\r\n".encode())
        assert stream.recv(100).startswith(b"HTTP/1.1 100")
        stream.sendall(b"hello")
        assert stream.recv(1000).startswith(b"HTTP/1.1 201")


def test_tokens_cannot_be_guessed_and_paths_lead_nowhere(alice):
    """Only a token that was given out counts, in the one place where it belongs."""
    path, web = upload(alice, b"secret"), Web(alice.box)
    start, token, name = path.rsplit("/", 2)
    assert len(token) == 22
    for wrong in (f"{start}/{'A' * 22}/{name}", f"{start}/{token[:-1]}/{name}", f"{start}/{token}",
                  f"{start}/{token}x/{name}", f"{start}/{token}/../{name}", f"{start}//{token}/{name}",
                  f"/other/{token}/{name}", f"{start}/../blobs/1.file", f"{start}/%2e%2e/{name}",
                  f"{start}/{token}/a/b", f"{start}/1.file/{name}", f"{start}/", f"{start}/{token}%00/x"):
        assert web.get(wrong).status == 404, wrong
        assert web.ask("PUT", wrong, b"x").status == 404, wrong


@pytest.mark.parametrize("name, kept", [
    ("../../etc/passwd", "passwd"), ("a b&amp;c.txt", "a%20b%26c.txt"), ("दवा.pdf", None)])
def test_names_are_only_names(name, kept, alice):
    """Folders are cut off, everything else is escaped; the download bears the name."""
    path = upload(alice, b"x", name=name, kind="text/plain")
    last = path.rsplit("/", 1)[1]
    assert kept is None or last == kept
    assert last.isascii() and "/" not in urllib.parse.unquote(last)
    assert last in Web(alice.box).get(path).headers["content-disposition"]


@pytest.mark.parametrize("attributes", [
    "filename='a' size='0'", "filename='a' size='-4'", "filename='a' size='many'", "size='4'",
    "filename='..' size='4'", "filename='a'", f"filename='{'x' * 300}' size='4'"])
def test_a_bad_request_for_a_slot_is_refused(attributes, alice):
    """bad-request, and the session goes on."""
    with pytest.raises(Refused) as refused:
        alice.ask("get", f"<request xmlns='{UPLOAD[1:-1]}' {attributes}/>", to=service(alice.box))
    assert refused.value.condition == "bad-request"


def test_limits(make_box, person):
    """One file, one person, everybody; and what a torn upload reserved counts."""
    box: Box = make_box("clinic", web=True)
    box.configure("limits", **{"file": "300 KiB", "files-per-person": "500 KiB", "files": "900 KiB"})
    box.start()
    alice, bob, carol = (person(box, name) for name in ("alice", "bob", "carol"))

    def refused(who, size):
        with pytest.raises(Refused) as caught:
            slot(who, size)
        return caught.value.condition

    assert refused(alice, 301 << 10) == "not-acceptable"
    upload(alice, os.urandom(300 << 10))
    assert refused(alice, 201 << 10) == "resource-constraint"
    upload(alice, os.urandom(200 << 10))
    slot(bob, 300 << 10)
    assert refused(carol, 101 << 10) == "resource-constraint"
    upload(carol, os.urandom(100 << 10))
    box.restart()
    dave = person(box, "dave")
    assert refused(dave, 1_000) == "resource-constraint"


def test_slots_of_one_person_are_bounded(make_box, person):
    """A hundred that are not filled."""
    box = make_box("clinic", web=True)
    box.start()
    alice = person(box, "alice")
    for _ in range(100):
        slot(alice, 10)
    with pytest.raises(Refused):
        slot(alice, 10)


def test_the_files_of_a_removed_person_go(make_box, account, client):
    """Row and file."""
    box = make_box("clinic", web=True)
    box.start()
    local = account(box, "alice")
    path = upload(client(box, local).login(), b"mine")
    assert len(files_on_disk(box)) == 1
    box.command("user", "remove", local)
    until(lambda: not files_on_disk(box), within=5, what="the file is gone")
    assert Web(box).get(path).status == 404


def test_a_damaged_file_is_never_shown_as_whole(make_box, person):
    """A flipped bit in the first chunk: 500; in a later one: the connection breaks."""
    box = make_box("clinic", web=True)
    box.start()
    alice = person(box, "alice")
    for place, status in ((100, 500), (70_000, None)):
        path = upload(alice, os.urandom(200_000))
        file = max(files_on_disk(box), key=lambda f: int(f.name.split(".")[0]))
        with file.open("r+b") as raw:
            raw.seek(place)
            byte = raw.read(1)
            raw.seek(place)
            raw.write(bytes([byte[0] ^ 1]))
        if status:
            assert Web(box).get(path).status == status
        else:
            with pytest.raises(Exception):
                Web(box).get(path)


def test_a_large_file_takes_no_memory(make_box, person):
    """60 MiB go to the disk and back in pieces: the box stays as small as it was."""
    box = make_box("clinic", web=True)
    box.start()
    alice = person(box, "alice")
    upload(alice, b"warm up")
    before = private_memory(box)
    content = os.urandom(MIB) * 60
    path = upload(alice, content)
    assert Web(box).get(path).body == content
    assert private_memory(box) - before < 8 * MIB


def private_memory(box):
    with open(f"/proc/{box.pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) << 10 for line in file if line.startswith("Private_Dirty"))


def test_a_slow_reader_holds_up_nobody(alice):
    """Somebody fetches a large file and does not read it; others are served."""
    path = upload(alice, os.urandom(MIB) * 20)
    plain = socket.create_connection((alice.box.host, alice.box.web_port))
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    context = ssl.create_default_context(cafile=alice.box.root_certificate)
    with context.wrap_socket(plain, server_hostname=alice.box.domain) as stream:
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        stream.recv(100)
        started = time.monotonic()
        assert Web(alice.box).get("/healthz").status == 200
        assert time.monotonic() - started < 2


def test_addresses_name_the_files_host(make_box, person):
    """A deployment's shared host, with this box's name in the path; the certificate covers it."""
    box = make_box("clinic", web=True)
    box.configure("box", **{"files-host": "files.gov.test"})
    box.start()
    answer = person(box, "alice").ask(
        "get", f"<request xmlns='{UPLOAD[1:-1]}' filename='a.txt' size='1'/>", to=service(box))
    address = urllib.parse.urlsplit(answer.find(f"{UPLOAD}slot/{UPLOAD}put").get("url"))
    assert (address.hostname, address.port) == ("files.gov.test", box.web_port)
    assert address.path.startswith("/clinic/")
    context = ssl.create_default_context(cafile=box.root_certificate)
    with socket.create_connection((box.host, box.web_port)) as plain:
        context.wrap_socket(plain, server_hostname="files.gov.test").close()


def test_a_full_disk_refuses_the_file_and_keeps_nothing_of_it(small_disk, account, client):
    """507 in the middle of a PUT; the slot stays good, and with room it takes the file."""
    folder, leave = small_disk
    box = Box(folder / "finance", "finance", web=True)
    box.log_path = folder.parent / "finance.log"
    try:
        alice = client(box.start(), account(box, "alice")).login()
        content = os.urandom(8 * MIB)
        path = slot(alice, len(content))
        leave(2 * MIB)
        refused = Web(box, within=30).ask("PUT", path, content)
        assert refused.status == 507, refused
        until(lambda: not files_on_disk(box), within=10, what="nothing of it is left")
        assert Web(box).get(path).status == 404
        leave(-1)
        assert Web(box, within=30).ask("PUT", path, content).status == 201
        assert Web(box, within=30).get(path).body == content
    finally:
        box.discard()


def test_a_full_disk_refuses_other_offices_files_and_takes_them_later(
        small_disk, make_box, account, client):
    """507 with the reason while there is no room for it; then the file."""
    folder, leave = small_disk
    clinic = Box(folder / "clinic", "clinic", web=True)
    clinic.log_path = folder.parent / "clinic.log"
    finance = make_box("finance", web=True)
    introduce(finance, clinic)
    try:
        alice = client(finance.start(), account(finance, "alice")).login()
        clinic.start()
        clinic.wait_peer("finance", "up", within=15)
        content = os.urandom(4 * MIB)
        path = upload(alice, content)
        leave(7 * MIB)
        refused = Web(clinic, within=30).get(path)
        assert refused.status == 507 and b"no room" in refused.body
        assert not files_on_disk(clinic)
        leave(-1)
        until(lambda: Web(clinic, within=30).get(path).status == 200, within=60, look=2,
              what="it is fetched when there is room")
        assert Web(clinic).get(path).body == content
    finally:
        clinic.discard()

#!/usr/bin/env python3
"""Uploads and downloads over HTTPS (XEP-0363): MB a second on this machine and CPU of the server for each MB.

Our box encrypts each file with a key of its own and syncs it before it answers; the others keep it as it
came, in the kernel's cache. DAKGHAR names the executable.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from measure import contenders, load, process
from measure.contenders import Contender
from measure.results import Results
from measure.writer import log_in

from dakghar_harness.raw import RawStream

UPLOAD = "{urn:xmpp:http:upload:0}"
#: Bytes of a file, and how many of them.
PLAN = [(100_000, 50), (1_000_000, 20), (10_000_000, 5)]


@dataclass
class Slot:
    put: str
    get: str
    headers: dict[str, str]


def service(stream: RawStream, domain: str) -> str:
    """Who gives slots: what disco finds."""
    items = stream.ask("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>", to=domain)
    addresses = [item.get("jid", "") for item in items.iter("{http://jabber.org/protocol/disco#items}item")]
    for address in [domain, *addresses]:
        info = stream.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=address)
        features = info.iter("{http://jabber.org/protocol/disco#info}feature")
        if any(feature.get("var") == "urn:xmpp:http:upload:0" for feature in features):
            return address
    raise SystemExit(f"{domain} takes no files")


def slot(stream: RawStream, to: str, size: int) -> Slot:
    answer = stream.ask("get", f"<request xmlns='urn:xmpp:http:upload:0' filename='file.bin' size='{size}' "
                        "content-type='application/octet-stream'/>", to=to)
    put, get = answer.find(f"{UPLOAD}slot/{UPLOAD}put"), answer.find(f"{UPLOAD}slot/{UPLOAD}get")
    if put is None or get is None:
        raise SystemExit(f"{to} gives no slot")
    headers = {header.get("name", ""): header.text or "" for header in put.findall(f"{UPLOAD}header")}
    return Slot(put.get("url", ""), get.get("url", ""), headers)


class Connection(http.client.HTTPConnection):
    """To the server's address, whatever the name in the URL; one connection for all requests."""

    def __init__(self, server: Contender, name: str) -> None:
        super().__init__(name, timeout=60)
        self._server, self._name = server, name

    def connect(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = socket.create_connection((self._server.host, self._server.web_port), timeout=60)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = context.wrap_socket(plain, server_hostname=self._name)

    def ask(self, method: str, url: str, content: bytes | None = None,
            headers: dict[str, str] | None = None) -> bytes:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.request(method, path, content, {"Host": parts.netloc, **(headers or {})})
        answer = self.getresponse()
        body = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{self._server.title}: {method} ends with {answer.status}")
        return body


def measure(server: Contender, size: int, count: int, results: Results) -> None:
    stream = log_in(server, "u1", f"files{size}")
    to = service(stream, server.domain)
    content = os.urandom(size)
    slots = [slot(stream, to, size) for _ in range(count)]
    web = Connection(server, urlsplit(slots[0].put).hostname or server.domain)

    def upload() -> None:
        for one in slots:
            web.ask("PUT", one.put, content, {"Content-Type": "application/octet-stream", **one.headers})

    def download() -> None:
        for one in slots:
            if web.ask("GET", one.get) != content:
                raise SystemExit(f"{server.title} gives another file back")

    for name, work in (("upload", upload), ("download", download)):
        before, began = process.counters(server.pid), time.monotonic()
        work()
        took, after = time.monotonic() - began, process.counters(server.pid)
        whole = size * count / 1e6
        cpu = max(process.TICK_MS, after.cpu_ms - before.cpu_ms)
        results.add(f"{name}: CPU of a MB", server.title, cpu / whole, "ms", work=size, of="bytes a file")
        results.add(f"{name} speed", server.title, whole / took, "MB/s", more=True, work=size, of="bytes a file")
    web.close()
    stream.close()


def main() -> None:
    results = Results("files")
    with contenders.all_running(load.people(1), memory_only=False, bare=False) as servers:
        for size, count in PLAN:
            for server in servers:
                measure(server, size, count, results)
    results.save()


if __name__ == "__main__":
    main()

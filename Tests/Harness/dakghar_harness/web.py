"""A box's HTTPS port by hand, and a WebSocket stream on it."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import namespaces

if TYPE_CHECKING:
    from .box import Box


@dataclass
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode()


def trusting(box: Box) -> ssl.SSLContext:
    """TLS that believes this box's root only, checks the name and speaks HTTP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=box.root_certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


def connect(box: Box, *, source: str | None = None, within: float = 10,
            name: str | None = None) -> ssl.SSLSocket:
    """A TLS connection to the box's HTTPS port, under its domain or another `name` of its."""
    with namespaces.inside(box.namespace):
        plain = socket.create_connection(
            (box.host, box.web_port), timeout=within,
            source_address=(source, 0) if source else None)
    return trusting(box).wrap_socket(plain, server_hostname=name or box.domain)


class Web(http.client.HTTPSConnection):
    """Requests to one box; a new connection unless the last one was kept open."""

    def __init__(self, box: Box, *, source: str | None = None, within: float = 10,
                 name: str | None = None) -> None:
        super().__init__(name or box.domain, box.web_port, timeout=within)
        self.box, self.source, self.name = box, source, name

    def connect(self) -> None:
        self.sock = connect(self.box, source=self.source, within=self.timeout, name=self.name)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request; `content_type="text/plain"` becomes a header."""
        self.request(method, path, body=body,
                     headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = self.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()},
                      response.read())

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)


class WebSocket:
    """RFC 6455 with nothing hidden: one text message in, one out."""

    def __init__(self, box: Box, *, protocol: str | None = "xmpp",
                 path: str = "/xmpp-websocket") -> None:
        self.socket = connect(box)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {box.domain}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        if protocol:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._rest = b""
        while b"\r\n\r\n" not in self._rest:
            piece = self.socket.recv(4096)
            assert piece, "the box hung up during the handshake"
            self._rest += piece
        head, self._rest = self._rest.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        self.head = head.decode().lower()

    def frame(self, opcode: int, data: bytes, *, final: bool = True) -> None:
        mask = os.urandom(4)
        size = len(data)
        start = bytes([(0x80 if final else 0) | opcode])
        if size < 126:
            start += bytes([0x80 | size])
        elif size < 65_536:
            start += bytes([0x80 | 126]) + struct.pack("!H", size)
        else:
            start += bytes([0x80 | 127]) + struct.pack("!Q", size)
        pattern = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(pattern, "big")).to_bytes(size, "big")
        self.socket.sendall(start + mask + masked)

    def send(self, text: str) -> None:
        self.frame(1, text.encode())

    def next(self) -> tuple[int, bytes]:
        """Opcode and content of the next frame; (-1, b"") when the box hung up."""
        try:
            head = self._take(2)
            size = head[1] & 127
            if size == 126:
                size = struct.unpack("!H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._take(8))[0]
            return head[0] & 15, self._take(size)
        except (EOFError, ConnectionError):
            return -1, b""

    def _take(self, count: int) -> bytes:
        while len(self._rest) < count:
            piece = self.socket.recv(65_536)
            if not piece:
                raise EOFError
            self._rest += piece
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "WebSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

"""A server that is asked what it can: our box, or another product."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_people = itertools.count(1)


@dataclass
class Target:
    """Where a running server listens, and how an account is made on it."""

    name: str
    host: str
    domain: str
    #: What its certificate is checked against.
    root_certificate: Path
    #: Makes an account with `password`.
    make_account: Callable[[str], None]
    password: str
    web_port: int
    #: A component's domain and its secret (XEP-0114): what the server is configured to accept.
    component: str
    secret: str
    port: int = 5222
    direct_tls_port: int = 5223
    component_port: int = 5347
    websocket_path: str = "/xmpp-websocket"
    bosh_path: str = "/http-bind"
    namespace: None = None

    def account(self, name: str) -> str:
        """A new account; its local part."""
        local = f"{name}{next(_people)}"
        self.make_account(local)
        return local

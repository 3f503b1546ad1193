"""SCRAM with tls-server-end-point (RFC 5929) for slixmpp, whose own -PLUS knows tls-unique only."""

from __future__ import annotations

import hashlib
import ssl
from typing import Any

from cryptography import x509
from slixmpp.util.sasl.client import sasl_mech
from slixmpp.util.sasl.mechanisms import SCRAM

END_POINT = b"p=tls-server-end-point"


def end_point_binding(certificate: bytes) -> bytes:
    """The hash of the server's certificate (DER) that RFC 5929 §4.1 asks for."""
    algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    name = algorithm.name if algorithm else "sha256"
    return hashlib.new("sha256" if name in ("md5", "sha1") else name, certificate).digest()


@sasl_mech(60)
class EndPointSCRAM(SCRAM):
    """Takes the place of slixmpp's SCRAM; without -PLUS it says and does the same."""

    name = "SCRAM"
    security = SCRAM.security | {"end_point"}

    def process_1(self, challenge: bytes) -> bytes:
        first = super().process_1(challenge)
        if not self.use_channel_binding:
            return first
        self.gs2_header = END_POINT + b",,"
        self.client_first_message = self.gs2_header + self.client_first_message_bare
        return self.client_first_message


def credentials(stream: Any, required: set[str], optional: set[str]) -> dict[str, Any]:
    """What the mechanism asks for; the channel binding is that of the server's certificate."""
    known: dict[str, Any] = {
        "username": stream.requested_jid.user,
        "password": stream.password,
        "authzid": "",
    }
    if isinstance(stream.socket, (ssl.SSLSocket, ssl.SSLObject)):
        known["channel_binding"] = end_point_binding(stream.socket.getpeercert(True))
    return {key: known[key] for key in required | optional if key in known}

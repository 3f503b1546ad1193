"""Thousands of accounts at once: one password, one salt, so that the keys are derived once.

A login costs a server the same as with an account that was made the usual way.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Keys:
    """What a server stores for SCRAM (RFC 5802)."""

    stored: bytes
    server: bytes


def keys(password: str, salt: bytes, rounds: int, digest: str) -> Keys:
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt, rounds)
    client = hmac.digest(salted, b"Client Key", digest)
    return Keys(hashlib.new(digest, client).digest(), hmac.digest(salted, b"Server Key", digest))


def into_box(database: Path, users: list[str], password: str) -> None:
    """Copies the rows that `user add` wrote for the first account, under other names."""
    with sqlite3.connect(database) as connection:
        created, rounds = connection.execute(
            "SELECT created, scram_sha256 FROM account ORDER BY id LIMIT 1").fetchone()
        count = int.from_bytes(rounds[:4], "big")
        salt = os.urandom(16)
        encoded = []
        for digest in ("sha1", "sha256"):
            made = keys(password, salt, count, digest)
            encoded.append(count.to_bytes(4, "big") + bytes([len(salt)]) + salt + made.stored + made.server)
        connection.executemany(
            "INSERT INTO account (localpart, created, scram_sha1, scram_sha256) VALUES (?, ?, ?, ?)",
            [(user, created, *encoded) for user in users])
    connection.close()


def into_prosody(data: Path, domain: str, users: list[str], password: str) -> None:
    """The files that mod_auth_internal_hashed keeps; 10,000 rounds are its default."""
    folder = data / re.sub(r"\W", lambda sign: f"%{ord(sign[0]):02x}", domain) / "accounts"
    folder.mkdir(parents=True)
    salt = os.urandom(12).hex()
    made = keys(password, salt.encode(), 10_000, "sha256")
    text = (f'return {{\n\t["stored_key"] = "{made.stored.hex()}";\n\t["server_key"] = "{made.server.hex()}";\n'
            f'\t["salt"] = "{salt}";\n\t["iteration_count"] = 10000;\n}};\n')
    for user in users:
        (folder / f"{user}.dat").write_text(text)

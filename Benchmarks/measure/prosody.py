"""Debian's Prosody with an archive in SQLite, made as fair as its documentation allows.

It acknowledges when it has read a message, whether or not the archive has it. `mod_limits` is left
out: it would hold every client to 10 kB/s.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from dakghar_harness.box import _die_with_parent, loopback_host

CONFIGURATION = """
run_as_root = true
daemonize = false
pidfile = "{directory}/prosody.pid"
data_path = "{directory}"
log = {{ warn = "{directory}/prosody.log" }}
interfaces = {{ "{host}" }}
c2s_ports = {{ 5222 }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "posix", "carbons", "mam", "smacks", "ping" }}
modules_disabled = {{ "s2s", "offline" }}
c2s_require_encryption = true
authentication = "internal_hashed"
password_hash = "SHA-256"
{storage}
VirtualHost "{domain}"
    ssl = {{ certificate = "{directory}/certificate.pem", key = "{directory}/key.pem" }}
"""

ARCHIVE = """
default_archive_policy = true
archive_expires_after = "never"
storage = {{ archive = "sql" }}
sql = {{ driver = "SQLite3", database = "{directory}/archive.sqlite" }}
"""


def reason_unavailable() -> str | None:
    """Why there is nothing to compare with, or None."""
    if shutil.which("prosody") is None:
        return "prosody is not installed (Debian: prosody, lua-dbi-sqlite3)"
    if not list(Path("/usr/lib").glob("**/lua/5.4/dbd/sqlite3.so")):
        return "Prosody cannot use SQLite (Debian: lua-dbi-sqlite3)"
    return None


class Prosody:
    """One running Prosody; a context manager."""

    def __init__(self, directory: Path, users: list[str], password: str) -> None:
        self.host = loopback_host()
        self.domain = "prosody.test"
        directory.mkdir()
        self._configuration = directory / "prosody.cfg.lua"
        self._configuration.write_text(CONFIGURATION.format(
            directory=directory, host=self.host, domain=self.domain,
            storage=ARCHIVE.format(directory=directory)))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", f"/CN={self.domain}", "-keyout", directory / "key.pem",
             "-out", directory / "certificate.pem"], check=True, capture_output=True, timeout=20)
        for user in users:
            subprocess.run(
                ["prosodyctl", "--config", self._configuration, "register", user, self.domain, password],
                check=True, capture_output=True, timeout=20, stdin=subprocess.DEVNULL)

    def __enter__(self) -> "Prosody":
        self._process = subprocess.Popen(
            ["prosody", "--config", str(self._configuration)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            with socket.socket() as probe:
                if probe.connect_ex((self.host, 5222)) == 0:
                    return self
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        self.__exit__()
        raise SystemExit("Prosody does not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)

    @property
    def pid(self) -> int:
        return self._process.pid

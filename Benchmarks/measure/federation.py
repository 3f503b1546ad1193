"""Debian's Prosody and ejabberd as two offices that federate over a line: S2S with TLS and dialback.

Names are answered by a resolver of ours in each namespace; nothing leaves them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

from dakghar_harness import Office
from dakghar_harness.box import _die_with_parent
from dakghar_harness.namespaces import inside
from dakghar_harness.raw import RawStream

from . import certificate

PASSWORD = "correct horse battery staple"

PROSODY = """
run_as_root = true
daemonize = false
pidfile = "{directory}/prosody.pid"
data_path = "{directory}"
log = {{ info = "{directory}/prosody.log" }}
interfaces = {{ "{host}" }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "posix", "smacks", "ping", "dialback",
    "offline", "register_ibr" }}
allow_registration = true
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = false
limits = {{ }}
authentication = "internal_hashed"
unbound = {{ resolvconf = true; hoststxt = false }}
ssl = {{ certificate = "{directory}/certificate.pem", key = "{directory}/key.pem" }}
VirtualHost "{domain}"
"""

EJABBERD = """
hosts: ["{domain}"]
loglevel: 4
log_rotate_count: 0
certfiles: ["{directory}/both.pem"]
auth_method: internal
auth_password_format: scram
registration_timeout: infinity
s2s_use_starttls: required
s2s_zlib: true
default_db: mnesia
listen:
  - {{ port: 5222, ip: "{host}", module: ejabberd_c2s, starttls_required: true }}
  - {{ port: 5269, ip: "{host}", module: ejabberd_s2s_in }}
access_rules:
  everybody: {{ allow: all }}
modules:
  mod_disco: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_register: {{ ip_access: all, access: everybody, access_from: everybody, welcome_message: {{}} }}
  mod_roster: {{}}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{}}
"""


class Resolver:
    """Answers A for the names it knows, and that there is nothing else."""

    def __init__(self, office: Office, names: dict[str, str]) -> None:
        self._names = names
        # Not on 127.0.0.1: libunbound asks nobody there.
        with inside(office.namespace):
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind((office.address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                asked, client = self._socket.recvfrom(512)
            except OSError:
                return  # closed
            with contextlib.suppress(OSError, IndexError, UnicodeDecodeError, struct.error):
                self._socket.sendto(self._answer(asked), client)

    def _answer(self, asked: bytes) -> bytes:
        position, labels = 12, []
        while asked[position]:
            labels.append(asked[position + 1:position + 1 + asked[position]].decode())
            position += 1 + asked[position]
        kind = struct.unpack(">H", asked[position + 1:position + 3])[0]
        address = self._names.get(".".join(labels).lower()) if kind == 1 else None
        known = any(".".join(labels).lower().endswith(name) for name in self._names)
        head = asked[:2] + struct.pack(
            ">HHHHH", 0x8580 | (0 if known else 3), 1, 1 if address else 0, 0, 0)
        record = (b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
                  if address else b"")
        return head + asked[12:position + 5] + record

    def close(self) -> None:
        self._socket.close()


def domain(office: Office) -> str:
    """The domain of an office. Not under `test`: libunbound knows that there is no such name."""
    return f"{office.name}.office"


class FederatedServer:
    """One server in one office; a context manager. Serves as the `box` of a harness client."""

    def __init__(self, title: str, office: Office, directory: Path, names: dict[str, str]) -> None:
        directory.mkdir(parents=True)
        self.title = title
        self.directory = directory
        self.host = office.address
        self.namespace = office.namespace
        self._office = office
        self.domain = domain(office)
        self._names = names
        certificate.make(directory, self.domain)
        self.root_certificate = directory / "certificate.pem"
        both = directory / "both.pem"
        both.write_text(self.root_certificate.read_text() + (directory / "key.pem").read_text())
        (directory / "resolv.conf").write_text(f"nameserver {office.address}\noptions timeout:1 attempts:1\n")
        (directory / "hosts").write_text("127.0.0.1 localhost\n")
        configuration = directory / ("prosody.cfg.lua" if title == "Prosody" else "ejabberd.yml")
        configuration.write_text((PROSODY if title == "Prosody" else EJABBERD).format(
            directory=directory, host=self.host, domain=self.domain))
        self._environment = {
            "EJABBERD_CONFIG_PATH": str(configuration), "EJABBERD_LOG_PATH": f"{directory}/ejabberd.log",
            "HOME": str(directory), "ERL_CRASH_DUMP": f"{directory}/crash"}
        if title == "Prosody":
            self._command = ["prosody", "--config", str(configuration)]
        else:
            self._command = ["erl", "-noinput", "-pa", str(_ejabberd() / "ebin"), "-mnesia", "dir",
                             f'"{directory}/mnesia"', "-s", "ejabberd"]

    def __enter__(self) -> "FederatedServer":
        self._resolver = Resolver(self._office, self._names)
        script = ('mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/hosts" /etc/hosts'
                  ' && exec "$@"')
        with (self.directory / "output.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, "sh", "-c", script, str(self.directory),
                 *self._command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **self._environment}, preexec_fn=_die_with_parent)
        limit = time.monotonic() + 40
        while time.monotonic() < limit and self._process.poll() is None:
            if self._answers(5222) and self._answers(5269):
                return self
            time.sleep(0.1)
        self.__exit__()
        said = (self.directory / "output.log").read_text(errors="replace")[-2_000:]
        raise SystemExit(f"{self.title} does not start: {said}")

    def _answers(self, port: int) -> bool:
        with inside(self.namespace):
            probe = socket.socket()
        with probe:
            return probe.connect_ex((self.host, port)) == 0

    def __exit__(self, *_: object) -> None:
        self._resolver.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=5)

    def register(self, local: str) -> None:
        """In-band registration (XEP-0077), which the configurations allow for this."""
        with RawStream(self.host, 5222, domain=self.domain, root=self.root_certificate,
                       namespace=self.namespace).start_tls() as stream:
            stream.open()
            answer = stream.ask("set", f"<query xmlns='jabber:iq:register'><username>{local}</username>"
                                f"<password>{PASSWORD}</password></query>")
            if answer.get("type") != "result":
                raise SystemExit(f"{self.title} does not register {local}")


def _ejabberd() -> Path:
    found = [p for p in Path("/usr/lib").glob("*/ejabberd-*") if (p / "ebin/ejabberd.beam").exists()]
    return found[0] if found else Path("/nonexistent")


def reason_unavailable(title: str) -> str | None:
    """Why there is nothing to compare with, or None."""
    program = "prosody" if title == "Prosody" else "erl"
    if shutil.which(program) is None or (program == "erl" and not (_ejabberd() / "ebin").exists()):
        return f"{title} is not installed (Debian: {title.lower()})"
    return None

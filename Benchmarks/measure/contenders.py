"""The servers that are compared: one box of ours, Prosody and ejabberd of Debian, each alone on its
address, all at once, so that they can take turns.

Prosody and ejabberd are set up for speed as their documents advise, and a little beyond: nothing
limits a client's rate, no debug log, epoll, generational collection and a longer XEP-0198 queue (Prosody), kernel
polling and no busy waiting (Erlang), the quickest archive that the package offers (Prosody: its own
files; ejabberd: mnesia), which is also kept without a sync. Both acknowledge before anything is on the
disk; each is also run with no archive at all, which is less than what our box does.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from dakghar_harness import Box

from . import accounts, certificate, load, others

WEB_PORT = others.WEB_PORT

PROSODY = """
run_as_root = true
daemonize = false
pidfile = "{directory}/prosody.pid"
data_path = "{directory}"
log = {{ warn = "{directory}/prosody.log" }}
interfaces = {{ "{host}" }}
c2s_ports = {{ 5222 }}
http_ports = {{ }}
https_ports = {{ {web_port} }}
https_interfaces = {{ "{host}" }}
https_ssl = {{ certificate = "{directory}/certificate.pem", key = "{directory}/key.pem" }}
http_default_host = "{domain}"
http_external_url = "https://{domain}:{web_port}/"
http_max_content_size = 134217728
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "posix", "carbons", "smacks", "ping"{mam} }}
modules_disabled = {{ "s2s", "offline" }}
{speed}
default_archive_policy = true
archive_expires_after = "never"
c2s_require_encryption = true
authentication = "internal_hashed"
password_hash = "SHA-256"
ssl = {{ certificate = "{directory}/certificate.pem", key = "{directory}/key.pem" }}
VirtualHost "{domain}"
Component "rooms.{domain}" "muc"
    modules_enabled = {{ {muc_mam} }}
    muc_log_by_default = true
    muc_room_locking = false
    muc_room_default_persistent = true
Component "files.{domain}" "http_file_share"
    http_host = "{domain}"
    http_file_share_size_limit = 134217728
    http_file_share_daily_quota = 107374182400
"""

#: What made Prosody up to three times as quick here, of four settings tried (its defaults, each alone, both), at
#: the price of memory for each client: left out where memory is measured. Its default queue, 500, overflows.
PROSODY_SPEED = """gc = { mode = "generational" }
smacks_max_queue_size = 5000"""

EJABBERD = """
hosts: ["{domain}"]
loglevel: 2
log_rotate_count: 0
certfiles: ["{directory}/both.pem"]
c2s_protocol_options: ["no_sslv3", "no_tlsv1", "no_tlsv1_1"]
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
default_db: mnesia
listen:
  - {{ port: 5222, ip: "{host}", module: ejabberd_c2s, starttls_required: true, max_stanza_size: 262144 }}
  - port: {web_port}
    ip: "{host}"
    module: ejabberd_http
    tls: true
    request_handlers:
      /upload: mod_http_upload
access_rules:
  everybody: {{ allow: all }}
modules:
  mod_carboncopy: {{}}
  mod_disco: {{}}
  mod_http_upload:
    put_url: "https://@HOST@:{web_port}/upload"
    docroot: "{directory}/upload"
    host: "files.{domain}"
    access: everybody
    max_size: 134217728
{mam}
  mod_muc:
    host: "rooms.{domain}"
    access: everybody
    access_create: everybody
    access_persistent: everybody
    access_mam: everybody
    max_users: 1000
    default_room_options: {{ mam: {muc_mam}, persistent: true, max_users: 1000 }}
  mod_ping: {{}}
  mod_roster: {{ versioning: true }}
  mod_stream_mgmt: {{ resend_on_timeout: if_offline, max_ack_queue: infinity }}
"""

#: Registers everybody once the server runs, then says so.
REGISTER = """
ok = application:ensure_started(ejabberd),
lists:foreach(fun(U) -> ok = ejabberd_auth:try_register(U, <<"{domain}">>, <<"{password}">>) end, [{users}]),
ok = file:write_file("{directory}/ready", <<>>)
"""


class Contender(Protocol):
    """A running server with accounts, as the load generator and the counters see it."""

    title: str
    host: str
    domain: str
    web_port: int

    @property
    def pid(self) -> int: ...

    @property
    def root_certificate(self) -> Path: ...


class Ours:
    """Our box; `directory` on a tmpfs takes the cost of syncing away, and nothing else."""

    def __init__(self, directory: Path, users: list[str], title: str = "Dakghar", *,
                 name: str = "ours") -> None:
        self.title = title
        self.box = Box(directory, name, web=True)
        self.host, self.domain, self.web_port = self.box.host, self.box.domain, self.box.web_port
        # As for the others: nothing holds a client back.
        self.box.configure("limits", **{"stanzas-per-second": 1_000_000})
        if users:
            self.box.user_add(users[0], load.PASSWORD)
            accounts.into_box(directory / "dakghar.db", users[1:], load.PASSWORD)

    def __enter__(self) -> "Ours":
        self.box.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.box.discard()

    @property
    def pid(self) -> int:
        return self.box.pid

    @property
    def root_certificate(self) -> Path:
        return self.box.root_certificate


class _Other(others.Process):
    """What both have in common."""

    ports = (5222, WEB_PORT)
    archive: bool
    product: str

    def __init__(self, directory: Path, *, archive: bool) -> None:
        super().__init__(directory, self.product.lower() + ("" if archive else "-bare"))
        self.archive = archive
        self.title = self.product if archive else f"{self.product}, no archive"
        self.web_port = WEB_PORT

    @property
    def root_certificate(self) -> Path:
        return self.directory / "certificate.pem"


class Prosody(_Other):
    product = "Prosody"

    def __init__(self, directory: Path, users: list[str], *, archive: bool = True, quick: bool = True) -> None:
        super().__init__(directory, archive=archive)
        configuration = directory / "prosody.cfg.lua"
        configuration.write_text(PROSODY.format(
            directory=directory, host=self.host, domain=self.domain, web_port=WEB_PORT,
            speed=PROSODY_SPEED if quick else "", mam=', "mam"' if archive else "", muc_mam='"muc_mam"' if archive else ""))
        accounts.into_prosody(directory, self.domain, users, load.PASSWORD)
        self.command = ["prosody", "--config", str(configuration)]


class Ejabberd(_Other):
    product = "ejabberd"

    def __init__(self, directory: Path, users: list[str], *, archive: bool = True) -> None:
        super().__init__(directory, archive=archive)
        self.environment = others.ejabberd_environment(directory, EJABBERD.format(
            directory=directory, host=self.host, domain=self.domain, web_port=WEB_PORT,
            mam="  mod_mam: { default: always, assume_mam_usage: true, compress_xml: false }" if archive else "",
            muc_mam="true" if archive else "false"))
        register = REGISTER.format(domain=self.domain, password=load.PASSWORD, directory=directory,
                                   users=", ".join(f'<<"{user}">>' for user in users))
        script = directory / "register.erl"
        script.write_text(register.strip() + ".\n")
        self.command = [
            "erl", "-noinput", "+K", "true", "+P", "262144", "+Q", "65536",
            "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none",
            "-pa", str(others.ejabberd_folder() / "ebin"), "-mnesia", "dir", f'"{directory}/mnesia"',
            "-s", "ejabberd", "-eval", f'ok = file:eval("{script}")']

    def __enter__(self) -> "Ejabberd":
        super().__enter__()
        limit = time.monotonic() + 120
        while not (self.directory / "ready").exists():
            if time.monotonic() > limit:
                self.__exit__()
                raise SystemExit("ejabberd does not register the accounts: "
                                 + (self.directory / "output.log").read_text(errors="replace")[-2_000:])
            time.sleep(0.1)
        return self


@contextlib.contextmanager
def all_running(users: list[str], *, memory_only: bool = True, bare: bool = True,
                quick: bool = True) -> Iterator[list[Contender]]:
    """Ours first; `memory_only`: also ours on a tmpfs; `bare`: also the others without an archive; `quick`:
    Prosody set up for speed rather than for little memory."""
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dakghar-bench-")))
        found: list[Contender] = [stack.enter_context(Ours(directory / "box", users))]
        if memory_only and os.access("/dev/shm", os.W_OK):
            volatile = Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="dakghar-bench-", dir="/dev/shm")))
            found.append(stack.enter_context(Ours(volatile / "box", users, "Dakghar, no syncs")))
        reason = others.reason_unavailable()
        if reason:
            print(f"SKIPPED: no comparison: {reason}")
        else:
            for archive in (True, False) if bare else (True,):
                name = "archive" if archive else "bare"
                found.append(stack.enter_context(
                    Prosody(directory / f"prosody-{name}", users, archive=archive, quick=quick)))
                found.append(stack.enter_context(Ejabberd(directory / f"ejabberd-{name}", users, archive=archive)))
        yield found

"""Debian's Prosody and ejabberd with everything switched on that the compliance suite asks about."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Protocol

from dakghar_harness.box import _die_with_parent, loopback_host
from dakghar_harness.compliance import Target
from dakghar_harness.raw import RawStream

from . import certificate

PASSWORD = "correct horse battery staple"
SECRET = "a secret of sixteen bytes or more"
START_SECONDS = 40
WEB_PORT = 5443

PROSODY = """
run_as_root = true
daemonize = false
pidfile = "{directory}/prosody.pid"
data_path = "{directory}"
log = {{ warn = "{directory}/prosody.log" }}
interfaces = {{ "{host}" }}
c2s_ports = {{ 5222 }}
c2s_direct_tls_ports = {{ 5223 }}
http_ports = {{ }}
https_ports = {{ {web_port} }}
component_ports = {{ 5347 }}
component_interfaces = {{ "{host}" }}
https_interfaces = {{ "{host}" }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "posix", "carbons", "mam", "smacks", "ping",
    "pep", "private", "blocklist", "vcard4", "vcard_legacy", "bookmarks", "offline", "csi_simple",
    "bosh", "websocket", "register_ibr", "version", "time", "cloud_notify",
    "turn_external" }}
turn_external_host = "turn.{domain}"
turn_external_secret = "{secret}"
modules_disabled = {{ "s2s" }}
allow_registration = true
c2s_require_encryption = true
authentication = "internal_hashed"
password_hash = "SHA-256"
certificates = "{directory}"
ssl = {{ certificate = "{directory}/certificate.pem", key = "{directory}/key.pem" }}
https_ssl = {{ certificate = "{directory}/certificate.pem", key = "{directory}/key.pem" }}
http_default_host = "{domain}"
http_external_url = "https://{domain}:{web_port}/"
archive_expires_after = "never"
VirtualHost "{domain}"
Component "rooms.{domain}" "muc"
    modules_enabled = {{ "muc_mam", "vcard_muc" }}
    muc_log_by_default = true
Component "files.{domain}" "http_file_share"
    http_host = "{domain}"
    http_file_share_size_limit = 16777216
Component "echo.{domain}"
    component_secret = "{secret}"
"""

EJABBERD = """
hosts: ["{domain}"]
loglevel: 3
log_rotate_count: 0
certfiles: ["{directory}/both.pem"]
c2s_protocol_options: ["no_sslv3", "no_tlsv1", "no_tlsv1_1"]
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
registration_timeout: infinity
trusted_proxies: all
default_db: mnesia
listen:
  - {{ port: 5222, ip: "{host}", module: ejabberd_c2s, starttls_required: true, max_stanza_size: 262144 }}
  - {{ port: 5223, ip: "{host}", module: ejabberd_c2s, tls: true, max_stanza_size: 262144 }}
  - {{ port: 5347, ip: "{host}", module: ejabberd_service, hosts: {{ "echo.{domain}": {{ password: "{secret}" }} }} }}
  - port: {web_port}
    ip: "{host}"
    module: ejabberd_http
    tls: true
    request_handlers:
      /xmpp-websocket: ejabberd_http_ws
      /http-bind: mod_bosh
      /upload: mod_http_upload
      /.well-known/host-meta: mod_host_meta
      /.well-known/host-meta.json: mod_host_meta
access_rules:
  everybody: {{ allow: all }}
modules:
  mod_adhoc: {{}}
  mod_avatar: {{}}
  mod_blocking: {{}}
  mod_bosh: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_host_meta:
    bosh_service_url: "https://@HOST@:{web_port}/http-bind"
    websocket_url: "wss://@HOST@:{web_port}/xmpp-websocket"
  mod_http_upload:
    put_url: "https://@HOST@:{web_port}/upload"
    docroot: "{directory}/upload"
    host: "files.{domain}"
    access: everybody
    max_size: 16777216
  mod_mam: {{ default: always, assume_mam_usage: true, compress_xml: false }}
  mod_muc:
    host: "rooms.{domain}"
    access: everybody
    access_create: everybody
    access_persistent: everybody
    access_mam: everybody
    default_room_options: {{ mam: true, persistent: true }}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_private: {{}}
  mod_pubsub:
    host: "pubsub.{domain}"
    access_createnode: everybody
    ignore_pep_from_offline: false
    last_item_cache: false
    max_items_node: 1000
    plugins: [flat, pep]
    force_node_config: {{}}
  mod_privacy: {{}}
  mod_push: {{}}
  mod_push_keepalive: {{}}
  mod_register: {{ ip_access: all, access: everybody, access_from: everybody, welcome_message: {{}} }}
  mod_roster: {{ versioning: true }}
  mod_s2s_dialback: {{}}
  mod_stream_mgmt: {{ resend_on_timeout: if_offline }}
  mod_stun_disco:
    access: everybody
    secret: "{secret}"
    services:
      - {{ host: "turn.{domain}", type: turn, port: 3478, restricted: true }}
  mod_time: {{}}
  mod_vcard: {{ search: false }}
  mod_vcard_xupdate: {{}}
  mod_version: {{}}
"""


class Other(Protocol):
    """A running server of another project; a context manager."""

    title: str
    target: Target

    @property
    def pid(self) -> int: ...

    def __enter__(self) -> "Other": ...
    def __exit__(self, *_: object) -> None: ...


class Process:
    """One process that listens, and ends with us."""

    title = ""
    #: Open when it serves.
    ports: tuple[int, ...] = (5222, 5223, WEB_PORT, 5347)
    command: list[str]
    environment: dict[str, str] = {}

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir()
        self.directory = directory
        self.host = loopback_host()
        self.domain = f"{name}.test"
        certificate.make(directory, self.domain)
        self.target = Target(
            name=self.title, host=self.host, domain=self.domain,
            root_certificate=directory / "certificate.pem", make_account=self._register,
            password=PASSWORD, web_port=WEB_PORT, component=f"echo.{self.domain}", secret=SECRET)

    def __enter__(self) -> "Other":
        with (self.directory / "output.log").open("wb") as log:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.environment}, preexec_fn=_die_with_parent,
                start_new_session=True)
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit and self._process.poll() is None:
            if all(self._answers(port) for port in self.ports):
                return self
            time.sleep(0.1)
        self.__exit__()
        said = (self.directory / "output.log").read_text(errors="replace")[-2_000:]
        raise SystemExit(f"{self.title} does not start: {said}")

    def _answers(self, port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.host, port)) == 0

    def __exit__(self, *_: object) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=5)
        except ProcessLookupError:
            self._process.wait(timeout=5)

    def _register(self, local: str) -> None:
        """In-band registration (XEP-0077), which the configurations allow for this."""
        with RawStream(self.host, 5222, domain=self.domain,
                       root=self.target.root_certificate).start_tls() as stream:
            stream.open()
            answer = stream.ask("set", f"<query xmlns='jabber:iq:register'><username>{local}</username>"
                                f"<password>{PASSWORD}</password></query>")
            assert answer.get("type") == "result", f"{self.title} does not register {local}"

    @property
    def pid(self) -> int:
        return self._process.pid


class FullProsody(Process):
    """Prosody, with what Debian packages for it (prosody-modules)."""

    title = "Prosody"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "prosody")
        configuration = directory / "prosody.cfg.lua"
        configuration.write_text(PROSODY.format(
            directory=directory, host=self.host, domain=self.domain, secret=SECRET,
            web_port=WEB_PORT))
        self.command = ["prosody", "--config", str(configuration)]
        self.target.websocket_path = "/xmpp-websocket"


class Ejabberd(Process):
    """ejabberd, run by its Erlang machine without the scripts and without a node name."""

    title = "ejabberd"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "ejabberd")
        self.environment = ejabberd_environment(directory, EJABBERD.format(
            directory=directory, host=self.host, domain=self.domain, secret=SECRET, web_port=WEB_PORT))
        self.command = [
            "erl", "-noinput", "-pa", str(ejabberd_folder() / "ebin"), "-mnesia", "dir",
            f'"{directory}/mnesia"', "-s", "ejabberd"]


def ejabberd_environment(directory: Path, configuration: str) -> dict[str, str]:
    """Writes what ejabberd reads in `directory`, which has a certificate, and says where it is."""
    (directory / "both.pem").write_text(
        (directory / "certificate.pem").read_text() + (directory / "key.pem").read_text())
    (directory / "ejabberd.yml").write_text(configuration)
    return {
        "EJABBERD_CONFIG_PATH": f"{directory}/ejabberd.yml", "EJABBERD_LOG_PATH": f"{directory}/ejabberd.log",
        "HOME": str(directory), "ERL_CRASH_DUMP": f"{directory}/crash"}


def ejabberd_folder() -> Path:
    found = [p for p in Path("/usr/lib").glob("*/ejabberd-*") if (p / "ebin/ejabberd.beam").exists()]
    return found[0] if found else Path("/nonexistent")


def reason_unavailable() -> str | None:
    """Why there is nothing to compare with, or None."""
    missing = [name for name in ("prosody", "erl") if shutil.which(name) is None]
    if not missing and not (ejabberd_folder() / "ebin").exists():
        missing = ["ejabberd"]
    return f"not installed: {', '.join(missing)}" if missing else None


def version(package: str) -> str:
    """The version of a Debian package, without its revision."""
    shown = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True)
    return re.sub(r"-.*", "", shown.stdout) or "?"

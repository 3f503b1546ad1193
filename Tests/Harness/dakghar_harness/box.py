"""A box under test: the real executable, its own directory, driven by its documented commands."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from . import namespaces
from .network import Office
from .waiting import until

ROOT = Path(__file__).resolve().parents[3]
EXECUTABLE = Path(os.environ.get("DAKGHAR", ROOT / ".build/debug/dakghar")).resolve()

#: Seconds a box may take from its start to serving.
START_SECONDS = 20
#: Seconds a command may take.
COMMAND_SECONDS = 20

_hosts = itertools.count(1)
_libc = ctypes.CDLL(None)


def loopback_host() -> str:
    """An address of this machine's loopback that no other box of this or another run uses."""
    return f"127.{64 + os.getpid() % 128}.{os.getpid() // 128 % 254 + 1}.{next(_hosts)}"


class CommandFailed(AssertionError):
    """A command of the box ended with another exit code than 0."""

    def __init__(self, arguments: list[str], code: int, output: str, error: str) -> None:
        super().__init__(f"dakghar {' '.join(arguments)}: exit {code}\n{error}{output}")
        self.code = code
        self.output = output
        self.error = error


class Box:
    """One box. `office` puts it in a namespace; without, it has a loopback address of its own."""

    #: Boxes of the running test: what a failure report shows the logs of.
    known: list["Box"] = []

    def __init__(
        self,
        directory: Path,
        name: str,
        domain: str | None = None,
        *,
        host: str | None = None,
        namespace: str | None = None,
        initialise: bool = True,
        web: bool = False,
    ) -> None:
        self.directory = directory
        self.name = name
        self.domain = domain or f"{name}.gov.test"
        self.namespace = namespace
        self.host = host or loopback_host()
        self.log_path = directory.parent / f"{directory.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        #: Words before the executable's name: strace and the like.
        self.wrapper: list[str] = []
        #: The office it stands in, if it stands in one.
        self.office: Office | None = None
        #: The HTTPS port of a box that was made with `web=True`.
        self.web_port = 8443
        self._web = web
        Box.known.append(self)
        if initialise:
            self.initialise()

    # -- making and running ------------------------------------------------------------------

    def initialise(self) -> str:
        """`init`, then its own addresses to listen on; returns what `init` printed."""
        printed = self.command(
            "init", "--name", self.name, "--domain", self.domain, "--host", self.host)
        self.configure(
            "listen",
            **{
                "xmpp": f"{self.host}:5222",
                "xmpp-tls": f"{self.host}:5223",
                "link": f"{self.host}:7400",
                "web": f"{self.host}:{self.web_port}" if self._web else "off",
            })
        # Most tests are about people who do not know each other yet.
        self.configure("box", **{"shared-roster": False})
        return printed

    @property
    def configuration(self) -> Path:
        return self.directory / "dakghar.toml"

    def configure(self, table: str, **values: str | bool | list[str]) -> None:
        """Sets values of one table of dakghar.toml; everything else stays as it was."""
        lines = self.configuration.read_text().splitlines()
        head = f"[{table}]"
        if not any(line.split("#")[0].strip() == head for line in lines):
            lines += ["", head]
        start = next(i for i, line in enumerate(lines) if line.split("#")[0].strip() == head)
        end = next(
            (i for i in range(start + 1, len(lines)) if lines[i].lstrip().startswith("[")),
            len(lines))
        block = lines[start + 1:end]
        for key, value in values.items():
            setting = re.compile(rf"\s*{re.escape(key)}\s*=")
            block = [line for line in block if not setting.match(line)]
            block.insert(0, f"{key} = {json.dumps(value)}")
        self.configuration.write_text(
            "\n".join(lines[:start + 1] + block + lines[end:]) + "\n")

    def start(self, *, wait: bool = True) -> "Box":
        """Starts `run` and waits until the XMPP port answers."""
        assert self.process is None, f"{self.name} runs already"
        command = [*self.wrapper, str(EXECUTABLE), "run", "--dir", str(self.directory)]
        if self.namespace:
            command = ["ip", "netns", "exec", self.namespace, *command]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_die_with_parent)
        if wait:
            until(self._serves, within=START_SECONDS,
                  what=lambda: f"{self.name} serves\n{self.log_tail()}")
        return self

    def _serves(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (
            f"{self.name} ended with {self.process.returncode}\n{self.log_tail()}")
        return self.reachable(5222)

    def reachable(self, port: int) -> bool:
        """Whether a TCP connection to the box is accepted."""
        with namespaces.inside(self.namespace):
            probe = socket.socket()
        with probe:
            probe.settimeout(1)
            return probe.connect_ex((self.host, port)) == 0

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: no time to save anything."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def reload(self) -> None:
        """SIGHUP: peers, limits and certificates are read again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def _end(self, number: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
            raise AssertionError(f"{self.name} did not end on {number.name}\n{self.log_tail()}")

    def discard(self) -> None:
        """Ends the process however it is; for the end of a test."""
        try:
            self.kill()
        finally:
            if self in Box.known:
                Box.known.remove(self)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def ended(self) -> bool:
        """Whether the process has ended by itself."""
        return self.process is not None and self.process.poll() is not None

    # -- commands ------------------------------------------------------------------------------

    def command(self, *arguments: str, given: str | None = None, check: bool = True) -> str:
        """Runs a command on this box; its output. Another exit code than 0 is an error."""
        given_bytes = None if given is None else given.encode()
        done = subprocess.run(
            [str(EXECUTABLE), *arguments, "--dir", str(self.directory)],
            input=given_bytes, stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True, timeout=COMMAND_SECONDS)
        output, error = done.stdout.decode(), done.stderr.decode()
        if check and done.returncode != 0:
            raise CommandFailed(list(arguments), done.returncode, output, error)
        return output

    def card(self) -> str:
        return self.command("card").strip()

    def peer_add(self, card: str, *, upstream: bool = False, no_direct: bool = False) -> None:
        options = ["--upstream"] * upstream + ["--no-direct"] * no_direct
        self.command("peer", "add", card, *options)

    def peers(self) -> list[dict[str, Any]]:
        return json.loads(self.command("peer", "list", "--json"))

    def peer_state(self, name: str) -> str:
        """What the box says of a peer: "up", "degraded" or "down"."""
        return next(peer["state"] for peer in self.peers() if peer["name"] == name)

    def wait_peer(self, name: str, state: str, *, within: float) -> None:
        until(lambda: self.peer_state(name) == state, within=within, look=0.1,
              what=lambda: f"{self.name} sees {name} {state}; it says {self.peers()}")

    def user_add(self, name: str, password: str) -> None:
        self.command("user", "add", name, "--password-stdin", given=password + "\n")

    def status_json(self) -> dict[str, Any]:
        return json.loads(self.command("status", "--json"))

    def queue_json(self) -> Any:
        return json.loads(self.command("queue", "list", "--json"))

    # -- files -----------------------------------------------------------------------------------

    @property
    def root_certificate(self) -> Path:
        return self.directory / "certificates/root.pem"

    def database_files(self) -> list[Path]:
        return sorted(self.directory.glob("dakghar.db*"))

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines: int = 40) -> str:
        return "\n".join(self.log().splitlines()[-lines:])


def _die_with_parent() -> None:
    _libc.prctl(1, signal.SIGKILL)


def introduce(a: Box, b: Box, **options: bool) -> None:
    """Each box gets the other's card."""
    a.peer_add(b.card(), **options)
    b.peer_add(a.card(), **options)

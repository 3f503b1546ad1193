"""A screen that nobody looks at (Xvfb), and a graphical client on it.

The client runs in a mount namespace of its own, in which the system's trust store has the boxes'
roots besides, and their domains lead to them: nothing of this machine is changed.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .box import Box, _die_with_parent
from .waiting import until

BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
NEEDED = ("Xvfb", "openbox", "xdotool", "import", "dbus-run-session", "unshare")
_displays = itertools.count(40 + os.getpid() % 400)


def reason_unavailable(client: str) -> str | None:
    """Why no client can be shown here, or None."""
    missing = [name for name in (client, *NEEDED) if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (scripts/install-packages.sh clients)"
    if os.geteuid() != 0:
        return "a mount namespace needs root"
    return None


class Desktop:
    """One screen of 1280 by 900 with one client."""

    def __init__(self, directory: Path, boxes: list[Box]) -> None:
        self.directory = directory
        self.home = directory / "home"
        for folder in (self.home, directory / "run"):
            folder.mkdir(mode=0o700)
        (directory / "hosts").write_text("127.0.0.1 localhost\n" + "".join(
            f"{box.host} {box.domain} files.{box.domain} rooms.{box.domain}\n" for box in boxes))
        (directory / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        (directory / "bundle.pem").write_text(
            BUNDLE.read_text() + "".join(box.root_certificate.read_text() for box in boxes))
        self.display = f":{next(_displays)}"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "DISPLAY": self.display, "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(directory / "run"), "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
            "LIBGL_ALWAYS_SOFTWARE": "1"}

    def __enter__(self) -> "Desktop":
        self._start("Xvfb", self.display, "-screen", "0", "1280x900x24", "-nolisten", "tcp")
        socket = Path(f"/tmp/.X11-unix/X{self.display[1:]}")
        until(socket.exists, within=10, what="the screen is there")
        self._start("openbox")
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=5)

    def _start(self, *command: str) -> None:
        with (self.directory / "desktop.log").open("ab") as log:
            self._processes.append(subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.home, preexec_fn=_die_with_parent, start_new_session=True))

    def run(self, *client: str) -> None:
        """Starts the client, with a session bus of its own."""
        script = (
            "mount --make-rprivate / && "
            f"mount --bind {self.directory}/hosts /etc/hosts && "
            f"mount --bind {self.directory}/resolv.conf $(readlink -f /etc/resolv.conf) && "
            f"mount --bind {self.directory}/bundle.pem {BUNDLE} && exec dbus-run-session -- \"$@\"")
        self._start("unshare", "-m", "sh", "-c", script, "sh", *client)

    # -- hands and eyes ------------------------------------------------------------------------------

    def _x(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True,
                              timeout=20)
        return done.stdout.strip()

    def window(self, name: str, *, within: float = 40) -> str:
        """Waits for a window with this in its title."""
        return until(lambda: self._x("search", "--onlyvisible", "--name", name).split("\n")[0],
                     within=within, what=lambda: f"a window {name!r}", look=0.2)

    def click(self, x: int, y: int) -> None:
        self._x("mousemove", str(x), str(y), "click", "1")
        time.sleep(0.7)  # a person's pace: animations

    def keys(self, *names: str) -> None:
        for name in names:
            self._x("key", "--clearmodifiers", name)
            time.sleep(0.3)

    def type(self, text: str) -> None:
        self._x("type", "--delay", "25", text)
        time.sleep(0.3)

    def picture(self, name: str) -> Path:
        """What is on the screen, for people to look at."""
        path = self.directory / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment, check=True, timeout=20)
        return path

"""A program in a terminal that nobody sees: keys go in, the screen comes out (tmux)."""

from __future__ import annotations

import os
import subprocess
from itertools import count

from .waiting import until

_numbers = count(1)


class Terminal:
    """One tmux server with one window; a context manager."""

    def __init__(self, command: str, environment: dict[str, str]) -> None:
        self.server = f"dk-{os.getpid()}-{next(_numbers)}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "50", command,
                   environment={**os.environ, "TERM": "xterm-256color", **environment})

    def _tmux(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(["tmux", "-L", self.server, *arguments], env=environment,
                              capture_output=True, text=True, timeout=10, check=True)
        return done.stdout

    def type(self, line: str) -> None:
        """Types a line and presses Enter."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def shows(self, text: str, *, within: float = 15) -> None:
        """Waits until the text is on the screen."""
        until(lambda: text in self.screen(), within=within, look=0.2,
              what=lambda: f"{text!r} is on the screen:\n{self.screen()}")

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["tmux", "-L", self.server, "kill-server"], capture_output=True)

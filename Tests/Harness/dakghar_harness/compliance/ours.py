"""Our box as a target."""

from __future__ import annotations

from pathlib import Path

from ..box import Box
from ..component import SECRET, configure_component
from .target import Target

PASSWORD = "correct horse battery staple"


def compliant_box(directory: Path, name: str) -> tuple[Box, Target]:
    """A box with everything open that the suite asks about; not started."""
    box = Box(directory / name, name, web=True)
    domain = configure_component(box, "echo")
    secret = directory / f"{name}.turn"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    with box.configuration.open("a") as file:
        file.write(f'\n[[call-servers]]\ntype = "turn"\nhost = "turn.{box.domain}:3478"\n'
                   f'secret-file = "{secret}"\n')
    return box, Target(
        name="Dakghar", host=box.host, domain=box.domain, root_certificate=box.root_certificate,
        make_account=lambda local: box.user_add(local, PASSWORD), password=PASSWORD,
        web_port=box.web_port, component=domain, secret=SECRET)

"""Profanity, a client in a terminal, as Debian ships it."""

import shutil
import subprocess

import pytest

from dakghar_harness.terminal import Terminal

needed = [program for program in ("profanity", "tmux", "openssl") if not shutil.which(program)]
pytestmark = pytest.mark.skipif(bool(needed), reason=f"not installed: {', '.join(needed)}")


@pytest.fixture
def home(finance, tmp_path):
    """A home of its own that trusts the box's root certificate and nothing else."""
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    shutil.copy(finance.root_certificate, trusted / "root.pem")
    subprocess.run(["openssl", "rehash", trusted], check=True, capture_output=True)
    settings = tmp_path / ".config/profanity"
    settings.mkdir(parents=True)
    (settings / "profrc").write_text(
        f"[connection]\ntls.certpath={trusted}\n[ui]\nsplash=false\n[notifications]\n"
        "message=off\n")
    return tmp_path


@pytest.mark.parametrize(("port", "policy"), [(5222, "force"), (5223, "legacy")],
                         ids=["starttls", "direct-tls"])
def test_profanity_logs_in_over_tls_and_exchanges_a_message(
        port, policy, home, finance, interior, account, password, person):
    """It trusts the box's root, logs in, writes to the other office and shows the answer."""
    bob = person(interior, "bob")
    local = account(finance, "asma")
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"),
                   "XDG_DATA_HOME": str(home / ".local"), "LANG": "C.UTF-8"}
    with Terminal("profanity", environment) as terminal:
        terminal.shows("Profanity")
        terminal.type(f"/connect {local}@{finance.domain} server {finance.host} "
                      f"port {port} tls {policy}")
        terminal.shows("Enter password")
        terminal.type(password)
        terminal.shows("logged in successfully", within=20)
        assert "TLS certificate verification failed" not in terminal.screen()
        terminal.type(f"/msg {bob.bare} Greetings from a terminal")
        seen = bob.reads("Greetings from a terminal")
        bob.send(seen.sender, "I read you well")
        terminal.shows("I read you well")

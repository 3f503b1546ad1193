"""Logging in by the address alone, where nobody but the box answers for names."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dakghar_harness import Network, until
from dakghar_harness.box import Box

LOGIN = """
import asyncio, sys
import slixmpp

async def main(jid, password, root):
    client = slixmpp.ClientXMPP(jid, password)
    client.ca_certs = root
    client.enable_direct_tls = client.enable_starttls = True
    done = asyncio.get_running_loop().create_future()
    client.add_event_handler("session_start", lambda _: done.done() or done.set_result(None))
    client.add_event_handler("connection_failed", lambda e: done.done() or done.set_exception(OSError(str(e))))
    client.connect()
    await asyncio.wait_for(done, 40)
    print("in as", client.boundjid.bare, "at port", client.transport.get_extra_info("peername")[1])
    client.abort()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def office(network: Network, tmp_path):
    """A box with unusual ports, and dnsmasq beside it with what `names` says; no way out."""
    if shutil.which("dnsmasq") is None:
        pytest.skip("no dnsmasq (Debian: dnsmasq-base)")
    place = network.office("finance")
    box = Box(tmp_path / "finance", "finance", host=place.address, namespace=place.namespace)
    box.configure("listen", **{"xmpp": f"{box.host}:5922", "xmpp-tls": f"{box.host}:5923"})
    box.user_add("alice", "correct horse")
    box.start(wait=False)
    until(lambda: box.reachable(5923), within=40, what="the box serves")
    settings = tmp_path / "dnsmasq.conf"
    settings.write_text(box.command("names", "--dnsmasq") + "bind-interfaces\nport=53\n")
    inside = ["ip", "netns", "exec", place.namespace]
    resolver = subprocess.Popen(
        [*inside, "dnsmasq", "--keep-in-foreground", f"--conf-file={settings}", "--user=root",
         f"--pid-file={tmp_path}/pid", f"--listen-address={box.host}"],
        stdout=subprocess.DEVNULL, stderr=(tmp_path / "dnsmasq.log").open("w"))
    names = Path("/etc/netns") / place.namespace
    names.mkdir(parents=True)
    (names / "resolv.conf").write_text(f"nameserver {box.host}\noptions timeout:5 attempts:1\n")
    yield box, inside, resolver, tmp_path
    resolver.kill()
    resolver.wait()
    shutil.rmtree(names)
    box.discard()


def test_a_client_finds_the_box_by_its_address_alone(office):
    """slixmpp is given a JID, a password and the root: it asks for the SRV records of XEP-0368."""
    box, inside, resolver, folder = office
    done = subprocess.run(
        [*inside, sys.executable, "-c", LOGIN, f"alice@{box.domain}", "correct horse",
         str(box.root_certificate)], capture_output=True, text=True, timeout=60)
    assert resolver.poll() is None, (folder / "dnsmasq.log").read_text()
    assert f"in as alice@{box.domain} at port 592" in done.stdout, done.stderr


def test_other_names_are_refused_at_once(office):
    """Not after a timeout: an app that asks for something else goes on."""
    box, inside, _, _ = office
    ask = ("import asyncio, aiodns, time\n"
           "async def main():\n"
           "    resolver = aiodns.DNSResolver()\n"
           "    found = await resolver.query_dns('rooms.%s', 'A')\n"
           "    print('own', found.answer[0].data.addr)\n"
           "    begun = time.monotonic()\n"
           "    try: await resolver.query_dns('www.example.org', 'A')\n"
           "    except aiodns.error.DNSError as error: print('refused', time.monotonic() - begun < 3)\n"
           "asyncio.run(main())\n") % box.domain
    done = subprocess.run([*inside, sys.executable, "-c", ask], capture_output=True, text=True,
                          timeout=60)
    assert done.stdout.split("\n")[:2] == [f"own {box.host}", "refused True"], done.stderr

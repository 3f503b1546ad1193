"""Nothing is discovered: what the box opens, and what it asks, is watched from outside."""

import os
import re
import shutil
import signal
import socket
import threading

import pytest

from dakghar_harness import introduce, namespaces, stays

ETH_P_ALL = 3


@pytest.mark.skipif(not shutil.which("strace"), reason="not installed: strace")
def test_no_datagram_socket_is_ever_opened_for_a_peer_given_by_address(
        make_box, tmp_path, account, client):
    """strace sees every socket call of a box that meets its peer and carries a message: TCP and
    Unix only; no UDP, no group joined, no broadcast allowed, nothing sent to a port 53."""
    finance, interior = make_box("finance"), make_box("interior")
    introduce(finance, interior)
    names = account(finance, "alice"), account(interior, "bob")
    trace = tmp_path / "trace"
    finance.wrapper = ["strace", "-f", "--seccomp-bpf", "-o", str(trace),
                       "-e", "trace=socket,setsockopt,connect,sendto"]
    interior.start()
    finance.start()
    bob = client(interior, names[1]).login(within=30)
    alice = client(finance, names[0]).login(within=30)
    alice.send(bob, "by address only")
    bob.reads("by address only", within=20)
    finance.wrapper = []
    end_of_traced(finance)

    calls = trace.read_text()
    opened = set(re.findall(r"socket\((AF_\w+), (SOCK_\w+)", calls))
    print("sockets:", sorted(opened))
    assert ("AF_INET", "SOCK_STREAM") in opened, "the trace saw the box dial or listen"
    assert opened <= {("AF_INET", "SOCK_STREAM"), ("AF_INET6", "SOCK_STREAM"),
                      ("AF_UNIX", "SOCK_STREAM"), ("AF_UNIX", "SOCK_DGRAM")}
    for forbidden in (r"IP_ADD_MEMBERSHIP", r"MCAST_JOIN", r"IPV6_ADD_MEMBERSHIP",
                      r"IPV6_JOIN_GROUP", r"SO_BROADCAST", r"htons\(53\)", r"htons\(5353\)"):
        assert not re.search(forbidden, calls), forbidden


def end_of_traced(box):
    """Ends the box under strace: the signal goes to strace's child."""
    with open(f"/proc/{box.pid}/task/{box.pid}/children") as file:
        for child in file.read().split():
            os.kill(int(child), signal.SIGTERM)
    box.process.wait(timeout=15)
    box.process = None


def test_the_line_carries_nothing_but_the_link(network, make_box, account, client):
    """Every packet that leaves the office during ten seconds of meeting, writing and a dead peer is
    TCP to the peer's address (or ARP): no DNS, no multicast, no broadcast."""
    offices = [network.office(name) for name in ("finance", "interior")]
    network.join(*offices)
    finance, interior = (
        make_box(o.name, host=o.address, namespace=o.namespace) for o in offices)
    introduce(finance, interior)
    names = account(finance, "alice"), account(interior, "bob")
    packets, stop = [], threading.Event()
    watcher = threading.Thread(target=watch, args=(offices[0], packets, stop))
    watcher.start()
    finance.start()
    interior.start()
    bob = client(interior, names[1]).login()
    alice = client(finance, names[0]).login()
    alice.send(bob, "on the wire")
    bob.reads("on the wire", within=20)
    interior.kill()
    stays(lambda: not finance.ended, during=8, what="finance looks for its peer")
    stop.set()
    watcher.join(timeout=5)

    kinds = {describe(packet, offices[1].address) for packet in packets}
    print("seen:", sorted(kinds))
    assert "tcp to the peer" in kinds
    assert kinds <= {"tcp to the peer", "arp", "ipv6 neighbour discovery of the kernel"}


def watch(office, packets, stop):
    """Notes what leaves through the office's line."""
    with namespaces.inside(office.namespace):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.settimeout(0.2)
    with tap:
        while not stop.is_set():
            try:
                data, (device, _, direction, *_) = tap.recvfrom(200)
            except TimeoutError:
                continue
            if device != "lo" and direction == socket.PACKET_OUTGOING:
                packets.append(data)


def describe(packet, peer):
    """What an outgoing Ethernet frame is."""
    kind = int.from_bytes(packet[12:14], "big")
    if kind == 0x0806:
        return "arp"
    if kind == 0x86DD and packet[20] in (0, 58):
        return "ipv6 neighbour discovery of the kernel"
    if kind == 0x0800:
        to = socket.inet_ntoa(packet[30:34])
        port = int.from_bytes(packet[36:38], "big")
        if packet[23] == 6 and to == peer:
            return "tcp to the peer"
        if packet[23] == 1:
            return f"icmp to {to}"
        return f"protocol {packet[23]} to {to}:{port}"
    return f"ethernet type {kind:#x}"


def test_no_listening_port_but_those_in_the_configuration(make_box):
    """The box listens on the XMPP and link ports, on the addresses it was told, and nowhere else."""
    box = make_box("finance").start()
    inodes = open_sockets(box.pid)
    listening = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        with open(f"/proc/{box.pid}/net/{table}") as file:
            for line in list(file)[1:]:
                fields = line.split()
                if fields[9] in inodes and (table.startswith("udp") or fields[3] == "0A"):
                    address, port = fields[1].split(":")
                    listening.add((table, int(port, 16)))
    assert listening == {("tcp", 5222), ("tcp", 5223), ("tcp", 7400)}


def open_sockets(pid):
    """Inodes of the sockets that a process holds."""
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            continue
        if match:
            found.add(match.group(1))
    return found

"""What the web client costs: bytes and time to the first use, and memory of the box for each open page."""

import re
from pathlib import Path

import pytest

from dakghar_harness import figures
from dakghar_harness.web import Web

#: Most bytes that a first visit may load: half a minute at 64 kbit/s.
MOST_BYTES = 240_000
SESSIONS = 40

FIRST_USE = """
await wait('the form', () => document.getElementById('name'));
const at = performance.now();
const parts = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter(one => !one.initiatorType.includes('serviceworker'));
return [at, parts.reduce((sum, one) => sum + one.encodedBodySize, 0), parts.length];
"""

OPEN = """
const open = jid => new Promise((good, bad) => {
    const connection = new Strophe.Connection(given[0]);
    connection.connect(jid, given[2], status => {
        if (status === Strophe.Status.CONNECTED) { connection.send($pres()); good(connection); }
        if ([Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL].includes(status)) bad(new Error('status ' + status));
    });
});
window.opened = window.opened ?? [];
for (const jid of given[1]) opened.push(await open(jid));
"""


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


def test_the_first_visit_is_small(page, offices):
    """Everything until the form can be filled in, compressed; and how long that takes a slow computer."""
    here, _ = offices
    asma = page(here, "nobody")
    asma.browser.devtools("Emulation.setCPUThrottlingRate", rate=4)
    try:
        asma.visit()
        milliseconds, size, parts = asma.does(FIRST_USE)
    finally:
        asma.browser.devtools("Emulation.setCPUThrottlingRate", rate=1)
    figures.record("web client, first visit, CPU slowed 4 times", compressed_bytes=size, files=parts, form_after_ms=milliseconds)
    assert 20_000 < size < MOST_BYTES


@pytest.mark.long
def test_memory_of_an_open_page(page, offices, account, password):
    """Sessions over WebSocket, logged in and present."""
    here, _ = offices
    people = [f"{account(here, 'asma')}@{here.domain}" for _ in range(SESSIONS + 5)]
    asma = page(here, "nobody")
    asma.browser.open()
    service = f"wss://{here.domain}:{here.web_port}/xmpp-websocket"
    asma.browser.run(OPEN, service, people[:5], password)
    before = resident(here.pid)
    asma.browser.run(OPEN, service, people[5:], password)
    each = (resident(here.pid) - before) / SESSIONS
    figures.record("web client, memory of the box for each open page", kib=each / 1024)
    assert Web(here).get("/", accept_encoding="gzip").status == 200
    assert each < 2 << 20

"""A real Chromium without a window, driven over the WebDriver protocol, with strophe.js in its page."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .waiting import until

if TYPE_CHECKING:
    from .box import Box

STROPHE = Path("/usr/share/javascript/strophe/strophe.js")


#: Logs in with strophe.js, writes one message and waits for one: [sender, body].
_CHAT = """
const [service, jid, password, other] = given;
const connection = new Strophe.Connection(service);
const log = [];
Strophe.log = (level, text) => { if (level > 1) log.push(text); };
const status = s => Object.keys(Strophe.Status).find(name => Strophe.Status[name] === s);
await new Promise((good, bad) => connection.connect(jid, password, s => {
    log.push(status(s));
    if (s === Strophe.Status.CONNECTED) good();
    if ([Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL, Strophe.Status.DISCONNECTED].includes(s))
        bad(new Error(log.join(' ')));
}));
const read = new Promise(good => connection.addHandler(message => {
    const body = message.getElementsByTagName('body')[0];
    if (body) good([message.getAttribute('from'), body.textContent]);
    return true;
}, null, 'message'));
connection.send($pres());
connection.send($msg({to: other, type: 'chat'}).c('body').t('from the browser <&>'));
const got = await Promise.race([read, new Promise((_, bad) =>
    setTimeout(() => bad(new Error('nothing came: ' + log.join(' '))), 15000))]);
connection.disconnect('done');
return got;
"""


def reason_unavailable() -> str | None:
    """Why there is no browser to test with; None when there is one."""
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return f"not installed: {program} (Debian: chromium, chromium-driver)"
    return None if STROPHE.exists() else "not installed: strophe.js (Debian: libjs-strophe)"


def _pin(box: Box) -> str:
    """The hash of the public key that the box shows, as Chromium wants it."""
    chain = (box.directory / "certificates/chain.pem").read_bytes()
    key = x509.load_pem_x509_certificate(chain).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


class _Pages(http.server.BaseHTTPRequestHandler):
    """An empty page and strophe.js, from this machine: another origin than the box."""

    def do_GET(self) -> None:
        script = self.path == "/strophe.js"
        body = STROPHE.read_bytes() if script else (
            b"<!DOCTYPE html><title>test</title><script src='/strophe.js'></script>")
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if script else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Browser:
    """One Chromium that knows where `boxes` are and believes their keys, and nobody else's."""

    def __init__(self, folder: Path, *boxes: Box) -> None:
        self._pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
        threading.Thread(target=self._pages.serve_forever, daemon=True).start()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._url = f"http://127.0.0.1:{port}"
        until(self._answers, within=20, what="chromedriver answers")
        rules = ", ".join(f"MAP {box.domain} {box.host}" for box in boxes)
        arguments = [
            "--headless=new", "--no-sandbox", "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--disable-dev-shm-usage",
            f"--user-data-dir={folder}", f"--host-resolver-rules={rules}",
            f"--ignore-certificate-errors-spki-list={','.join(_pin(box) for box in boxes)}"]
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": arguments}}}})
        self._session = f"/session/{made['sessionId']}"
        self._ask("POST", f"{self._session}/timeouts", {"script": 60_000})

    def _answers(self) -> bool:
        try:
            return bool(self._ask("GET", "/status")["ready"])
        except OSError:
            return False

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self._url + path, method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:2000]) from error

    def open(self, url: str | None = None) -> None:
        """Opens a page; without one, the test's own with strophe.js."""
        self._ask("POST", f"{self._session}/url",
                  {"url": url or f"http://127.0.0.1:{self._pages.server_port}/"})

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs the body of an async function; what it returns."""
        wrapped = ("const done = arguments[arguments.length - 1];"
                   "const given = Array.prototype.slice.call(arguments, 0, -1);"
                   "(async (...given) => {" + script + "})(...given)"
                   ".then(r => done([true, r]), e => done([false, String(e && e.stack || e)]));")
        good, result = self._ask("POST", f"{self._session}/execute/async",
                                 {"script": wrapped, "args": list(arguments)})
        assert good, result
        return result

    def log(self) -> list[dict[str, Any]]:
        """What was written to the browser's console since the last time."""
        return self._ask("POST", f"{self._session}/se/log", {"type": "browser"})

    def screenshot(self) -> str:
        """The page as a PNG, in base64."""
        return self._ask("GET", f"{self._session}/screenshot")

    def resize(self, width: int, height: int) -> None:
        """The size of the page in CSS pixels."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=False)

    def devtools(self, command: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._ask("POST", f"{self._session}/goog/cdp/execute",
                         {"cmd": command, "params": parameters})

    def type(self, keys: str) -> None:
        """Presses keys, one after the other, as a keyboard does; "\ue004" is Tab (WebDriver §17.4.2)."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("POST", f"{self._session}/actions", {"actions": [
            {"type": "key", "id": "keyboard", "actions": actions}]})

    # -- tabs ------------------------------------------------------------------------------------

    @property
    def tab(self) -> str:
        return self._ask("GET", f"{self._session}/window")

    def new_tab(self) -> str:
        """Opens a tab and goes on in it."""
        made = self._ask("POST", f"{self._session}/window/new", {"type": "tab"})["handle"]
        self.use(made)
        return made

    def use(self, tab: str) -> None:
        self._ask("POST", f"{self._session}/window", {"handle": tab})

    def close_tab(self, then: str) -> None:
        """Closes the tab, as somebody does in the middle of something, and goes on in another."""
        self._ask("DELETE", f"{self._session}/window")
        self.use(then)

    def forget(self, *origins: str) -> None:
        """As if it had never been at these places: nothing is kept, one tab is left."""
        first, *others = self._ask("GET", f"{self._session}/window/handles")
        for tab in others:
            self.use(tab)
            self.close_tab(first)
        self.use(first)
        self._ask("POST", f"{self._session}/url", {"url": "about:blank"})
        for origin in origins:
            self.devtools("Storage.clearDataForOrigin", origin=origin, storageTypes="all")
        self.devtools("Emulation.clearDeviceMetricsOverride")
        self.log()

    def chat(self, service: str, jid: str, password: str, other: str) -> list[str]:
        """Logs in at `service` (WebSocket or BOSH), writes "from the browser <&>" to `other` and
        waits for a message; its sender and body."""
        self.open()
        return self.run(_CHAT, service, jid, password, other)

    def close(self) -> None:
        try:
            self._ask("DELETE", self._session)
        finally:
            self._driver.terminate()
            self._driver.wait(timeout=10)
            self._pages.shutdown()
            self._pages.server_close()

"""Somebody at the web client: what a person does and sees on the page, nothing behind it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .browser import Browser

if TYPE_CHECKING:
    from .box import Box

#: Waits until `find` gives something, `limit` seconds at most.
_WAIT = """
const wait = async (what, find, limit = 30) => {
    for (let end = Date.now() + limit * 1000; Date.now() < end; await new Promise(good => setTimeout(good, 50))) {
        const found = find();
        if (found) return found;
    }
    throw new Error('never seen: ' + what + ' in: ' + document.body.innerText.slice(0, 2000));
};
const messages = text => [...document.querySelectorAll('.message')].filter(one => one.textContent.includes(text));
"""


class Page:
    def __init__(self, browser: Browser, box: Box, name: str, password: str) -> None:
        self.browser = browser
        self.box = box
        self.name = name
        self.password = password

    @property
    def jid(self) -> str:
        return f"{self.name}@{self.box.domain}"

    @property
    def address(self) -> str:
        return f"https://{self.box.domain}:{self.box.web_port}/"

    def does(self, script: str, *arguments: Any) -> Any:
        """Runs the body of an async function with `wait(what, find)` and `messages(text)`."""
        return self.browser.run(_WAIT + script, *arguments)

    def visit(self, path: str = "") -> None:
        self.browser.open(self.address + path)

    def reload(self) -> None:
        self.does("location.reload()")

    def wait_kept(self) -> None:
        """Waits until the page itself is on this device, as it is some seconds after the first visit."""
        self.does("await navigator.serviceWorker.ready")

    def sign_in(self, *, refused: str | None = None) -> None:
        self.visit()
        self.submit(refused=refused)

    def submit(self, *, refused: str | None = None) -> None:
        """Fills in the form; `refused`: a part of the sentence that it then says."""
        self.does("""
            const name = await wait('the form', () => document.getElementById('name'));
            name.value = given[0];
            document.getElementById('password').value = given[1];
            name.form.requestSubmit();
            await wait('the answer', () => given[2]
                ? document.querySelector('.error')?.textContent.includes(given[2])
                : document.querySelector('.shell .conversations'));
            """, self.name, self.password, refused)

    def open(self, peer: str) -> None:
        """Opens a conversation."""
        self.does("""
            location.hash = '#/chat/' + encodeURIComponent(given[0]);
            await wait('the conversation', () => document.querySelector('.chat textarea'));
            """, peer)

    def write(self, text: str) -> None:
        self.does("""
            const area = await wait('where to write', () => document.querySelector('.composer textarea'));
            area.value = given[0];
            area.dispatchEvent(new Event('input', { bubbles: true }));
            document.querySelector('.composer').requestSubmit();
            await wait('the message', () => messages(given[0]).length);
            """, text)

    def sees(self, text: str, *, state: str | None = None) -> None:
        """Waits until the text is on the page; with `state`: in a message of ours that got so far, or further."""
        self.does("""
            const steps = ['waiting', 'kept', 'held', 'left', 'arrived', 'delivered', 'read'];
            const enough = steps.includes(given[1]) && given[1] !== 'waiting' ? steps.slice(steps.indexOf(given[1])) : [given[1]];
            await wait(given[0] + (given[1] ? ' as ' + given[1] : ''), () => given[1]
                ? messages(given[0]).some(one => enough.some(state => one.querySelector('.state-' + state)))
                : document.body.innerText.includes(given[0]));
            """, text, state)

    def act(self, text: str, label: str) -> None:
        """Presses a button of the message with that text."""
        self.does("""
            const message = await wait('the message', () => messages(given[0])[0]);
            message.querySelector(`[aria-label="${given[1]}"]`).click();
            """, text, label)

    def react(self, text: str, reaction: str) -> None:
        self.act(text, "React")
        self.act(text, f"React with {reaction}")

    def press(self, label: str) -> None:
        """Presses the button with that text or label that is in front (a dialog before the page)."""
        self.does("""
            const labelled = element => (element.getAttribute('aria-label') ?? element.textContent).trim() === given[0];
            const button = await wait('the button ' + given[0], () => [...([...document.querySelectorAll('dialog[open]')].at(-1)
                ?? document).querySelectorAll('button, a')].find(one => labelled(one) && one.offsetParent));
            button.click();
            """, label)

    def fills(self, label: str, value: str) -> None:
        """Types into the field with that label."""
        self.does("""
            const field = await wait('the field ' + given[0], () => [...document.querySelectorAll('input, textarea')].find(one =>
                (one.getAttribute('aria-label') ?? one.labels[0]?.textContent) === given[0] && one.offsetParent));
            field.value = given[1];
            field.dispatchEvent(new Event('input', { bubbles: true }));
            """, label, value)

    def choose(self, text: str) -> None:
        """Presses the line of a list of results that has the text."""
        self.does("""
            const line = await wait('the choice ' + given[0], () => [...document.querySelectorAll('dialog[open] .results button')]
                .find(one => one.textContent.includes(given[0])));
            line.click();
            """, text)

    def tick(self, label: str) -> None:
        self.does("""
            const box = await wait('the box ' + given[0], () => [...document.querySelectorAll('input[type=checkbox], input[type=radio]')]
                .find(one => one.labels[0]?.textContent === given[0]));
            box.click();
            """, label)

    def until(self, what: str, condition: str, *arguments: Any) -> Any:
        """Waits until the JavaScript expression is true; `given` are the arguments."""
        return self.does(f"return wait({json.dumps(what)}, () => {condition});", *arguments)

    def count(self, text: str) -> int:
        """How many messages that are shown contain the text."""
        return self.does("return messages(given[0]).length", text)

    def use(self, *, language: str = "en", look: str = "light") -> None:
        """Another language or look, from the next start of the page on."""
        self.does("localStorage.setItem('language', given[0]); localStorage.setItem('look', given[1]);", language, look)

    def complaints(self) -> list[str]:
        """What the browser wrote to its console as an error."""
        return [entry["message"] for entry in self.browser.log() if entry["level"] == "SEVERE"]

    def screenshot(self, path: Path) -> None:
        """For eyes: kept out of the repository."""
        path.write_bytes(base64.b64decode(self.browser.screenshot()))

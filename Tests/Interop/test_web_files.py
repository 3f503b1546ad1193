"""The web client's files: progress, cancelling, an upload that breaks off, pictures, and voice notes."""

import pytest

from dakghar_harness.page import Page

#: Gives the page files, as dropping them does: [name, type, bytes] each.
DROP = """
const bag = new DataTransfer();
for (const [name, type, size] of given[0]) {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65536)));
    bag.items.add(new File([bytes], name, { type }));
}
document.querySelector('.chat').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: bag }));
"""

#: Gives the page a picture of one colour, as pasting it does.
PASTE = """
const canvas = document.createElement('canvas');
canvas.width = 320; canvas.height = 200;
const pen = canvas.getContext('2d');
pen.fillStyle = '#12543f'; pen.fillRect(0, 0, 320, 200);
const blob = await new Promise(good => canvas.toBlob(good, 'image/png'));
const bag = new DataTransfer();
bag.items.add(new File([blob], 'plan of the hall.png', { type: 'image/png' }));
document.querySelector('.composer textarea').dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: bag }));
"""


def network(page: Page, *, up: int = -1, offline: bool = False) -> None:
    """The browser's network: bytes a second that go up (-1: as they come), or nothing at all."""
    page.browser.devtools("Network.enable")
    page.browser.devtools("Network.emulateNetworkConditions", offline=offline, latency=0,
                          downloadThroughput=-1, uploadThroughput=up)


@pytest.fixture
def asma(page, offices, account) -> Page:
    """Somebody in a conversation with a colleague."""
    here, _ = offices
    asma = page(here, account(here, "asma"))
    asma.colleague = account(here, "bashir")
    asma.sign_in()
    asma.open(f"{asma.colleague}@{here.domain}")
    yield asma
    network(asma)


def test_a_picture_is_pasted_and_seen_by_both(asma, page, offices):
    """Shown in the conversation, here and at the colleague's."""
    here, _ = offices
    asma.does(PASTE)
    shown = "(() => { const one = document.querySelector('.picture img'); return one?.complete && one.naturalWidth === 320; })()"
    asma.until("the picture", shown)
    bashir = page(here, asma.colleague)
    bashir.sign_in()
    bashir.open(asma.jid)
    bashir.until("the picture", shown)
    assert bashir.does("return document.querySelector('.picture img').alt") == "plan of the hall.png"
    assert asma.complaints() == [] and bashir.complaints() == []


def test_an_upload_shows_its_progress_and_can_be_cancelled(asma):
    """Slowly, so that there is something to see; afterwards nothing is sent."""
    network(asma, up=300_000)
    asma.does(DROP, [["large.bin", "application/octet-stream", 6_000_000]])
    asma.until("progress", "(document.querySelector('.upload progress')?.value ?? 0) > 0.02")
    assert "%" in asma.does("return document.querySelector('.upload .hint').textContent")
    asma.press("Cancel")
    asma.until("the upload to go", "!document.querySelector('.upload')")
    assert asma.count("large.bin") == 0


def test_an_upload_that_breaks_off_is_tried_again_in_its_slot(asma, offices):
    """The box dies in the middle; when it is back the file goes, once, to the same address."""
    here, _ = offices
    asma.does("""
        window.slots = [];
        const open = XMLHttpRequest.prototype.open;
        XMLHttpRequest.prototype.open = function (method, url) { slots.push(url); return open.apply(this, arguments); };
        """)
    network(asma, up=2_000_000)
    asma.does(DROP, [["report.pdf", "application/pdf", 20_000_000]])
    asma.until("the upload to begin", "slots.length")
    here.kill()
    network(asma)
    here.start()
    asma.until("the file", "messages('report.pdf').length")
    assert asma.count("report.pdf") == 1
    assert asma.does("return slots.length") > 1 and asma.does("return new Set(slots).size") == 1
    asma.until("that the box has it", "messages('report.pdf')[0].querySelector('.state:not(.state-waiting)')")


def test_a_voice_note_is_recorded_and_played(asma):
    """From the microphone to a file that has a length and can be heard."""
    asma.press("Record a voice note")
    asma.sees("Recording…")
    asma.does("await new Promise(good => setTimeout(good, 1200))")
    asma.press("Send the recording")
    asma.until("the note", "document.querySelector('.sound audio')")
    heard = asma.does("""
        const sound = document.querySelector('.sound audio');
        sound.muted = true;
        await sound.play();
        await wait('sound', () => sound.currentTime > 0);
        return sound.error;
        """)
    assert heard is None and asma.complaints() == []
    asma.press("Record a voice note")
    asma.sees("Recording…")
    asma.press("Cancel")
    asma.until("the recorder to stop", "!document.querySelector('.recording')")
    assert asma.does("return document.querySelectorAll('.sound').length") == 1

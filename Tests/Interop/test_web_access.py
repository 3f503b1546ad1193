"""The web client for everybody: by keyboard alone, read aloud, in high contrast, on a narrow screen, in Urdu."""

import pytest

from dakghar_harness.page import Page

TAB, ENTER, ESCAPE, UP = "\ue004", "\ue007", "\ue00c", "\ue013"

#: Text whose contrast against what is behind it is below 4.5:1 (3:1 for large text), WCAG 2.2 §1.4.3.
FAINT = """
const number = text => text.match(/[\\d.]+/g).map(Number);
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgba = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
const over = ([r, g, b, a], below) => [r, g, b].map((one, index) => one * a + below[index] * (1 - a));
const light = rgb => { const [r, g, b] = rgb.map(one => one / 255).map(one => one <= .03928 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
const behind = element => { if (!element) return [255, 255, 255];
    const own = rgba(getComputedStyle(element).backgroundColor); return own[3] === 1 ? own.slice(0, 3) : over(own, behind(element.parentElement)); };
const faint = [];
for (const element of document.querySelectorAll('body *')) {
    const says = [...element.childNodes].some(one => one.nodeType === 3 && one.data.trim());
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (!says || !box.width || style.visibility === 'hidden' || element.closest('[hidden], .unseen, :disabled')) continue;
    const ground = behind(element);
    const [one, other] = [light(over(rgba(style.color), ground)), light(ground)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if ((one + .05) / (other + .05) < needed) faint.push([element.className || element.tagName, element.textContent.slice(0, 30), ((one + .05) / (other + .05)).toFixed(2)]);
}
return faint;
"""

#: Controls without a name for screen readers, pictures without a text, ids that are there twice, small targets.
UNNAMED = """
const named = one => (one.getAttribute('aria-label') ?? '').trim() || (one.labels?.[0]?.textContent ?? '').trim()
    || (one.matches('button, a') ? one.textContent : one.alt ?? '').trim();
const visible = one => one.getClientRects().length > 0;
const wrong = [...document.querySelectorAll('button, a[href], input:not([hidden]), textarea, select, img, [role=img]')]
    .filter(one => visible(one) && !named(one)).map(one => ['no name', one.outerHTML.slice(0, 120)]);
const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
wrong.push(...ids.filter((id, index) => ids.indexOf(id) !== index).map(id => ['twice', id]));
for (const one of document.querySelectorAll('button, input, textarea, select')) {
    const { width, height } = one.getBoundingClientRect();
    if (visible(one) && (width < 24 || height < 24) && !one.matches('[type=checkbox], [type=radio]')) wrong.push(['small', one.outerHTML.slice(0, 80)]);
}
if (!document.documentElement.lang) wrong.push(['no language']);
if (document.querySelectorAll('h1').length !== 1) wrong.push(['headings', document.querySelectorAll('h1').length]);
if (document.querySelectorAll('main').length !== 1) wrong.push(['main', document.querySelectorAll('main').length]);
return wrong;
"""

SCROLLS = """return [document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll('body *')].filter(one =>
    one.getClientRects().length && (one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1)
    && !one.closest('.unseen, .tools')).map(one => one.outerHTML.slice(0, 120))];"""

MIXED = "السلام علیکم، file budget-2026.pdf کل 14:30 تک <b>ضروری</b>"


def looked_at(page: Page, where: str) -> None:
    """Everything that is checked of every screen."""
    assert page.does(FAINT) == [], where
    assert page.does(UNNAMED) == [], where


@pytest.fixture
def asma(page, offices, account, person) -> Page:
    """Somebody with a conversation in two scripts, of both sides."""
    here, _ = offices
    asma, friend = page(here, account(here, "asma")), person(here, "friend")
    asma.friend = friend
    asma.sign_in()
    friend.send(asma.jid, "Good morning")
    friend.send(asma.jid, MIXED)
    asma.open(friend.bare)
    asma.sees("budget-2026")
    asma.write("a long answer " * 20 + "https://example.gov.test/" + "x" * 80)
    asma.sees("a long answer", state="kept")
    return asma


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_screen_has_names_and_contrast(asma, language, look):
    """The conversation, the list, every dialog, and the form: in both languages and looks."""
    asma.use(language=language, look=look)
    asma.reload()
    asma.until("the page again", "messages('budget-2026').length && document.documentElement.lang === given[0]", language)
    looked_at(asma, "conversation")
    for opener in (".side .bar button:nth-of-type(1)", ".side .bar button:nth-of-type(2)", ".chat > .bar > button:last-child", ".new"):
        asma.does("document.querySelector(given[0]).click(); await wait('the dialog', () => document.querySelector('dialog[open]'));", opener)
        looked_at(asma, opener)
        asma.does("document.querySelector('dialog[open] .bar button').click()")
    asma.does("document.querySelector('.side .bar button:nth-of-type(2)').click();"
              "[...document.querySelectorAll('dialog .buttons button')][0].click();")
    asma.until("the form", "document.querySelector('.sign-in form')")
    looked_at(asma, "sign-in")


@pytest.mark.parametrize("language", ["en", "ur"])
def test_nothing_is_cut_off_on_a_narrow_screen(asma, language):
    """320 pixels, no scrolling from side to side: conversation, list, dialogs, form."""
    asma.use(language=language)
    asma.browser.resize(320, 640)
    asma.reload()
    asma.until("the page again", "messages('budget-2026').length && document.documentElement.lang === given[0]", language)
    assert asma.does(SCROLLS) == [0]
    asma.does("document.querySelector('.chat > .bar > button:last-child').click()")
    assert asma.does(SCROLLS) == [0]
    asma.does("document.querySelector('dialog[open] .bar button').click(); location.hash = '#/'")
    asma.until("the list", "document.querySelector('.new').getClientRects().length")
    assert asma.does(SCROLLS) == [0]
    for opener in (".side .bar button:nth-of-type(2)", ".new"):
        asma.does("document.querySelector(given[0]).click()", opener)
        assert asma.does(SCROLLS) == [0], opener
        asma.does("document.querySelector('dialog[open] .bar button').click()")


def test_urdu_is_a_mirror(asma):
    """The list is at the right, one's own words at the left; text keeps the direction of its script."""
    places = """return [document.querySelector('.side').getBoundingClientRect().left < document.querySelector('.stage').getBoundingClientRect().left,
        messages('a long answer')[0].getBoundingClientRect().left > messages('budget-2026')[0].getBoundingClientRect().left,
        ...['Good morning', 'budget-2026'].map(text => getComputedStyle(messages(text)[0].querySelector('.body')).direction)];"""
    asma.browser.resize(1440, 850)
    assert asma.does(places) == [True, True, "ltr", "rtl"]
    asma.does("document.querySelector('.side .bar button:nth-of-type(2)').click()")
    asma.tick("اردو")
    asma.until("Urdu", "document.documentElement.dir === 'rtl' && messages('budget-2026').length")
    assert asma.does(places) == [False, False, "ltr", "rtl"]
    assert asma.does("return document.title") == "ڈاک گھر"


def test_everything_is_done_with_the_keyboard(asma):
    """A message is written, answered, a reaction given, a dialog opened and left; the focus comes back."""
    keys = asma.browser.type
    focused = "return document.activeElement.getAttribute('aria-label') ?? document.activeElement.className"
    asma.does("document.querySelector('.composer textarea').focus()")
    keys("typed" + ENTER)
    asma.sees("typed", state="kept")
    # From where one writes to the messages, up to the one before, into its tools, and back.
    asma.does("document.querySelector('.message[tabindex=\"0\"]').focus()")
    assert "typed" in asma.does("return document.activeElement.textContent")
    third = asma.does("return [...document.querySelectorAll('.message')].at(-3).id")
    keys(UP + UP)
    assert asma.does("return document.activeElement.id") == third
    keys(ENTER)
    assert asma.does(focused) == "React"
    keys("\ue014" + ENTER)
    assert asma.does(focused) == "Write a message"
    keys("an answer" + ENTER)
    asma.until("the answer", "messages('an answer')[0]?.querySelector('.quote')")
    keys(ESCAPE)

    asma.does("document.querySelector('.side .bar button').focus()")
    keys(ENTER)
    asma.until("the dialog", "document.querySelector('dialog[open]')")
    assert asma.does("return document.activeElement.type") == "search"
    keys(ESCAPE)
    asma.until("the dialog to close", "!document.querySelector('dialog')")
    assert asma.does(focused) == "Search"

    # The order of the Tab key: the side, the head of the conversation, one message, what is written.
    seen = []
    for _ in range(12):
        seen.append(asma.does("return document.activeElement.closest('.side, .bar, .messages, .composer')?.className.split(' ')[0] ?? ''"))
        keys(TAB)
    order = [one for index, one in enumerate(seen) if one and (index == 0 or one != seen[index - 1])]
    assert order[0] == "bar" and "messages" in order and "composer" in order
    assert order.index("messages") < order.index("composer")
    assert seen.count("messages") <= 2

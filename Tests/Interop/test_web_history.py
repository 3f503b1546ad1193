"""The web client: nothing that was said is missing, and nothing is there twice."""

from dakghar_harness import until


def test_more_than_a_page_came_while_away(page, offices, account, person):
    """130 messages, in order, without a hole; older ones by scrolling up."""
    here, _ = offices
    local, friend = account(here, "asma"), person(here, "friend")
    asma = page(here, local)
    asma.sign_in()
    friend.send(asma.jid, "number 0 of them")
    asma.open(friend.bare)
    asma.sees("number 0 of them")
    asma.visit("about.txt")
    friend.send_all(asma.jid, [f"number {number} of them" for number in range(1, 131)])
    asma.visit(f"#/chat/{friend.bare}")
    asma.sees("number 130 of them")
    asma.does("""
        const scroller = document.querySelector('.scroller');
        await wait('the first message', () => { scroller.scrollTop = 0; return messages('number 0 of them').length; });
        """)
    shown = asma.does("return [...document.querySelectorAll('.message .body')].map(one => one.textContent)")
    assert shown == [f"number {number} of them" for number in range(131)]


def test_an_account_that_is_new_on_a_device_reads_the_archive_by_scrolling(
        page, offices, account, person, client):
    """What is older than the first page comes from the box, page by page, with its corrections."""
    here, _ = offices
    local, friend = account(here, "asma"), person(here, "friend")
    jid = f"{local}@{here.domain}"
    sent = friend.send_all(jid, [f"old {number}." for number in range(260)])
    friend.say(
        f"<message to='{jid}' type='chat' id='corr1'><body>old and mended</body>"
        f"<replace xmlns='urn:xmpp:message-correct:0' id='{sent[5]}'/></message>")
    sent.append(friend.send(jid, "the newest"))
    friend.wait_acknowledged(sent)
    other = client(here, local).login()
    other.reads("the newest")
    other.request_acknowledgement()
    asma = page(here, local)
    asma.sign_in()
    asma.open(friend.bare)
    asma.sees("the newest")
    asma.does("""
        const scroller = document.querySelector('.scroller');
        await wait('the first message', () => { scroller.scrollTop = 0; return messages('old 0.').length; });
        await wait('the correction', () => messages('old and mended').length);
        // Messages of one millisecond are shown as they come from the archive, its last page's too.
        await wait('all of them', () => document.querySelectorAll('.message .body').length === 261);
        """)
    shown = asma.does("return [...document.querySelectorAll('.message .body')].map(one => one.textContent)")
    expected = [f"old {number}." for number in range(260)]
    expected[5] = "old and mended"
    assert shown == [*expected, "the newest"]


def test_a_page_of_the_archive_that_is_cut_short_is_read_again(page, offices, account, person, client):
    """The browser has no room for a moment: what it could not keep is not missing for good."""
    here, _ = offices
    local, friend = account(here, "asma"), person(here, "friend")
    sent = friend.send_all(f"{local}@{here.domain}", [f"old {number}." for number in range(260)])
    friend.wait_acknowledged(sent)
    other = client(here, local).login()
    other.reads("old 259.")
    other.request_acknowledgement()
    asma = page(here, local)
    asma.sign_in()
    asma.open(friend.bare)
    asma.sees("old 259.")
    asma.does("""
        const put = IDBObjectStore.prototype.put;
        let room = 7, refused = 0;
        IDBObjectStore.prototype.put = function (value, ...rest) {
            if (value?.body?.startsWith('old') && room-- <= 0) {
                refused += 1;
                throw new DOMException('no room', 'QuotaExceededError');
            }
            return put.call(this, value, ...rest);
        };
        const scroller = document.querySelector('.scroller');
        await wait('it has no room', () => { scroller.scrollTop = 0; scroller.dispatchEvent(new Event('scroll')); return refused; });
        """)
    asma.visit("about.txt")
    asma.visit(f"#/chat/{friend.bare}")
    asma.sees("old 259.")
    asma.does("""
        const scroller = document.querySelector('.scroller');
        await wait('all of them', () => {
            scroller.scrollTop = 0;
            return messages('old 0.').length && document.querySelectorAll('.message .body').length === 260;
        });
        """)
    shown = asma.does("return [...document.querySelectorAll('.message .body')].map(one => one.textContent)")
    assert shown == [f"old {number}." for number in range(260)]


def test_a_tab_that_is_closed_while_it_sends_loses_and_doubles_nothing(page, offices, account, person):
    """It is closed at once after the last key; the next tab sends what the box does not have."""
    here, _ = offices
    asma, friend = page(here, account(here, "asma")), person(here, "friend")
    asma.sign_in()
    asma.open(friend.bare)
    first = asma.browser.tab
    second = asma.browser.new_tab()
    asma.visit("about.txt")
    written = [f"in a hurry {number}." for number in range(12)]
    for start in (0, 4, 8):
        asma.browser.use(first)
        asma.does("""
            const area = document.querySelector('.composer textarea');
            for (const text of given[0]) {
                area.value = text;
                document.querySelector('.composer').requestSubmit();
                await wait('it to be kept', () => messages(text).length);
            }
            """, written[start:start + 4])
        asma.browser.close_tab(second)
        first, second = second, asma.browser.new_tab()
        asma.browser.use(first)
        asma.visit(f"#/chat/{friend.bare}")
        asma.sees(written[start + 3])
    until(lambda: len(friend.bodies) >= 12, within=30, what=lambda: f"all came: {friend.bodies}")
    asma.does("await wait('all to be at the box', () => ![...document.querySelectorAll('.state-waiting')].length);")
    assert friend.bodies == written
    assert [asma.count(text) for text in written] == [1] * 12


def test_two_tabs_of_one_account_show_and_send_the_same_once(page, offices, account, person):
    """What is written in either is in both, and comes to the other person once."""
    here, _ = offices
    asma, friend = page(here, account(here, "asma")), person(here, "friend")
    asma.sign_in()
    asma.open(friend.bare)
    first = asma.browser.tab
    second = asma.browser.new_tab()
    asma.visit(f"#/chat/{friend.bare}")
    asma.write("from the second tab")
    asma.sees("from the second tab", state="kept")
    asma.browser.use(first)
    asma.sees("from the second tab")
    asma.write("from the first tab")
    friend.send(asma.jid, "an answer to both")
    for tab in (first, second):
        asma.browser.use(tab)
        asma.sees("an answer to both")
        asma.sees("from the first tab", state="kept")
        assert [asma.count(text) for text in ("from the second", "from the first", "an answer")] == [1, 1, 1]
    friend.reads_all(2, within=15)
    assert friend.bodies == ["from the second tab", "from the first tab"]

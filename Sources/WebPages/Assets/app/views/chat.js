// One conversation: its messages, and what is written into it.

import { t, day, number, isolated, language } from '../i18n.js';
import { h, fill, arrange, Made, icon, iconButton, avatar } from './dom.js';
import { MessageKeys } from './keys.js';
import { lineWords } from './line.js';
import { NS, el } from '../xmpp/xml.js';
import { domain } from '../xmpp/jid.js';
import { bubble } from './bubble.js';
import { Composer } from './composer.js';
import { details } from './details.js';
import { problemWords } from './problems.js';

/// Messages that are put on the page at a time.
const PAGE = 60;
/// Pixels from the top at which older ones are put there.
const NEAR = 300;
/// Milliseconds that a first message waits for what is known of the other's encryption.
const ADVICE_MS = 3_000;

export class Chat {
    #messages = new Map();
    #typing = new Map();
    #loading = null;

    constructor(account, peer, shell) {
        this.account = account;
        this.peer = peer;
        this.shell = shell;
        this.conversation = account.conversations.of(peer);
        this.isElsewhere = account.conversations.isElsewhere(peer);
        this.items = h('ol', { class: 'messages', role: 'log', 'aria-label': t('chat.messages', isolated(this.nameOf(peer))) });
        this.made = new Made();
        this.nothing = h('li', { class: 'empty' }, t('chat.empty'));
        this.keys = new MessageKeys(this.items, () => this.composer.text.focus());
        this.scroller = h('div', { class: 'scroller', onscroll: () => this.#scrolled() }, this.items);
        this.status = h('bdi', { class: 'hint' });
        this.line = h('p', { class: 'advice line-state', hidden: true });
        this.advice = h('div', { class: 'advice', hidden: true });
        this.typingLine = h('p', { class: 'typing', 'aria-live': 'polite' });
        this.composer = new Composer(this);
        const name = this.nameOf(peer);
        this.element = h('main', { class: 'chat' },
            h('header', { class: 'bar' },
                iconButton('back', t('chat.back'), () => shell.home(), 'narrow'),
                this.conversation.room ? h('span', { class: 'avatar room', 'aria-hidden': 'true' }, '#') : avatar(name, peer),
                h('span', { class: 'lines grow' }, h('h2', { class: 'name' }, h('bdi', {}, name)), this.status),
                iconButton('more', t('details.title'), () => details(account, peer, shell))),
            h('div', { class: 'advices' }, this.line, this.advice), this.scroller, this.typingLine, this.composer.element);
        // Whoever reads the end stays there when the keyboard of a phone comes up or a picture grows.
        this.sizes = new ResizeObserver(() => { if (this.isAtEnd) this.toEnd(); });
        this.sizes.observe(this.scroller);
        this.sizes.observe(this.items);
        this.stop = new AbortController();
        const listen = (type, handle) => account.addEventListener(type, event => handle(event.detail), { signal: this.stop.signal });
        listen('message', message => this.#arrived(message));
        listen('people', () => this.#describe());
        listen('state', () => this.#describe());
        listen('lines', () => this.#describe());
        listen('caughtup', () => { this.advised = this.#advise(); this.#fill(); });
        listen('typing', typing => this.#someoneTypes(typing));
        addEventListener('focus', () => this.#seen(), { signal: this.stop.signal });
    }

    async begin() {
        this.account.open = this.peer;
        this.#describe();
        this.advised = this.#advise();
        await this.#earlier();
        this.toEnd();
        this.#seen();
        this.composer.focus();
        await this.#fill();
        if (!this.#messages.size) this.#draw();
    }

    /// Until there is something to scroll.
    async #fill() {
        while (this.scroller.scrollTop < NEAR && this.element.isConnected && await this.#more());
    }

    leave() {
        this.composer.leave();
        this.stop.abort();
        this.sizes.disconnect();
        if (this.account.open === this.peer) this.account.open = null;
    }

    // MARK: Names

    nameOf(jid) { return jid === this.account.jid ? t('people.you') : this.shell.nameOf(jid); }
    ownName(message) { return message.inRoom ? this.account.rooms.nick(this.peer) : this.account.jid; }

    #describe() {
        const { people, rooms, lines } = this.account;
        const line = lines.to(this.peer);
        this.line.hidden = line?.state !== 'down' || this.account.state !== 'online';
        if (!this.line.hidden) fill(this.line, icon('line'), h('span', {}, lineWords(line)));
        if (this.conversation.room) {
            const here = rooms.occupants(this.peer).length;
            const problem = rooms.problem(this.peer);
            this.status.textContent = problem ? t('rooms.problem', problemWords(problem)) : [t('rooms.here', number(here)), this.conversation.subject].filter(Boolean).map(isolated).join(' · ');
            return;
        }
        if (people.blocked.has(this.peer)) return void (this.status.textContent = t('show.blocked'));
        const { show, status } = people.availability(this.peer);
        // Who does not let us see presence is not "not here".
        if (!people.isSeen(this.peer) && show === 'gone' && !status) return void (this.status.textContent = this.peer);
        // While the line is down their presence is only what was last heard.
        this.status.textContent = this.line.hidden ? [t(`show.${show || 'here'}`), status].filter(Boolean).map(isolated).join(' · ') : t('show.unknown');
    }

    /// Says before the first message what this page can and cannot promise. What was found out the last
    /// time is said at once, without the box too.
    async #advise() {
        if (this.conversation.room) return;
        if (this.conversation.encrypts) this.#showAdvice();
        if (this.account.state !== 'online') return;
        const encrypts = await this.account.people.encrypts(this.peer);
        if (encrypts) this.#showAdvice();
        if (encrypts === !!this.conversation.encrypts) return;
        this.conversation.encrypts = encrypts;
        await this.account.conversations.keep(this.conversation);
    }

    #showAdvice() {
        if (!this.advice.hidden) return;
        fill(this.advice, icon('lock'), h('span', {}, t('advice.omemo', isolated(this.nameOf(this.peer)))));
        this.advice.hidden = false;
    }

    /// Whether the advice has been on the page: what is written before it is known waits for it.
    async knowsAdvice() {
        const wasThere = !this.advice.hidden;
        await Promise.race([this.advised, new Promise(good => setTimeout(good, ADVICE_MS))]);
        return wasThere || this.advice.hidden;
    }

    // MARK: Messages

    find(id) { return this.#sorted.find(one => one.id === id || one.archive === id); }

    async jump(id) {
        // As long as there is more, it may be further up.
        while (!this.find(id) && await this.#more());
        const message = this.find(id);
        if (!message) return this.shell.notice(t('message.older'));
        const element = this.#element(message);
        element.scrollIntoView({ block: 'center' });
        this.keys.focus(element);
        element.classList.add('shown');
        setTimeout(() => element.classList.remove('shown'), 2000);
        return undefined;
    }

    get #sorted() {
        return [...this.#messages.values()].sort((one, other) => one.time - other.time || one.number - other.number);
    }

    /// Older messages: from this device, then from the box's archive. Returns whether there may be more.
    async #more() {
        if (this.#loading) return this.#loading;
        this.#loading = this.#earlier().then(async isMore => isMore || await this.#fetch());
        const result = await this.#loading;
        this.#loading = null;
        return result;
    }

    async #earlier() {
        const [oldest] = this.#sorted;
        const found = await this.account.database.messages(this.peer, PAGE, oldest && [oldest.time, oldest.number]);
        for (const message of found) this.#messages.set(message.key, message);
        if (found.length) this.#draw();
        return found.length > 0;
    }

    async #fetch() {
        if (this.conversation.complete || !this.account.mayAskOlder(this.peer)) return false;
        try {
            const isMore = await this.account.older(this.peer);
            await this.#earlier();
            return isMore;
        } catch (error) {
            console.warn('no older messages', error);
            return false;
        }
    }

    async #scrolled() {
        this.isAtEnd = this.#seesEnd;
        await this.#fill();
    }

    #arrived(message) {
        if (message.peer !== this.peer) return;
        const isNew = !this.#messages.has(message.key);
        // Older than what is shown, with more in between: it is found when one scrolls there.
        const [oldest] = this.#sorted;
        if (isNew && oldest && message.time < oldest.time) return;
        const atEnd = this.isAtEnd;
        this.#messages.set(message.key, message);
        this.#draw();
        if (isNew && (atEnd || message.mine)) this.toEnd();
        if (document.hasFocus()) this.#seen();
    }

    #element(message) {
        return this.made.get(message.key, JSON.stringify([message, language]), () => this.#bubble(message));
    }

    /// A voice note that is being heard goes on: only what is below it changes.
    #bubble(message) {
        const fresh = bubble(message, this);
        const shown = document.getElementById(fresh.id);
        const sound = shown?.querySelector('audio');
        if (!sound || sound.paused || fresh.querySelector('audio')?.src !== sound.src) return fresh;
        shown.querySelector('footer').replaceWith(fresh.querySelector('footer'));
        return shown;
    }

    /// What is looked at stays where it is when something comes above it.
    #draw() {
        const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
        const before = this.items.firstElementChild;
        const rows = [];
        let last = '';
        for (const message of this.#sorted) {
            const date = new Date(message.time).toDateString();
            if (date !== last) rows.push(this.made.get(date, '', () => h('li', { class: 'day' }, h('span', {}, day(message.time)))));
            last = date;
            rows.push(this.#element(message));
        }
        arrange(this.items, rows.length ? rows : [this.nothing]);
        this.keys.refresh();
        if (before && before !== this.items.firstElementChild && before.isConnected) this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
    }

    get #seesEnd() { return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 80; }
    toEnd() { this.scroller.scrollTop = this.scroller.scrollHeight; this.isAtEnd = true; }
    #seen() { if (document.visibilityState === 'visible') this.account.conversations.markRead(this.peer); }

    #someoneTypes({ peer, nick, on }) {
        if (peer !== this.peer) return;
        const who = nick ?? this.nameOf(peer);
        clearTimeout(this.#typing.get(who));
        if (on) this.#typing.set(who, setTimeout(() => { this.#typing.delete(who); this.#showTyping(); }, 30_000));
        else this.#typing.delete(who);
        this.#showTyping();
    }

    #showTyping() {
        this.typingLine.textContent = this.#typing.size ? t('chat.typing', [...this.#typing.keys()].map(isolated).join(', ')) : '';
    }

    // MARK: What one does with a message

    reply(message) { this.composer.answer(message); }
    edit(message) { this.composer.change(message); }

    react(message, one) {
        const own = message.reactions?.[this.ownName(message)] ?? [];
        const given = own.includes(one) ? own.filter(other => other !== one) : [...own, one];
        const id = message.inRoom ? message.archive ?? message.id : message.id;
        const payload = el('reactions', { xmlns: NS.reactions, id }, given.map(text => el('reaction', {}, text)));
        this.#about(message, payload, { reactions: { ...message.reactions, [this.ownName(message)]: given } });
    }

    async retract(message) {
        if (!await this.shell.confirm(t('message.retract'), t('message.retract.sure'))) return;
        const id = message.inRoom ? message.archive ?? message.id : message.id;
        this.#about(message, el('retract', { xmlns: NS.retract, id }), message.inRoom ? {} : { body: '', file: undefined, retracted: true });
    }

    async #about(message, payload, change) {
        const changed = await this.account.database.alter(this.peer, message, known => ({ ...known, ...change }));
        if (changed) this.account.tell('message', changed);
        await this.account.writeAbout(this.peer, payload);
    }

    get office() { return domain(this.peer); }
}

// One conversation: its messages, and what is written into it.

import { t, day } from '../i18n.js';
import { h, fill, icon, iconButton, avatar } from './dom.js';
import { NS, el } from '../xmpp/xml.js';
import { domain } from '../xmpp/jid.js';
import { bubble } from './bubble.js';
import { Composer } from './composer.js';
import { details } from './details.js';

/// Messages that are put on the page at a time.
const PAGE = 60;

export class Chat {
    #messages = new Map();
    #typing = new Map();
    #oldest = null;
    #loading = false;

    constructor(account, peer, shell) {
        this.account = account;
        this.peer = peer;
        this.shell = shell;
        this.conversation = account.conversations.of(peer);
        this.isElsewhere = account.conversations.isElsewhere(peer);
        this.items = h('ol', { class: 'messages', role: 'log', 'aria-label': t('chat.messages', this.nameOf(peer)) });
        this.end = h('div', { class: 'end' });
        this.scroller = h('div', { class: 'scroller', onscroll: () => this.#scrolled(), tabindex: 0 }, this.items, this.end);
        this.status = h('span', { class: 'hint' });
        this.advice = h('div', { class: 'advice', hidden: true });
        this.typingLine = h('p', { class: 'typing', 'aria-live': 'polite' });
        this.composer = new Composer(this);
        const name = this.nameOf(peer);
        this.element = h('main', { class: 'chat' },
            h('header', { class: 'bar' },
                iconButton('back', t('chat.back'), () => shell.home(), 'narrow'),
                this.conversation.room ? h('span', { class: 'avatar room', 'aria-hidden': 'true' }, '#') : avatar(name, peer),
                h('span', { class: 'lines grow' }, h('bdi', { class: 'name', role: 'heading', 'aria-level': 2 }, name), this.status),
                iconButton('more', t('details.title'), () => details(account, peer, shell))),
            this.advice, this.scroller, this.typingLine, this.composer.element);
        this.stop = new AbortController();
        const listen = (type, handle) => account.addEventListener(type, event => handle(event.detail), { signal: this.stop.signal });
        listen('message', message => this.#arrived(message));
        listen('people', () => this.#describe());
        listen('state', () => this.#describe());
        listen('typing', typing => this.#someoneTypes(typing));
        addEventListener('focus', () => this.#seen(), { signal: this.stop.signal });
    }

    async begin() {
        this.account.open = this.peer;
        this.#describe();
        await this.#earlier();
        if (this.#messages.size < PAGE) await this.#fetch();
        this.toEnd();
        this.#seen();
        this.composer.focus();
        this.#advise();
    }

    leave() {
        this.composer.leave();
        this.stop.abort();
        if (this.account.open === this.peer) this.account.open = null;
    }

    // MARK: Names

    nameOf(jid) { return jid === this.account.jid ? t('people.you') : this.shell.nameOf(jid); }
    ownName(message) { return message.inRoom ? this.account.rooms.nick(this.peer) : this.account.jid; }

    #describe() {
        const { people, rooms } = this.account;
        if (this.conversation.room) {
            const here = rooms.occupants(this.peer).length;
            const problem = rooms.problem(this.peer);
            this.status.textContent = problem ? t('rooms.problem', problem) : this.conversation.subject || t('rooms.here', here);
            return;
        }
        const { show, status } = people.availability(this.peer);
        this.status.textContent = [t(`show.${show || 'here'}`), status].filter(Boolean).join(' · ');
    }

    /// Says before the first message what this page can and cannot promise.
    async #advise() {
        if (this.conversation.room || this.account.state !== 'online') return;
        const encrypts = await this.account.people.encrypts(this.peer);
        if (!encrypts) return;
        fill(this.advice, icon('lock'), h('span', {}, t('advice.omemo', this.nameOf(this.peer))));
        this.advice.hidden = false;
    }

    // MARK: Messages

    find(id) { return [...this.#messages.values()].find(one => one.id === id || one.archive === id); }

    jump(id) {
        const message = this.find(id);
        const element = message && document.getElementById(`m-${message.key}`);
        if (!element) return this.shell.notice(t('message.older'));
        element.scrollIntoView({ block: 'center' });
        element.focus();
        element.classList.add('shown');
        setTimeout(() => element.classList.remove('shown'), 2000);
    }

    async #earlier() {
        const found = await this.account.database.messages(this.peer, PAGE, this.#oldest);
        if (!found.length) return 0;
        this.#oldest = [found[0].time, found[0].number];
        const height = this.scroller.scrollHeight - this.scroller.scrollTop;
        for (const message of found) this.#messages.set(message.key, message);
        this.#draw();
        this.scroller.scrollTop = this.scroller.scrollHeight - height;
        return found.length;
    }

    /// From the box's archive; what comes is put in by `message` events.
    async #fetch() {
        if (this.account.state !== 'online' || this.conversation.complete) return;
        try {
            await this.account.older(this.peer);
        } catch (error) {
            console.warn('no older messages', error);
        }
    }

    async #scrolled() {
        if (this.scroller.scrollTop > 200 || this.#loading) return;
        this.#loading = true;
        if (!await this.#earlier()) await this.#fetch();
        this.#loading = false;
    }

    #arrived(message) {
        if (message.peer !== this.peer) return;
        const atEnd = this.#isAtEnd;
        const isNew = !this.#messages.has(message.key);
        this.#messages.set(message.key, message);
        this.#draw();
        if (isNew && (atEnd || message.mine)) this.toEnd();
        if (document.hasFocus()) this.#seen();
    }

    #draw() {
        if (this.due) return;
        this.due = true;
        queueMicrotask(() => { this.due = false; this.#drawNow(); });
    }

    #drawNow() {
        const sorted = [...this.#messages.values()].sort((one, other) => one.time - other.time || one.number - other.number);
        const rows = [];
        let last = '';
        for (const message of sorted) {
            const date = new Date(message.time).toDateString();
            if (date !== last) rows.push(h('li', { class: 'day' }, h('span', {}, day(message.time))));
            last = date;
            const stamp = JSON.stringify(message);
            const known = document.getElementById(`m-${message.key}`);
            if (known?.dataset.stamp === stamp) {
                rows.push(known);
                continue;
            }
            const made = bubble(message, this);
            made.dataset.stamp = stamp;
            rows.push(made);
        }
        fill(this.items, rows.length ? rows : h('li', { class: 'empty' }, t('chat.empty')));
    }

    get #isAtEnd() { return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 80; }
    toEnd() { requestAnimationFrame(() => { this.scroller.scrollTop = this.scroller.scrollHeight; }); }
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
        this.typingLine.textContent = this.#typing.size ? t('chat.typing', [...this.#typing.keys()].join(', ')) : '';
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
        if (changed) this.#arrived(changed);
        await this.account.writeAbout(this.peer, payload);
    }

    get office() { return domain(this.peer); }
}

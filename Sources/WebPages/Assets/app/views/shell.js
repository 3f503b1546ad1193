// The frame of the page: conversations at the side, one of them open, and what the line does above.

import { t, number } from '../i18n.js';
import { lineWords } from './line.js';
import { problemWords } from './problems.js';
import { h, fill, dialog, announce } from './dom.js';
import { List } from './list.js';
import { Chat } from './chat.js';
import { local } from '../xmpp/jid.js';

export class Shell {
    constructor(account, { leave, choose }) {
        this.account = account;
        this.stop = new AbortController();
        this.leave = leave;
        this.choose = choose;
        this.banner = h('div', { class: 'banner', role: 'status', hidden: true });
        this.stage = h('div', { class: 'stage' });
        this.list = new List(account, this);
        this.element = h('div', { class: 'shell' }, this.banner, this.list.element, this.stage);
        for (const event of ['state', 'lines', 'outbox']) account.addEventListener(event, () => this.#describe(), { signal: this.stop.signal });
        account.addEventListener('message', event => this.#notify(event.detail), { signal: this.stop.signal });
        account.addEventListener('notice', event => this.notice(t(event.detail.text, ...event.detail.values)), { signal: this.stop.signal });
        this.onHash = () => this.#route();
        addEventListener('hashchange', this.onHash);
        this.#describe();
        this.#route();
    }

    end() {
        this.stop.abort();
        removeEventListener('hashchange', this.onHash);
        this.chat?.leave();
    }

    // MARK: Where we are

    show(peer) { location.hash = `#/chat/${encodeURIComponent(peer)}`; }
    home() { location.hash = '#/'; }

    #route() {
        const match = location.hash.match(/^#\/chat\/(.+)$/);
        let peer = null;
        try {
            peer = match ? decodeURIComponent(match[1]) : null;
        } catch {
            this.home();
        }
        this.chat?.leave();
        this.chat = peer ? new Chat(this.account, peer, this) : null;
        this.element.classList.toggle('in-chat', !!peer);
        fill(this.stage, this.chat?.element ?? h('div', { class: 'nothing' }, h('p', {}, t('chat.none'))));
        this.chat?.begin();
        this.list.draw();
    }

    nameOf(jid) {
        const conversation = this.account.conversations.has(jid) ? this.account.conversations.of(jid) : null;
        if (conversation?.room) return conversation.name || local(jid);
        return this.account.people.nameOf(jid);
    }

    // MARK: What is said

    async #describe() {
        const { state } = this.account;
        const waiting = state === 'online' ? 0 : await this.account.database.waiting().catch(() => 0);
        if (state !== this.account.state) return;
        const lines = state === 'online' ? this.#trouble() : [t(`banner.${state}`), waiting ? t('banner.waiting', number(waiting)) : ''];
        const words = lines.filter(Boolean).join(' ');
        this.banner.hidden = !words;
        // Said once: a screen reader would read it again with each change of the page.
        if (this.banner.textContent !== words) this.banner.textContent = words;
    }

    /// What the lines to other offices do: those of the people that one writes with.
    #trouble() {
        const { conversations, people, lines } = this.account;
        const ours = [...conversations.list.map(one => one.peer), ...people.contacts.map(one => one.jid)].map(jid => lines.to(jid));
        const troubled = lines.troubled.filter(line => ours.includes(line));
        const told = troubled.slice(0, 2).map(line => lineWords(line));
        return troubled.length > 2 ? [...told, t('line.more', number(troubled.length - 2))] : told;
    }

    notice(text) { announce(text); }

    /// Does something that may fail, and says so in words.
    async attempt(work) {
        try {
            return await work();
        } catch (error) {
            console.warn(error);
            this.notice(problemWords(error));
            return undefined;
        }
    }

    confirm(title, text) {
        return dialog(title, close => [
            h('h2', {}, title), h('p', {}, text),
            h('p', { class: 'buttons' },
                h('button', { type: 'button', class: 'danger', onclick: () => close(true) }, title),
                h('button', { type: 'button', autofocus: true, onclick: () => close(false) }, t('dialog.cancel'))),
        ]);
    }

    #notify(message) {
        if (message.mine || document.hasFocus() || !message.time || Date.now() - message.time > 60_000) return;
        if (!('Notification' in window) || Notification.permission !== 'granted') return;
        if (localStorage.getItem('notify') === 'off' || this.account.conversations.of(message.peer).muted) return;
        const note = new Notification(this.nameOf(message.peer), {
            body: message.encrypted ? t('message.encrypted') : message.file ? t('message.file') : message.body.slice(message.quoted ?? 0, 140), tag: message.peer,
        });
        note.onclick = () => { window.focus(); this.show(message.peer); note.close(); };
    }
}

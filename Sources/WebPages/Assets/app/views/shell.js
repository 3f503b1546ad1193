// The frame of the page: conversations at the side, one of them open, and what the line does above.

import { t } from '../i18n.js';
import { h, fill, dialog, announce } from './dom.js';
import { List } from './list.js';
import { Chat } from './chat.js';
import { local } from '../xmpp/jid.js';

export class Shell {
    constructor(account, { leave, choose }) {
        this.account = account;
        this.leave = leave;
        this.choose = choose;
        this.banner = h('div', { class: 'banner', role: 'status', hidden: true });
        this.stage = h('div', { class: 'stage' });
        this.list = new List(account, this);
        this.element = h('div', { class: 'shell' }, this.banner, this.list.element, this.stage);
        account.addEventListener('state', () => this.#describe());
        account.addEventListener('message', event => this.#notify(event.detail));
        account.addEventListener('notice', event => this.notice(t(event.detail.text, ...event.detail.values)));
        this.onHash = () => this.#route();
        addEventListener('hashchange', this.onHash);
        this.#describe();
        this.#route();
    }

    end() {
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

    #describe() {
        const { state } = this.account;
        this.banner.hidden = state === 'online';
        this.banner.textContent = t(`banner.${state}`);
    }

    notice(text) { announce(text); }

    /// Does something that may fail, and says so in words.
    async attempt(work) {
        try {
            return await work();
        } catch (error) {
            console.warn(error);
            this.notice(t(`error.${error.condition ?? error.message}`) === `error.${error.condition ?? error.message}`
                ? t('error.other', error.message) : t(`error.${error.condition ?? error.message}`));
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

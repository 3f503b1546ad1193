// The conversations at the side: newest first, with what waits to be read.

import { t, when } from '../i18n.js';
import { h, fill, icon, iconButton, avatar } from './dom.js';
import { chooser } from './chooser.js';
import { settings } from './settings.js';
import { searchDialog } from './search.js';

export class List {
    constructor(account, shell) {
        this.account = account;
        this.shell = shell;
        this.items = h('ul', { class: 'conversations' });
        this.asking = h('div', { class: 'asking' });
        this.element = h('nav', { class: 'side', 'aria-label': t('list.title') },
            h('header', { class: 'bar' },
                h('strong', { class: 'grow' }, account.people.nameOf(account.jid)),
                iconButton('search', t('search.title'), () => searchDialog(account, shell)),
                iconButton('settings', t('settings.title'), () => settings(account, shell))),
            this.asking, this.items,
            h('button', { type: 'button', class: 'primary new', onclick: () => chooser(account, shell) },
                icon('plus'), t('list.new')));
        for (const event of ['conversations', 'people', 'invited']) account.addEventListener(event, () => this.#later());
        account.addEventListener('invited', event => this.#invited(event.detail));
        this.draw();
    }

    #later() {
        if (this.due) return;
        this.due = true;
        requestAnimationFrame(() => { this.due = false; this.draw(); });
    }

    draw() {
        const { conversations, people } = this.account;
        fill(this.asking, people.asking.map(one => this.#question(one)));
        const list = conversations.list;
        fill(this.items, list.length ? list.map(one => this.#row(one)) : h('li', { class: 'empty' }, t('list.empty')));
        const unread = conversations.unread;
        document.title = (unread ? `(${unread}) ` : '') + t('app.name');
    }

    #row(conversation) {
        const { peer, unread, last } = conversation;
        const name = this.shell.nameOf(peer);
        const away = this.account.people.availability(peer).show === 'gone' && !conversation.room;
        return h('li', {}, h('a', {
            href: `#/chat/${encodeURIComponent(peer)}`, class: unread ? 'unread' : '', 'aria-current': this.account.open === peer ? 'page' : undefined,
        },
        h('span', { class: away ? 'who away' : 'who' }, conversation.room ? h('span', { class: 'avatar room', 'aria-hidden': 'true' }, '#') : avatar(name, peer)),
        h('span', { class: 'lines' },
            h('span', { class: 'line' }, h('bdi', { class: 'name' }, name),
                h('time', {}, conversation.time ? when(conversation.time) : '')),
            h('span', { class: 'line' }, h('bdi', { class: 'preview' }, this.#preview(last)),
                unread ? h('span', { class: 'badge', 'aria-label': t('list.unread', unread) }, unread > 99 ? '99+' : unread) : null))));
    }

    #preview(last) {
        if (!last) return '';
        const body = last.encrypted ? t('message.encrypted') : last.file ? t('message.file') : last.body.slice(last.quoted);
        return last.mine ? t('list.you', body) : last.nick ? `${last.nick}: ${body}` : body;
    }

    #question({ jid, text }) {
        const answer = yes => this.account.people.answer(jid, yes);
        return h('div', { class: 'card question' },
            h('p', {}, t('people.asks', this.account.people.nameOf(jid)), ' ', h('bdi', { class: 'jid' }, jid)),
            text ? h('p', { class: 'hint' }, h('bdi', {}, text)) : null,
            h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => answer(true) }, t('people.accept')),
                h('button', { type: 'button', onclick: () => answer(false) }, t('people.decline'))));
    }

    #invited({ room, from }) {
        const card = h('div', { class: 'card question' },
            h('p', {}, t('rooms.invited', this.account.people.nameOf(from), room)),
            h('p', { class: 'buttons' },
                h('button', {
                    type: 'button', class: 'primary', onclick: async () => {
                        card.remove();
                        await this.shell.attempt(() => this.account.rooms.join(room));
                        this.shell.show(room);
                    },
                }, t('rooms.enter')),
                h('button', { type: 'button', onclick: () => card.remove() }, t('people.decline'))));
        this.element.insertBefore(card, this.items);
    }
}

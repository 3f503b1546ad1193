// The conversations at the side: newest first, with what waits to be read.

import { t, when, number, isolated } from '../i18n.js';
import { h, arrange, Made, icon, iconButton, avatar } from './dom.js';
import { chooser } from './chooser.js';
import { settings } from './settings.js';
import { searchDialog } from './search.js';

const face = ({ room, name, peer }) => (room ? h('span', { class: 'avatar room', 'aria-hidden': 'true' }, '#') : avatar(name, peer));

export class List {
    constructor(account, shell) {
        this.account = account;
        this.shell = shell;
        this.items = h('ul', { class: 'conversations' });
        this.made = new Made();
        this.questions = new Made();
        this.empty = h('li', { class: 'empty' }, t('list.empty'));
        this.asking = h('div', { class: 'asking' });
        this.element = h('nav', { class: 'side', 'aria-label': t('list.title') },
            h('header', { class: 'bar' },
                h('h1', { class: 'grow own' }, h('bdi', {}, account.people.nameOf(account.jid))),
                iconButton('search', t('search.title'), () => searchDialog(account, shell)),
                iconButton('settings', t('settings.title'), () => settings(account, shell))),
            this.asking, this.items,
            h('button', { type: 'button', class: 'primary new', onclick: () => chooser(account, shell) },
                icon('plus'), t('list.new')));
        for (const event of ['conversations', 'people']) account.addEventListener(event, () => this.#later(), { signal: shell.stop.signal });
        this.draw();
    }

    #later() {
        if (this.due) return;
        this.due = true;
        setTimeout(() => { this.due = false; this.draw(); });
    }

    draw() {
        const { conversations, people } = this.account;
        arrange(this.asking, [
            ...people.asking.map(one => this.questions.get(one.jid, JSON.stringify(one), () => this.#question(one))),
            ...conversations.invitations.map(one => this.questions.get(one.peer, JSON.stringify(one.invited), () => this.#invitation(one))),
        ]);
        const list = conversations.list;
        arrange(this.items, list.length ? list.map(one => this.#row(one)) : [this.empty]);
        const unread = conversations.unread;
        document.title = (unread ? `(${unread}) ` : '') + t('app.name');
    }

    #row(conversation) {
        const { peer, unread, last } = conversation;
        const shown = {
            peer, unread, name: this.shell.nameOf(peer), room: !!conversation.room, isOpen: this.account.open === peer,
            isAway: this.account.people.availability(peer).show === 'gone' && !conversation.room,
            time: conversation.time ? when(conversation.time) : '', preview: this.#preview(last),
        };
        return this.made.get(peer, JSON.stringify(shown), () => h('li', {}, h('a', {
            href: `#/chat/${encodeURIComponent(peer)}`, class: unread ? 'unread' : '', 'aria-current': shown.isOpen ? 'page' : undefined,
        },
        h('span', { class: shown.isAway ? 'who away' : 'who' }, face(shown)),
        h('span', { class: 'lines' },
            h('span', { class: 'line' }, h('bdi', { class: 'name' }, shown.name), h('time', {}, shown.time)),
            h('span', { class: 'line' }, h('bdi', { class: 'preview' }, shown.preview),
                unread ? h('span', { class: 'badge' }, h('span', { class: 'unseen' }, t('list.unread', number(unread))), h('span', { 'aria-hidden': 'true' }, unread > 99 ? '99+' : number(unread))) : null)))));
    }

    #preview(last) {
        if (!last) return '';
        const body = last.retracted ? t('message.retracted') : last.encrypted ? t('message.encrypted') : last.file ? t('message.file') : last.body.slice(last.quoted);
        return last.mine ? t('list.you', isolated(body)) : last.nick ? `${isolated(last.nick)}: ${isolated(body)}` : body;
    }

    #question({ jid, text }) {
        const answer = yes => this.account.people.answer(jid, yes);
        return h('div', { class: 'card question' },
            h('p', {}, t('people.asks', isolated(this.account.people.nameOf(jid))), ' ', h('bdi', { class: 'jid' }, jid)),
            text ? h('p', { class: 'hint' }, h('bdi', {}, text)) : null,
            h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => answer(true) }, t('people.accept')),
                h('button', { type: 'button', onclick: () => answer(false) }, t('people.decline'))));
    }

    #invitation({ peer, invited }) {
        const { rooms, people } = this.account;
        return h('div', { class: 'card question' },
            h('p', {}, t('rooms.invited', isolated(people.nameOf(invited.from)), isolated(invited.name || peer))),
            h('p', { class: 'buttons' },
                h('button', {
                    type: 'button', class: 'primary', onclick: async () => {
                        await this.shell.attempt(() => rooms.join(peer, invited.name));
                        if (rooms.isIn(peer)) this.shell.show(peer);
                    },
                }, t('rooms.enter')),
                h('button', { type: 'button', onclick: () => rooms.decline(peer) }, t('people.decline'))));
    }
}

// What is known of a person or a room, and what can be done about it.

import { t } from '../i18n.js';
import { h, dialog, iconButton, avatar } from './dom.js';

export async function details(account, peer, shell) {
    const conversation = account.conversations.of(peer);
    const chosen = await dialog(t('details.title'), close => [
        h('header', { class: 'bar' }, h('h2', { class: 'grow' }, h('bdi', {}, shell.nameOf(peer))), iconButton('close', t('dialog.close'), () => close())),
        h('p', { class: 'hint', dir: 'ltr' }, peer),
        conversation.room ? room(account, peer, close) : person(account, peer, close),
        h('p', {}, h('input', {
            type: 'checkbox', id: 'muted', checked: !!conversation.muted, onchange: event => {
                conversation.muted = event.target.checked;
                account.database.keepConversation(conversation);
                account.tell('conversations');
            },
        }), ' ', h('label', { for: 'muted' }, t('details.muted'))),
    ]);
    if (chosen) await shell.attempt(chosen);
}

function person(account, peer, close) {
    const contact = account.people.contact(peer);
    const blocked = account.people.blocked.has(peer);
    const { show, status } = account.people.availability(peer);
    return h('div', {},
        h('p', {}, t(`show.${show || 'here'}`), status ? h('bdi', {}, ` · ${status}`) : ''),
        contact?.groups.length ? h('p', { class: 'hint' }, contact.groups.join(', ')) : '',
        contact?.asked ? h('p', { class: 'hint' }, t('details.asked')) : '',
        h('p', { class: 'buttons' },
            contact && contact.subscription !== 'none' ? h('button', { type: 'button', onclick: () => close(() => account.people.remove(peer)) }, t('details.remove'))
                : h('button', { type: 'button', class: 'primary', onclick: () => close(() => account.people.add(peer)) }, t('details.add')),
            h('button', { type: 'button', class: 'danger', onclick: () => close(() => account.people.block(peer, !blocked)) }, t(blocked ? 'details.unblock' : 'details.block'))));
}

function room(account, peer, close) {
    const there = account.rooms.occupants(peer);
    const invited = h('select', { id: 'invite' }, account.people.contacts.map(contact => h('option', { value: contact.jid }, account.people.nameOf(contact.jid))));
    return h('div', {},
        h('h3', {}, t('rooms.here', there.length)),
        h('ul', { class: 'results' }, there.map(one => h('li', {}, avatar(one.nick, one.jid ?? one.nick),
            h('span', { class: 'lines' }, h('bdi', { class: 'name' }, one.nick), h('bdi', { class: 'hint', dir: 'ltr' }, one.jid ?? ''), one.status ? h('bdi', { class: 'hint' }, one.status) : '')))),
        h('label', { for: 'invite' }, t('rooms.invite')), invited,
        h('p', { class: 'buttons' },
            h('button', { type: 'button', class: 'primary', onclick: () => close(() => account.rooms.invite(peer, invited.value)) }, t('rooms.invite')),
            h('button', { type: 'button', class: 'danger', onclick: () => close(() => account.rooms.leave(peer)) }, t('rooms.leave'))));
}

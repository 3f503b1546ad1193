// What is known of a person or a room, and what can be done about it.

import { t, number } from '../i18n.js';
import { bare, isAddress } from '../xmpp/jid.js';
import { h, dialog, iconButton, avatar } from './dom.js';

export async function details(account, peer, shell) {
    const conversation = account.conversations.of(peer);
    const chosen = await dialog(t('details.title'), close => [
        h('header', { class: 'bar' }, h('h2', { class: 'grow' }, h('bdi', {}, shell.nameOf(peer))), iconButton('close', t('dialog.close'), () => close())),
        h('p', { class: 'hint', dir: 'ltr' }, peer),
        conversation.room ? room(account, peer, close, shell) : person(account, peer, close),
        h('p', { class: 'check' }, h('input', {
            type: 'checkbox', id: 'muted', checked: !!conversation.muted, onchange: event => {
                conversation.muted = event.target.checked;
                account.conversations.keep(conversation);
                account.tell('conversations');
            },
        }), h('label', { for: 'muted' }, t('details.muted'))),
    ]);
    if (chosen) await shell.attempt(chosen);
}

function person(account, peer, close) {
    const contact = account.people.contact(peer);
    const blocked = account.people.blocked.has(peer);
    const { show, status } = account.people.availability(peer);
    return h('div', {},
        (account.people.isSeen(peer) || show !== 'gone' || status) && h('p', {}, t(`show.${show || 'here'}`), status ? h('bdi', {}, ` · ${status}`) : ''),
        contact?.groups.length ? h('p', { class: 'hint' }, contact.groups.join(', ')) : '',
        contact?.asked ? h('p', { class: 'hint' }, t('details.asked')) : '',
        h('p', { class: 'buttons' },
            contact && contact.subscription !== 'none' ? h('button', { type: 'button', onclick: () => close(() => account.people.remove(peer)) }, t('details.remove'))
                : h('button', { type: 'button', class: 'primary', onclick: () => close(() => account.people.add(peer)) }, t('details.add')),
            h('button', { type: 'button', class: 'danger', onclick: () => close(() => account.people.block(peer, !blocked)) }, t(blocked ? 'details.unblock' : 'details.block'))));
}

function room(account, peer, close, shell) {
    const there = account.rooms.occupants(peer);
    const invited = h('input', { id: 'invite', list: 'invite-people', autocomplete: 'off', placeholder: 'name@office', dir: 'ltr' });
    const known = h('datalist', { id: 'invite-people' }, account.people.contacts.map(contact => h('option', { value: contact.jid }, account.people.nameOf(contact.jid))));
    const invite = () => {
        if (!isAddress(invited.value.trim())) return invited.focus();
        return close(() => account.rooms.invite(peer, bare(invited.value.trim())));
    };
    return h('div', {},
        h('h3', {}, t('rooms.here', number(there.length))),
        h('ul', { class: 'results' }, there.map(one => h('li', {}, avatar(one.nick, one.jid ?? one.nick),
            h('span', { class: 'lines' }, h('bdi', { class: 'name' }, one.nick), h('bdi', { class: 'hint', dir: 'ltr' }, one.jid ?? ''), one.status ? h('bdi', { class: 'hint' }, one.status) : '')))),
        h('label', { for: 'invite' }, t('rooms.invite.who')), invited, known,
        h('p', { class: 'buttons' },
            h('button', { type: 'button', class: 'primary', onclick: invite }, t('rooms.invite')),
            h('button', { type: 'button', class: 'danger', onclick: () => close(async () => { await account.rooms.leave(peer); shell.home(); }) }, t('rooms.leave'))));
}

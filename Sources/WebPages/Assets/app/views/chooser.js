// Beginning a conversation: with a colleague, somebody of another office, or in a room.

import { t } from '../i18n.js';
import { h, fill, dialog, avatar, iconButton } from './dom.js';
import { isAddress } from '../xmpp/jid.js';

export async function chooser(account, shell) {
    const chosen = await dialog(t('list.new'), close => {
        const results = h('ul', { class: 'results', 'aria-live': 'polite' });
        const query = h('input', { type: 'search', id: 'who', autocomplete: 'off', 'aria-label': t('chooser.who'), placeholder: t('chooser.who'), oninput: () => look() });
        let asked = 0;

        const person = ({ jid, name, detail }) => h('li', {}, h('button', { type: 'button', onclick: () => close({ jid }) },
            avatar(name, jid), h('span', { class: 'lines' }, h('bdi', { class: 'name' }, name), h('bdi', { class: 'hint', dir: 'ltr' }, detail || jid))));
        const room = ({ jid, name }) => h('li', {}, h('button', { type: 'button', onclick: () => close({ room: jid, name }) },
            h('span', { class: 'avatar room', 'aria-hidden': 'true' }, '#'), h('span', { class: 'lines' }, h('bdi', { class: 'name' }, name), h('bdi', { class: 'hint', dir: 'ltr' }, jid))));

        async function look() {
            const words = query.value.trim().toLocaleLowerCase();
            const fits = text => text.toLocaleLowerCase().includes(words);
            const known = account.people.contacts
                .map(contact => ({ jid: contact.jid, name: account.people.nameOf(contact.jid), detail: [contact.jid, ...contact.groups].join(' · ') }))
                .filter(contact => !words || fits(contact.name) || fits(contact.detail));
            const mine = asked += 1;
            fill(results, known.slice(0, 50).map(person));
            if (words.length < 2) return showRooms(mine, fits);
            const found = await account.people.search(words).catch(() => []);
            if (mine !== asked) return;
            const others = found.filter(one => !known.some(contact => contact.jid === one.jid))
                .map(one => ({ jid: one.jid, name: one.name || account.people.nameOf(one.jid), detail: [one.jid, one.section, one.office].filter(Boolean).join(' · ') }));
            results.append(...others.slice(0, 50).map(person));
            if (isAddress(words) && ![...known, ...others].some(one => one.jid === words)) {
                results.append(person({ jid: words, name: t('chooser.write', words) }));
            }
            await showRooms(mine, fits);
            if (!results.children.length) fill(results, h('li', { class: 'empty' }, t('chooser.nobody')));
        }

        async function showRooms(mine, fits) {
            const rooms = await account.rooms.list().catch(() => []);
            if (mine === asked) results.append(...rooms.filter(one => fits(one.name)).map(room));
        }

        look();
        return [
            h('header', { class: 'bar' }, h('h2', { class: 'grow' }, t('list.new')), iconButton('close', t('dialog.close'), () => close())),
            query, results,
            h('p', { class: 'buttons' }, h('button', { type: 'button', onclick: () => close({ create: true }) }, t('rooms.create'))),
        ];
    });
    if (chosen?.jid) shell.show(chosen.jid);
    if (chosen?.room) {
        await shell.attempt(() => account.rooms.join(chosen.room, chosen.name));
        shell.show(chosen.room);
    }
    if (chosen?.create) await newRoom(account, shell);
}

async function newRoom(account, shell) {
    const made = await dialog(t('rooms.create'), close => {
        const name = h('input', { id: 'room', required: true, maxlength: 60, autocomplete: 'off' });
        const members = h('input', { type: 'checkbox', id: 'members', checked: true });
        const people = account.people.contacts.map(contact => ({ jid: contact.jid, box: h('input', { type: 'checkbox', id: `p-${contact.jid}` }) }));
        const submit = event => {
            event.preventDefault();
            close({ name: name.value.trim(), members: members.checked, people: people.filter(one => one.box.checked).map(one => one.jid) });
        };
        return h('form', { onsubmit: submit },
            h('header', { class: 'bar' }, h('h2', { class: 'grow' }, t('rooms.create')), iconButton('close', t('dialog.close'), () => close())),
            h('label', { for: 'room' }, t('rooms.name')), name,
            h('p', { class: 'check' }, members, h('label', { for: 'members' }, t('rooms.members'))),
            people.length && h('fieldset', {}, h('legend', {}, t('rooms.people')), h('div', { class: 'choices' }, people.map(one =>
                h('p', { class: 'check' }, one.box, h('label', { for: `p-${one.jid}` }, h('bdi', {}, account.people.nameOf(one.jid))))))),
            h('p', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary' }, t('rooms.make'))));
    });
    if (!made) return;
    const room = await shell.attempt(() => account.rooms.create(made.name, made));
    if (room) shell.show(room);
}

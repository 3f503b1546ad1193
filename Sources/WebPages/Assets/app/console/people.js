// Accounts and invitations.

import { t, moment } from '../i18n.js';
import { h, fill, dialog } from '../views/dom.js';
import { table } from './table.js';

export async function people(box, stage, tools) {
    const [{ users }, { invitations }] = await Promise.all([box.request('user.list'), box.request('user.invites')]);
    const local = jid => jid.split('@')[0];
    const act = (command, given) => tools.attempt(async () => {
        const answer = await box.request(command, given);
        tools.again();
        return answer;
    });
    const rows = users.map(user => [
        h('bdi', { dir: 'ltr' }, user.jid), user.section ?? '', [user.admin ? t('people.admin') : '', user.disabled ? t('people.disabled') : ''].filter(Boolean).join(', '),
        String(user.sessions ?? ''),
        h('span', { class: 'actions' },
            h('button', { type: 'button', onclick: () => password(local(user.jid)) }, t('people.password')),
            h('button', { type: 'button', onclick: () => act('user.disable', { localpart: local(user.jid), undo: user.disabled ? 'true' : undefined }) }, t(user.disabled ? 'people.enable' : 'people.disable')),
            h('button', { type: 'button', onclick: () => act('user.sessions', { localpart: local(user.jid), revoke: 'true' }) }, t('people.revoke')),
            h('button', { type: 'button', class: 'danger', onclick: () => remove(user) }, t('people.remove'))),
    ]);
    const open = invitations.filter(one => one.state === 'open').map(one => [
        h('bdi', { dir: 'ltr' }, one.jid ?? t('people.any-name')), moment(one.expires), h('code', {}, one.name),
        h('button', { type: 'button', onclick: () => act('user.uninvite', { name: one.name }) }, t('people.uninvite')),
    ]);
    fill(stage, h('h1', {}, t('console.people')),
        h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => invite() }, t('people.invite'))),
        table([t('people.address'), t('people.section'), t('people.kind'), t('people.sessions'), ''], rows, ''),
        h('h2', {}, t('people.invitations')),
        table([t('people.for'), t('people.until'), t('people.name'), ''], open, t('people.no-invitations')));

    async function password(localpart) {
        if (!await tools.sure(t('people.password'), t('people.password.why', localpart))) return;
        const made = await act('user.password', { localpart });
        if (made) await secret(t('people.password'), t('people.password.once', made.jid), made.password);
    }

    async function remove(user) {
        if (await tools.sure(t('people.remove'), t('people.remove.why', user.jid))) act('user.remove', { localpart: local(user.jid) });
    }

    async function invite() {
        const wanted = await dialog(t('people.invite'), close => {
            const name = h('input', { id: 'invited', autocomplete: 'off', dir: 'ltr' });
            return h('form', { onsubmit: event => { event.preventDefault(); close({ localpart: name.value.trim() }); } },
                h('h2', {}, t('people.invite')), h('label', { for: 'invited' }, t('people.invite.name')), name,
                h('p', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary' }, t('people.invite')),
                    h('button', { type: 'button', onclick: () => close(undefined) }, t('dialog.cancel'))));
        });
        if (!wanted) return;
        const made = await act('user.invite', wanted);
        if (made) await secret(t('people.invite'), t('people.invite.once'), made.page ?? made.uri, made.page);
    }
}

/// Something that is shown this once.
const secret = (title, explanation, text, link) => dialog(title, close => [
    h('h2', {}, title), h('p', {}, explanation),
    h('p', { class: 'secret', dir: 'ltr' }, link ? h('a', { href: link, target: '_blank', rel: 'noopener' }, text) : h('code', {}, text)),
    h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => close(true) }, t('dialog.close'))),
]);

// Signing in, and following an invitation.

import { t, LANGUAGES, language, isolated } from '../i18n.js';
import { h, fill } from './dom.js';
import { isAddress } from '../xmpp/jid.js';
import { register } from '../xmpp/registration.js';

/// Shows the form until an account is in. `enter(jid, secret)` does it, and fails with a reason.
export function signIn(place, box, { enter, choose }) {
    const asked = new URLSearchParams(location.search);
    const invitation = asked.get('invitation');
    // The one who invites may have chosen the name.
    const chosen = invitation ? asked.get('name') ?? '' : '';
    const name = h('input', { id: 'name', value: chosen, readonly: !!chosen, name: 'username', autocomplete: 'username', required: true, autocapitalize: 'none', spellcheck: 'false', dir: 'ltr' });
    const password = h('input', {
        id: 'password', name: 'password', type: 'password', required: true, dir: 'ltr',
        autocomplete: invitation ? 'new-password' : 'current-password', minlength: invitation ? 10 : undefined,
    });
    const welcome = chosen ? 'signin.invited.named' : invitation ? 'signin.invited' : 'signin.welcome';
    const error = h('p', { class: 'error', role: 'alert' });
    const button = h('button', { class: 'primary', type: 'submit' }, t(invitation ? 'signin.create' : 'signin.enter'));
    const form = h('form', { class: 'card', onsubmit: event => { event.preventDefault(); submit(); } },
        h('label', { for: 'name' }, t('signin.name')), suffixed(name, box.domain),
        h('label', { for: 'password' }, t('signin.password')), password,
        invitation ? h('p', { class: 'hint' }, t('signin.password.hint')) : null,
        error, button);
    fill(place, h('main', { class: 'sign-in' },
        h('header', {}, h('h1', {}, t('app.name')), h('p', {}, t(welcome, isolated(box.domain)))),
        form,
        h('footer', {}, languages(choose), h('a', { href: '/setup' }, t('signin.setup')))));
    (chosen ? password : name).focus();
    if (invitation) tellIfGone(invitation);

    /// Says at once that an invitation is no good, not when everything is filled in.
    async function tellIfGone(token) {
        const answer = await fetch(`/invite/${encodeURIComponent(token)}`, { method: 'HEAD' }).catch(() => null);
        if (answer?.status === 404) show('signin.invitation-gone');
    }

    async function submit() {
        const jid = name.value.includes('@') ? name.value.trim().toLowerCase() : `${name.value.trim().toLowerCase()}@${box.domain}`;
        if (!isAddress(jid)) return show('signin.bad-name');
        button.disabled = true;
        error.textContent = '';
        try {
            if (invitation) {
                await register(box, invitation, jid.split('@')[0], password.value);
                history.replaceState(null, '', '/');
            }
            await enter(jid, { password: password.value });
        } catch (problem) {
            show(REASONS[problem.message] ?? 'signin.failed', problem.message);
        }
        button.disabled = false;
    }

    function show(key, detail) {
        error.textContent = t(key, detail);
        if (key === 'signin.wrong') password.focus();
    }
}

const REASONS = {
    'not-authorized': 'signin.wrong', 'account-disabled': 'signin.disabled', 'conflict': 'signin.taken',
    'item-not-found': 'signin.invitation-gone', 'not-acceptable': 'signin.bad-name', 'offline': 'signin.offline',
};

const suffixed = (input, domain) => h('span', { class: 'suffixed', dir: 'ltr' }, input, h('span', { 'aria-hidden': 'true' }, `@${domain}`));

function languages(choose) {
    return h('span', { class: 'languages' }, Object.entries(LANGUAGES).map(([code, { name }]) =>
        h('button', { type: 'button', lang: code, 'aria-pressed': String(code === language), onclick: () => choose(code) }, name)));
}

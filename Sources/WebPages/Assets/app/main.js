// Begins: language, the account of the last time or the form to sign in.

import { speak, preferred, t } from './i18n.js';
import { Account } from './account.js';
import { signIn } from './views/sign-in.js';
import { Shell } from './views/shell.js';
import { applyLook } from './views/settings.js';
import { fill, h } from './views/dom.js';

const place = document.getElementById('page');
let account = null;
let shell = null;

async function boxDescription() {
    try {
        const box = await (await fetch('/box.json', { cache: 'no-cache' })).json();
        localStorage.setItem('box', JSON.stringify(box));
        return box;
    } catch {
        const known = localStorage.getItem('box');
        if (known) return JSON.parse(known);
        throw new Error(t('error.no-box'));
    }
}

async function begin() {
    applyLook();
    await speak(preferred());
    if (!window.isSecureContext) return fill(place, h('main', { class: 'sign-in' }, h('p', { class: 'error' }, t('error.insecure'))));
    const box = await boxDescription();
    const jid = localStorage.getItem('account');
    if (jid && !new URLSearchParams(location.search).has('invitation')) {
        const known = await Account.open(box, jid);
        const key = await known.database.setting('key');
        if (key) return enter(box, known, key);
    }
    form(box);
}

function form(box) {
    signIn(place, box, {
        choose: async language => { await remember(language); form(box); },
        enter: async (jid, secret) => {
            const fresh = await Account.open(box, jid);
            await fresh.signIn(secret);
            localStorage.setItem('account', fresh.jid);
            show(box, fresh);
        },
    });
}

/// With a kept key: what this device has is there at once, the stream comes when it can.
async function enter(box, known, key) {
    await known.conversations.load();
    show(box, known);
    known.connection.addEventListener('refused', async () => {
        await known.database.change(['setting'], settings => { settings.delete('key'); });
        await leave(box, { forget: false });
        shell?.notice(t('signin.again'));
    }, { once: true });
    known.signIn(key).catch(error => console.warn('not let in', error));
}

function show(box, entered) {
    account = entered;
    shell = new Shell(account, {
        leave: options => leave(box, options),
        choose: async language => { await remember(language); shell.end(); show(box, account); },
    });
    fill(place, shell.element);
}

async function leave(box, { forget }) {
    localStorage.removeItem('account');
    shell.end();
    if (!forget) await account.database.change(['setting'], settings => { settings.delete('key'); });
    await account.signOut({ forget });
    location.hash = '';
    form(box);
}

async function remember(language) {
    localStorage.setItem('language', language);
    await speak(language);
}

begin().catch(error => fill(place, h('main', { class: 'sign-in' }, h('p', { class: 'error', role: 'alert' }, error.message))));
if ('serviceWorker' in navigator) navigator.serviceWorker.register('/worker.js').catch(error => console.info('no offline shell', error));

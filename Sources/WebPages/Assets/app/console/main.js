// The console: for administrators of the box.

import { speak, preferred, t, LANGUAGES, language } from '../i18n.js';
import { h, fill, dialog, announce } from '../views/dom.js';
import { applyLook } from '../views/settings.js';
import { Box } from './box.js';
import { lines } from './lines.js';
import { queue } from './queue.js';
import { people } from './people.js';
import { health } from './health.js';
import { audit } from './audit.js';

const PAGES = { lines, queue, people, health, audit };
const place = document.getElementById('page');
let refresh = 0;

async function begin() {
    applyLook();
    await speak(preferred());
    const description = await (await fetch('/box.json', { cache: 'no-cache' })).json();
    const box = new Box(description, askPassword);
    form(box);
}

function form(box) {
    document.title = `${t('console.title')} · ${box.description.name}`;
    const name = h('input', { id: 'name', autocomplete: 'username', required: true, autocapitalize: 'none', spellcheck: 'false', dir: 'ltr' });
    const password = h('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true, dir: 'ltr' });
    const error = h('p', { class: 'error', role: 'alert' });
    const button = h('button', { type: 'submit', class: 'primary' }, t('signin.enter'));
    const submit = async event => {
        event.preventDefault();
        button.disabled = true;
        error.textContent = '';
        try {
            const local = name.value.trim().toLowerCase();
            await box.signIn(local.includes('@') ? local : `${local}@${box.description.domain}`, password.value);
            await box.request('status');
            show(box);
        } catch (problem) {
            box.connection?.stop();
            error.textContent = problem.condition === 'forbidden' ? t('console.not-admin')
                : problem.message === 'not-authorized' ? t('signin.wrong') : t('signin.failed', problem.message);
            button.disabled = false;
        }
    };
    fill(place, h('main', { class: 'sign-in' },
        h('header', {}, h('h1', {}, t('console.title')), h('p', {}, t('console.welcome', box.description.domain))),
        h('form', { class: 'card', onsubmit: submit },
            h('label', { for: 'name' }, t('signin.name')), name, h('label', { for: 'password' }, t('signin.password')), password, error, button),
        h('footer', {}, languages(box, form), h('a', { href: '/' }, t('console.chat')))));
    name.focus();
}

const languages = (box, again) => h('span', { class: 'languages' }, Object.entries(LANGUAGES).map(([code, { name }]) =>
    h('button', {
        type: 'button', lang: code, 'aria-pressed': String(code === language),
        onclick: async () => { localStorage.setItem('language', code); await speak(code); again(box); },
    }, name)));

function askPassword() {
    return dialog(t('console.password'), close => {
        const input = h('input', { type: 'password', id: 'again', required: true, autocomplete: 'current-password', dir: 'ltr' });
        return h('form', { onsubmit: event => { event.preventDefault(); close(input.value); } },
            h('h2', {}, t('console.password')), h('label', { for: 'again' }, t('console.password.why')), input,
            h('p', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary' }, t('console.go-on')),
                h('button', { type: 'button', onclick: () => close(null) }, t('dialog.cancel'))));
    });
}

function show(box) {
    const stage = h('main', { class: 'console-stage', id: 'stage', tabindex: -1 });
    const banner = h('div', { class: 'banner', role: 'status', hidden: true }, t('banner.offline.console'));
    box.connection.addEventListener('state', event => { banner.hidden = event.detail === 'online'; });
    const open = () => {
        const page = location.hash.slice(2) in PAGES ? location.hash.slice(2) : 'lines';
        for (const link of links.children) link.firstChild.toggleAttribute('aria-current', link.firstChild.hash === `#/${page}`);
        clearInterval(refresh);
        const draw = () => attempt(() => PAGES[page](box, stage, { attempt, again: draw, sure }));
        draw();
        refresh = setInterval(() => {
            if (document.visibilityState === 'visible' && !document.querySelector('dialog') && !stage.contains(document.activeElement)) draw();
        }, 10_000);
    };
    const links = h('ul', {}, Object.keys(PAGES).map(page => h('li', {}, h('a', { href: `#/${page}` }, t(`console.${page}`)))));
    fill(place, h('div', { class: 'console' }, banner,
        h('header', { class: 'bar' }, h('strong', { class: 'grow' }, box.description.name, ' ', h('span', { class: 'hint', dir: 'ltr' }, box.description.domain)),
            languages(box, show), h('button', { type: 'button', onclick: () => { box.connection.stop(); clearInterval(refresh); form(box); } }, t('settings.leave'))),
        h('nav', { class: 'tabs', 'aria-label': t('console.title') }, links), stage));
    window.onhashchange = open;
    open();
}

/// Does something that may fail, and says so in the words of the box.
async function attempt(work) {
    try {
        return await work();
    } catch (error) {
        if (error.message !== 'cancelled') announce(t('error.other', error.message));
        return undefined;
    }
}

/// Asks whether something is meant; with `label` also for a text. Resolves with true or the text, or nothing.
function sure(title, explanation, label) {
    return dialog(title, close => {
        const input = label ? h('input', { id: 'text', required: true, maxlength: 400 }) : null;
        return h('form', { onsubmit: event => { event.preventDefault(); close(input ? input.value : true); } },
            h('h2', {}, title), h('p', {}, explanation), label ? [h('label', { for: 'text' }, label), input] : '',
            h('p', { class: 'buttons' }, h('button', { type: 'submit', class: 'danger' }, title),
                h('button', { type: 'button', onclick: () => close(undefined) }, t('dialog.cancel'))));
    });
}

begin().catch(error => fill(place, h('p', { class: 'error', role: 'alert' }, error.message)));

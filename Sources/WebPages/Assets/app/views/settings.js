// What one may change: language, look, notifications; and the way out.

import { t, LANGUAGES, language } from '../i18n.js';
import { h, dialog, iconButton } from './dom.js';

export function applyLook() {
    document.documentElement.dataset.look = localStorage.getItem('look') ?? 'auto';
}

export async function settings(account, shell) {
    const chosen = await dialog(t('settings.title'), close => {
        const choice = (name, values, current, change) => h('fieldset', {}, h('legend', {}, t(`settings.${name}`)),
            Object.entries(values).map(([value, words]) => h('p', { class: 'check' },
                h('input', { type: 'radio', name, id: `${name}-${value}`, checked: value === current, onchange: () => change(value) }),
                h('label', { for: `${name}-${value}`, lang: name === 'language' ? value : undefined }, words))));
        const looks = Object.fromEntries(['auto', 'light', 'dark'].map(look => [look, t(`settings.look.${look}`)]));
        const notify = h('input', {
            type: 'checkbox', id: 'notify', checked: 'Notification' in window && Notification.permission === 'granted' && localStorage.getItem('notify') !== 'off',
            disabled: !('Notification' in window),
            onchange: async event => {
                localStorage.setItem('notify', event.target.checked ? 'on' : 'off');
                if (event.target.checked) event.target.checked = await Notification.requestPermission() === 'granted';
            },
        });
        return [
            h('header', { class: 'bar' }, h('h2', { class: 'grow' }, t('settings.title')), iconButton('close', t('dialog.close'), () => close())),
            h('p', { class: 'hint', dir: 'ltr' }, account.jid),
            choice('language', Object.fromEntries(Object.entries(LANGUAGES).map(([code, { name }]) => [code, name])), language, value => close({ language: value })),
            choice('look', looks, localStorage.getItem('look') ?? 'auto', value => { localStorage.setItem('look', value); applyLook(); }),
            h('p', { class: 'check' }, notify, h('label', { for: 'notify' }, t('settings.notify'))),
            h('p', {}, h('a', { href: '/setup' }, t('signin.setup'))),
            h('p', { class: 'buttons' },
                h('button', { type: 'button', onclick: () => close({ leave: 'keep' }) }, t('settings.leave')),
                h('button', { type: 'button', class: 'danger', onclick: () => close({ leave: 'forget' }) }, t('settings.forget'))),
            h('p', { class: 'hint' }, t('settings.forget.hint')),
        ];
    });
    if (chosen?.language) shell.choose(chosen.language);
    if (chosen?.leave) shell.leave({ forget: chosen.leave === 'forget' });
}

// Searching what this device has of the conversations.

import { t, moment } from '../i18n.js';
import { h, fill, dialog, iconButton } from './dom.js';

export async function searchDialog(account, shell) {
    const chosen = await dialog(t('search.title'), close => {
        const results = h('ul', { class: 'results', 'aria-live': 'polite' });
        let pause;
        const query = h('input', {
            type: 'search', autocomplete: 'off', 'aria-label': t('search.words'), placeholder: t('search.words'),
            oninput: () => { clearTimeout(pause); pause = setTimeout(look, 200); },
        });
        async function look() {
            const found = await account.database.search(query.value);
            fill(results, found.length ? found.map(one => h('li', {}, h('button', { type: 'button', onclick: () => close(one) },
                h('span', { class: 'lines' },
                    h('span', { class: 'line' }, h('bdi', { class: 'name' }, shell.nameOf(one.peer)), h('time', {}, moment(one.time))),
                    h('bdi', { class: 'preview' }, one.body.slice(one.quoted ?? 0, 200)))))) : h('li', { class: 'empty' }, query.value ? t('search.nothing') : ''));
        }
        return [
            h('header', { class: 'bar' }, h('h2', { class: 'grow' }, t('search.title')), iconButton('close', t('dialog.close'), () => close())),
            query, h('p', { class: 'hint' }, t('search.hint')), results,
        ];
    });
    if (!chosen) return;
    shell.show(chosen.peer);
    setTimeout(() => shell.chat?.jump(chosen.id), 500);
}

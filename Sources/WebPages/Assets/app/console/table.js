// Tables, and times and spans in words.

import { h } from '../views/dom.js';
import { t, number } from '../i18n.js';

/// `columns`: their headings; `rows`: lists of what is in them.
export const table = (columns, rows, empty) => (rows.length
    ? h('div', { class: 'table', tabindex: 0 }, h('table', {},
        h('thead', {}, h('tr', {}, columns.map(column => h('th', { scope: 'col' }, column)))),
        h('tbody', {}, rows.map(row => h('tr', {}, row.map((cell, index) =>
            h('td', { 'data-label': columns[index] }, cell)))))))
    : h('p', { class: 'empty' }, empty));

/// A span of seconds in words: the two largest units.
export function span(seconds) {
    const parts = [['days', 86_400], ['hours', 3_600], ['minutes', 60], ['seconds', 1]];
    const first = parts.findIndex(([, length]) => seconds >= length);
    if (first < 0) return t('span.seconds', number(0));
    const words = [];
    let left = Math.round(seconds);
    for (const [name, length] of parts.slice(first, first + 2)) {
        const count = Math.floor(left / length);
        left -= count * length;
        if (count || !words.length) words.push(t(`span.${name}`, number(count)));
    }
    return words.join(' ');
}

export const since = time => span((Date.now() - time) / 1000);

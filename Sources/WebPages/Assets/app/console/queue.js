// What waits to leave: for whom, why, until when; held back, let go, dropped.

import { t, size, moment } from '../i18n.js';
import { h, fill } from '../views/dom.js';
import { table, since } from './table.js';

/// Rows that are shown at most; the rest is counted.
const SHOWN = 500;

export async function queue(box, stage, { attempt, again, sure }) {
    const { entries } = await box.request('queue.list');
    const act = (command, entry, more) => attempt(async () => {
        await box.request(command, { ids: String(entry.id), ...more });
        again();
    });
    const drop = async entry => {
        const reason = await sure(t('queue.drop'), t('queue.drop.why'), t('queue.reason'));
        if (reason) act('queue.drop', entry, { reason });
    };
    const rows = entries.slice(0, SHOWN).map(entry => [
        h('bdi', {}, entry.peer), t(`class.${entry.class}`), size(entry.bytes), since(entry.accepted), moment(entry.expires), h('bdi', {}, entry.reason),
        h('span', { class: 'actions' },
            entry.state === 'held' ? h('button', { type: 'button', onclick: () => act('queue.release', entry) }, t('queue.release'))
                : h('button', { type: 'button', onclick: () => act('queue.hold', entry) }, t('queue.hold')),
            h('button', { type: 'button', class: 'danger', onclick: () => drop(entry) }, t('queue.drop'))),
    ]);
    fill(stage, h('h1', {}, t('console.queue')),
        h('p', { class: 'hint' }, t('queue.hint')),
        table([t('queue.peer'), t('queue.class'), t('queue.size'), t('queue.age'), t('queue.until'), t('queue.reason'), ''], rows, t('lines.nothing-waits')),
        entries.length > SHOWN ? h('p', { class: 'hint' }, t('queue.more', entries.length - SHOWN)) : '');
}

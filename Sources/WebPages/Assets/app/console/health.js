// The box itself: disk, clock, certificates, what it keeps for others, and its card.

import { t, size, moment, number } from '../i18n.js';
import { h, fill } from '../views/dom.js';
import { since } from './table.js';

export async function health(box, stage) {
    const [status, card] = await Promise.all([box.request('status'), box.request('card')]);
    const fact = (name, ...value) => [h('dt', {}, name), h('dd', {}, ...value)];
    const { storage, certificates, transit, clock } = status;
    fill(stage, h('h1', {}, t('console.health')),
        h('dl', { class: 'facts' },
            fact(t('health.running'), since(status.box.started)),
            fact(t('health.sessions'), number(status.sessions.connected)),
            fact(t('health.database'), size(storage.database)),
            fact(t('health.free'), size(storage.free)),
            fact(t('health.transit'), t('health.bundles', number(transit.bundles), size(transit.bytes))),
            fact(t('health.clock'), moment(clock.now), clock.sure === false ? ` · ${t('health.unsure')}` : ''),
            fact(t('health.certificate'), certificates.expires ? t('health.until', moment(certificates.expires)) : '?'),
            fact(t('health.root'), t(certificates.root === 'self-made' ? 'health.root.own' : 'health.root.other'))),
        h('h2', {}, t('health.card')), h('p', { class: 'hint' }, t('health.card.hint')), h('p', { class: 'secret', dir: 'ltr' }, h('code', {}, card.card)));
}

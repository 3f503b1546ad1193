// What administrators did, here and on the command line.

import { t, moment } from '../i18n.js';
import { h, fill } from '../views/dom.js';
import { table } from './table.js';

export async function audit(box, stage) {
    const { acts } = await box.request('audit');
    fill(stage, h('h1', {}, t('console.audit')),
        table([t('audit.when'), t('audit.who'), t('audit.what'), t('audit.about'), t('audit.ended')], acts.map(act => [
            moment(act.time), h('bdi', {}, act.administrator ?? t('audit.command-line')), h('code', {}, act.command.replace('.', ' ')),
            h('bdi', { dir: 'ltr' }, act.subject), act.code === 0 ? t('audit.done') : t('audit.failed', act.code),
        ]), t('audit.nothing')));
}

// The lines to the other offices: how each is, what waits for it, and what they did in a month.

import { t, size, moment, number, language } from '../i18n.js';
import { h, fill } from '../views/dom.js';
import { table, span, since } from './table.js';

const CLASSES = ['urgent', 'chat', 'receipts', 'background', 'bulk'];

export async function lines(box, stage) {
    const [status, history] = await Promise.all([box.request('status'), box.request('history', { days: '30' })]);
    const cards = status.links.map(link => card(link, status.queue.filter(one => one.peer === link.peer), status.clock.now));
    fill(stage, h('h1', {}, t('console.lines')),
        cards.length ? h('div', { class: 'cards' }, cards) : h('p', { class: 'empty' }, t('lines.none')),
        cards.length ? h('h2', {}, t('lines.month')) : '', ...status.links.map(link => picture(link.peer, history)));
    for (const link of status.links) draw(link.peer, history);
}

function card(link, waiting, now) {
    const bytes = waiting.reduce((sum, one) => sum + one.bytes, 0);
    const rows = CLASSES.map(name => waiting.find(one => one.class === name)).filter(Boolean).map(one =>
        [t(`class.${one.class}`), number(one.count), size(one.bytes), span((now - one.oldest) / 1000)]);
    return h('section', { class: `card line-card ${link.state}` },
        h('h2', {}, h('bdi', {}, link.peer)),
        h('p', { class: 'line-state' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), t(`line.${link.state}`, since(link.since))),
        h('p', { class: 'hint' }, [
            link.way ? t('line.way', link.way === 'direct' ? t('line.direct') : link.way.replace('via:', '')) : '',
            link.rate ? t('line.rate', size(link.rate)) : '', link.rtt ? t('line.rtt', number(link.rtt)) : '',
            link.rate && bytes ? t('line.drain', span(bytes / link.rate)) : '',
        ].filter(Boolean).join(' · ')),
        table([t('queue.class'), t('queue.count'), t('queue.size'), t('queue.age')], rows, t('lines.nothing-waits')));
}

const picture = (peer, history) => {
    const changes = history.lines.filter(one => one.peer === peer);
    const downs = changes.filter(one => one.state === 'down').length;
    return h('figure', { class: 'picture-month' }, h('figcaption', {}, h('bdi', {}, peer), ' ', h('span', { class: 'hint' }, t('lines.downs', number(downs)))),
        h('canvas', { id: `month-${peer}`, role: 'img', 'aria-label': t('lines.picture', peer, number(downs)) }));
};

/// Ups and downs as steps, and the depth of the queue as an area.
function draw(peer, history) {
    const canvas = document.getElementById(`month-${peer}`);
    if (!canvas || !window.Chart) return;
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(name).trim();
    const begin = history.now - 30 * 86_400_000;
    const ups = history.lines.filter(one => one.peer === peer).map(one => ({ x: Math.max(one.time, begin), y: one.state === 'up' ? 1 : one.state === 'degraded' ? 0.5 : 0 }));
    if (ups.length) ups.push({ x: history.now, y: ups.at(-1).y });
    const depth = history.queue.filter(one => one.peer === peer).map(one => ({ x: one.time, y: one.parcels }));
    if (depth.length) depth.push({ x: history.now, y: depth.at(-1).y });
    window.Chart.getChart(canvas)?.destroy();
    new window.Chart(canvas, {
        type: 'line',
        data: {
            datasets: [
                { label: t('lines.up'), data: ups, stepped: true, borderColor: colour('--green'), borderWidth: 2, pointRadius: 0, yAxisID: 'up' },
                { label: t('lines.waiting'), data: depth, stepped: true, borderColor: colour('--amber'), backgroundColor: `${colour('--amber')}33`, fill: true, borderWidth: 1, pointRadius: 0, yAxisID: 'depth' },
            ],
        },
        options: {
            animation: false, responsive: true, maintainAspectRatio: false, locale: language, interaction: { mode: 'nearest', intersect: false },
            scales: {
                x: { type: 'linear', min: begin, max: history.now, reverse: document.dir === 'rtl', ticks: { color: colour('--soft'), maxTicksLimit: 6, callback: value => moment(value) }, grid: { color: colour('--line') } },
                up: { min: 0, max: 1.1, display: false },
                depth: { position: 'left', beginAtZero: true, suggestedMax: 10, ticks: { color: colour('--soft'), precision: 0 }, grid: { color: colour('--line') } },
            },
            plugins: { legend: { labels: { color: colour('--ink') } }, tooltip: { callbacks: { title: items => moment(items[0].parsed.x) } } },
        },
    });
}

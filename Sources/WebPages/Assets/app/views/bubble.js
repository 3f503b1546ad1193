// One message as it is shown.

import { t, has, clock, moment, number } from '../i18n.js';
import { h, icon, iconButton } from './dom.js';
import { nameOf, isPicture, isSound } from '../files.js';

const LINK = /https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]]/g;
const REACTIONS = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/// Text with its addresses as links. Only http and https become links.
export function linked(text) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(LINK)) {
        parts.push(text.slice(end, match.index), h('a', { href: match[0], target: '_blank', rel: 'noopener noreferrer', dir: 'ltr' }, match[0]));
        end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)];
}

/// `chat`: what the buttons call.
export function bubble(message, chat) {
    const element = h('li', {
        class: `message ${message.mine ? 'mine' : 'theirs'}${message.retracted ? ' retracted' : ''}`, tabindex: -1,
    });
    element.append(
        message.inRoom && !message.mine ? h('bdi', { class: 'author' }, message.nick ?? '') : '',
        message.reply ? quote(message, chat) : '',
        content(message, chat),
        reactions(message, chat),
        h('footer', {}, written(message), message.edited ? h('span', {}, t('message.edited')) : '', status(message, chat)),
        message.retracted ? '' : tools(message, chat));
    return element;
}

function content(message, chat) {
    if (message.retracted) return h('p', { class: 'body note' }, t('message.retracted'));
    if (message.encrypted) return h('p', { class: 'body note' }, icon('lock'), ' ', t('message.encrypted.long'));
    if (message.file) return file(message.file, chat.account.files.shows(message.file));
    return h('p', { class: 'body', dir: 'auto' }, linked(message.body.slice(message.quoted ?? 0)));
}

/// `shown`: whether it comes from a place that this page may load from.
function file(url, shown) {
    const name = nameOf(url);
    const link = h('a', { href: url, target: '_blank', rel: 'noopener noreferrer', class: 'file', download: name }, icon('file'), h('bdi', {}, name));
    if (shown && isPicture(url)) {
        return h('figure', { class: 'picture' }, h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' },
            h('img', { src: url, alt: name, loading: 'lazy', onerror: event => event.target.closest('figure').replaceWith(link) })));
    }
    if (shown && isSound(url)) return h('p', { class: 'sound' }, h('audio', { controls: true, preload: 'metadata', src: url }), link);
    return link;
}

function quote(message, chat) {
    const original = chat.find(message.reply);
    const text = original ? (original.file ? nameOf(original.file) : original.body.slice(original.quoted ?? 0)) : message.body.slice(0, message.quoted ?? 0).replace(/^> ?/gm, '');
    return h('button', { type: 'button', class: 'quote', onclick: () => chat.jump(message.reply) }, h('bdi', {}, text.slice(0, 200) || t('message.older')));
}

function reactions(message, chat) {
    const counted = new Map();
    for (const [who, given] of Object.entries(message.reactions ?? {})) {
        for (const one of given) counted.set(one, [...counted.get(one) ?? [], who]);
    }
    if (!counted.size) return '';
    return h('p', { class: 'reactions' }, [...counted].map(([one, who]) => h('button', {
        type: 'button', class: who.includes(chat.ownName(message)) ? 'own' : '', title: who.map(jid => chat.nameOf(jid)).join(', '),
        'aria-label': t('message.reacted', one, number(who.length)), onclick: () => chat.react(message, one),
    }, one, who.length > 1 ? ` ${number(who.length)}` : '')));
}

/// The time here; and when it was written, if the line was down in between.
function written(message) {
    const late = message.written && message.time - message.written > 120_000;
    return h('time', { datetime: new Date(message.time).toISOString() },
        late ? t('message.late', moment(message.written), clock(message.time)) : clock(message.time));
}

const SIGNS = {
    waiting: 'waiting', kept: 'kept', held: 'held', left: 'left', arrived: 'arrived', delivered: 'delivered', read: 'delivered',
    failed: 'failed', refused: 'failed', expired: 'failed', dropped: 'failed',
};

/// How far a message of ours has got, as a sign and in words. What needs an eye is said in words beside it.
function status(message, chat) {
    if (!message.mine) return '';
    const { state, detail } = message;
    const here = !chat.isElsewhere && has(`state.${state}.here`) ? '.here' : '';
    const more = [detail?.text, REASONS[detail?.reason] ? t(REASONS[detail.reason]) : '', detail?.until && state === 'held' ? t('state.until', moment(detail.until)) : ''];
    const words = [t(`state.${state}${here}`), ...more].filter(Boolean).join(' · ');
    const short = has(`state.${state}.short`) && (chat.isElsewhere || !['held', 'left'].includes(state)) ? h('span', { 'aria-hidden': 'true' }, t(`state.${state}.short`)) : '';
    return h('span', { class: `state state-${state}`, title: words, role: 'img', 'aria-label': words }, short, icon(SIGNS[state] ?? 'waiting'));
}

/// What the box says for people (docs/states.md), in the language of the person.
const REASONS = { 'no way is up': 'reason.no-way', 'held by administrator': 'reason.held' };

function tools(message, chat) {
    const picker = h('span', { class: 'picker', hidden: true }, REACTIONS.map(one =>
        h('button', { type: 'button', tabindex: -1, 'aria-label': t('message.react', one), onclick: () => { picker.hidden = true; chat.react(message, one); } }, one)));
    const tool = (...given) => {
        const button = iconButton(...given);
        button.tabIndex = -1;
        return button;
    };
    return h('span', { class: 'tools', role: 'toolbar', 'aria-label': t('message.tools') },
        tool('smile', t('message.react.title'), () => { picker.hidden = !picker.hidden; if (!picker.hidden) picker.firstChild.focus(); }),
        tool('reply', t('message.reply'), () => chat.reply(message)),
        message.mine && !message.file ? tool('edit', t('message.edit'), () => chat.edit(message)) : '',
        message.mine ? tool('bin', t('message.retract'), () => chat.retract(message)) : '',
        picker);
}

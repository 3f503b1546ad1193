// One message as it is shown.

import { t, clock, moment } from '../i18n.js';
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
        class: `message ${message.mine ? 'mine' : 'theirs'}${message.retracted ? ' retracted' : ''}`, id: `m-${message.key}`, tabindex: -1,
    });
    element.append(
        message.inRoom && !message.mine ? h('bdi', { class: 'author' }, message.nick ?? '') : '',
        message.reply ? quote(message, chat) : '',
        content(message),
        reactions(message, chat),
        h('footer', {}, written(message), message.edited ? h('span', {}, t('message.edited')) : '', status(message, chat)),
        message.retracted ? '' : tools(message, chat));
    return element;
}

function content(message) {
    if (message.retracted) return h('p', { class: 'body note' }, t('message.retracted'));
    if (message.encrypted) return h('p', { class: 'body note' }, icon('lock'), ' ', t('message.encrypted.long'));
    if (message.file) return file(message.file);
    return h('p', { class: 'body', dir: 'auto' }, linked(message.body.slice(message.quoted ?? 0)));
}

function file(url) {
    const name = nameOf(url);
    const link = h('a', { href: url, target: '_blank', rel: 'noopener noreferrer', class: 'file', download: name }, icon('file'), h('bdi', {}, name));
    if (isPicture(url)) {
        return h('figure', { class: 'picture' }, h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' },
            h('img', { src: url, alt: name, loading: 'lazy', onerror: event => event.target.closest('figure').replaceWith(link) })));
    }
    if (isSound(url)) return h('p', { class: 'sound' }, h('audio', { controls: true, preload: 'metadata', src: url }), link);
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
        'aria-label': t('message.reacted', one, who.length), onclick: () => chat.react(message, one),
    }, one, who.length > 1 ? ` ${who.length}` : '')));
}

/// The time here; and when it was written, if the line was down in between.
function written(message) {
    const late = message.written && message.time - message.written > 120_000;
    return h('time', { datetime: new Date(message.time).toISOString() },
        late ? t('message.late', moment(message.written), clock(message.time)) : clock(message.time));
}

const SIGNS = { waiting: 'waiting', kept: 'kept', held: 'held', left: 'left', arrived: 'arrived', delivered: 'delivered', read: 'delivered', failed: 'failed', expired: 'failed', dropped: 'failed' };

/// How far a message of ours has got, as a sign and in words.
function status(message, chat) {
    if (!message.mine) return '';
    const state = message.state === 'kept' && !message.inRoom && chat.isElsewhere ? 'kept' : message.state;
    const words = message.detail?.text ? `${t(`state.${state}`)}: ${message.detail.text}` : t(`state.${state}`);
    return h('span', { class: `state state-${state}`, title: words, role: 'img', 'aria-label': words }, icon(SIGNS[state] ?? 'waiting'));
}

function tools(message, chat) {
    const picker = h('span', { class: 'picker', hidden: true }, REACTIONS.map(one =>
        h('button', { type: 'button', 'aria-label': t('message.react', one), onclick: () => { picker.hidden = true; chat.react(message, one); } }, one)));
    return h('span', { class: 'tools' },
        iconButton('smile', t('message.react.title'), () => { picker.hidden = !picker.hidden; }),
        iconButton('reply', t('message.reply'), () => chat.reply(message)),
        message.mine && !message.file ? iconButton('edit', t('message.edit'), () => chat.edit(message)) : '',
        message.mine ? iconButton('bin', t('message.retract'), () => chat.retract(message)) : '',
        picker);
}

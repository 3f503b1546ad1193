// A message stanza read into a plain record, and made out of one.
//
// Everything in a record is a stranger's text: views put it on the page as text, never as HTML.

import { NS, el, child, childrenOf, text, errorOf } from './xml.js';
import { bare, domain, resource } from './jid.js';

/// Bytes of text that are shown of one message; the rest is a click away.
export const LONGEST = 64_000;

/// The namespaces of end-to-end encryption that this page cannot read.
const ENCRYPTED = [[NS.omemo, 'encrypted'], [NS.omemo2, 'encrypted']];

/// A time that somebody stamped on it (XEP-0203); with `by`: only that one's.
const time = (element, by) => {
    const stamps = childrenOf(element, 'delay', NS.delay).filter(one => by === undefined || by.includes(one.getAttribute('from')));
    const parsed = Date.parse(stamps.at(by ? -1 : 0)?.getAttribute('stamp') ?? '');
    return Number.isNaN(parsed) ? null : parsed;
};

/// Takes a stanza out of its carbon (XEP-0280) or archive result (XEP-0313).
/// - Returns: {stanza, carbon, archive, time, query}; null for a forgery.
export function unwrap(stanza, own) {
    const from = bare(stanza.getAttribute('from') ?? own);
    for (const kind of ['received', 'sent']) {
        const carbon = child(stanza, kind, NS.carbons);
        if (!carbon) continue;
        const inner = child(child(carbon, 'forwarded', NS.forward), 'message');
        return from === own && inner ? { stanza: inner, carbon: kind } : null;
    }
    const result = child(stanza, 'result', NS.mam);
    if (!result) return { stanza };
    const forwarded = child(result, 'forwarded', NS.forward);
    const inner = child(forwarded, 'message');
    if (!inner) return null;
    return {
        stanza: inner, archive: result.getAttribute('id'), time: time(forwarded),
        query: result.getAttribute('queryid'), source: from,
    };
}

/// What an envelope holds, or null when there is nothing to show or to do.
/// `room`: the bare address of the room that it is from, if it is from one.
export function read({ stanza, archive, time: archived }, own, isRoom) {
    const from = stanza.getAttribute('from') ?? own;
    const to = stanza.getAttribute('to') ?? own;
    const type = stanza.getAttribute('type') ?? 'normal';
    const inRoom = type === 'groupchat';
    if (inRoom && !isRoom(bare(from))) return null;
    const mine = !inRoom && bare(from) === own;
    // Somebody in a room who writes to us alone is known by the place in the room only.
    const other = mine ? to : from;
    const peer = inRoom ? bare(from) : isRoom(bare(other)) && resource(other) ? other : bare(other);
    const keeper = inRoom ? bare(from) : own;
    const stanzaID = childrenOf(stanza, 'stanza-id', NS.sid).find(id => id.getAttribute('by') === keeper);
    const record = {
        peer, mine, type, from, inRoom,
        nick: inRoom ? resource(from) : null,
        id: child(stanza, 'origin-id', NS.sid)?.getAttribute('id') ?? stanza.getAttribute('id') ?? undefined,
        archive: archive ?? stanzaID?.getAttribute('id') ?? undefined,
        // When the keeper of the archive got it; what waited for us at our box has that as its stamp.
        time: archived ?? (inRoom ? time(stanza) : time(stanza, [domain(own)])),
        written: inRoom ? null : time(stanza),
    };
    if (type === 'error') return { ...record, kind: 'error', id: stanza.getAttribute('id'), error: errorOf(stanza) };
    return { ...record, ...content(stanza, inRoom) };
}

function content(stanza, inRoom) {
    const receipt = child(stanza, 'received', NS.receipts);
    if (receipt) return { kind: 'received', about: receipt.getAttribute('id') };
    const marker = child(stanza, 'displayed', NS.markers);
    if (marker) return { kind: 'displayed', about: marker.getAttribute('id') };
    const reactions = child(stanza, 'reactions', NS.reactions);
    if (reactions) {
        const given = childrenOf(reactions, 'reaction').map(one => one.textContent).filter(one => one.length <= 32);
        return { kind: 'reactions', about: reactions.getAttribute('id'), reactions: given.slice(0, 12) };
    }
    const retract = child(stanza, 'retract', NS.retract);
    if (retract) return { kind: 'retract', about: retract.getAttribute('id') };
    if (ENCRYPTED.some(([namespace, name]) => child(stanza, name, namespace))) return { kind: 'message', encrypted: true, body: '' };
    if (inRoom && child(stanza, 'subject') && !child(stanza, 'body')) {
        return { kind: 'subject', subject: text(stanza, 'subject') ?? '' };
    }
    const state = childrenOf(stanza).find(one => one.namespaceURI === NS.chatstates);
    const body = text(stanza, 'body');
    if (body === null) return state ? { kind: 'typing', typing: state.localName === 'composing' } : { kind: 'other' };
    return {
        kind: 'message', body: body.slice(0, LONGEST), file: fileOf(stanza, body),
        replaces: child(stanza, 'replace', NS.correct)?.getAttribute('id') ?? undefined,
        reply: child(stanza, 'reply', NS.reply)?.getAttribute('id') ?? undefined,
        quoted: quotedLength(stanza, body),
        wantsReceipt: !!child(stanza, 'request', NS.receipts), markable: !!child(stanza, 'markable', NS.markers),
    };
}

/// A file: its URL is the whole body (XEP-0066, as all clients write it).
function fileOf(stanza, body) {
    const url = text(child(stanza, 'x', NS.oob), 'url');
    return url && url === body && /^https:\/\/[^\s"'<>\\]+$/.test(url) ? url : undefined;
}

/// How much of the text's beginning, in UTF-16 units, repeats the message that is answered (XEP-0461 with XEP-0428).
function quotedLength(stanza, body) {
    const fallback = childrenOf(stanza, 'fallback', NS.fallback).find(one => one.getAttribute('for') === NS.reply);
    const part = child(fallback, 'body');
    const end = Number(part?.getAttribute('end'));
    // It counts code points (XEP-0426), JavaScript counts halves of some.
    const letters = [...body];
    return part?.getAttribute('start') === '0' && end > 0 && end <= letters.length ? letters.slice(0, end).join('').length : 0;
}

/// The stanza of a message of ours. `reply`: {id, to, quote}.
export function write({ id, peer, body, inRoom, file, replaces, reply }) {
    const quote = reply ? reply.quote.split('\n').map(line => `> ${line}\n`).join('') : '';
    return el('message', { xmlns: NS.client, to: peer, type: inRoom ? 'groupchat' : 'chat', id },
        el('body', {}, quote + body),
        el('origin-id', { xmlns: NS.sid, id }),
        file ? el('x', { xmlns: NS.oob }, el('url', {}, file)) : null,
        replaces ? el('replace', { xmlns: NS.correct, id: replaces }) : null,
        reply ? [
            el('reply', { xmlns: NS.reply, id: reply.id, to: reply.to }),
            el('fallback', { xmlns: NS.fallback, for: NS.reply }, el('body', { start: 0, end: [...quote].length })),
        ] : null,
        inRoom ? null : el('request', { xmlns: NS.receipts }),
        el('markable', { xmlns: NS.markers }),
        el('active', { xmlns: NS.chatstates }));
}

/// A small stanza about another message.
export function about(peer, inRoom, id, payload, { store = true } = {}) {
    return el('message', { xmlns: NS.client, to: peer, type: inRoom ? 'groupchat' : 'chat', id }, payload,
        el('origin-id', { xmlns: NS.sid, id }), el(store ? 'store' : 'no-store', { xmlns: NS.hints }));
}

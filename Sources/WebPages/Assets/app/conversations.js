// The conversations and their messages: merges what comes from the stream, the archive and this page
// into one record for each message.

import { domain } from './xmpp/jid.js';
import { nameOf } from './files.js';

/// What happened to a message of ours, in its order; a later one is never taken back.
export const STEPS = ['waiting', 'kept', 'held', 'left', 'arrived', 'delivered', 'read'];
/// How it can end otherwise. One that was given up may still come, on a stick that was under way.
export const ENDS = ['failed', 'expired', 'dropped', 'refused'];
/// Those that nothing follows, as a rule: the box need not be asked again.
const LAST = ['delivered', 'read', ...ENDS];

/// Whether `state` is news for a message that has got to `known`.
function follows(state, known) {
    if (ENDS.includes(known)) return STEPS.indexOf(state) >= STEPS.indexOf('arrived');
    if (ENDS.includes(state)) return !['delivered', 'read'].includes(known);
    return STEPS.indexOf(state) > STEPS.indexOf(known);
}

const shownLast = message => ({
    body: (message.body ?? '').slice(0, 200), mine: message.mine, nick: message.nick ?? null, file: message.file ? nameOf(message.file) : null,
    encrypted: !!message.encrypted, retracted: !!message.retracted, id: message.id, key: message.key, quoted: message.quoted ?? 0,
});

export class Conversations {
    #known = new Map();
    #number = 0;

    constructor(account) { this.account = account; }

    async load() {
        for (const one of await this.account.database.conversations()) this.#known.set(one.peer, one);
    }

    /// The conversation with a person or a room; a new one is made, and kept with its first message.
    of(peer) {
        if (!this.#known.has(peer)) this.#known.set(peer, { peer, unread: 0, time: 0, last: null });
        return this.#known.get(peer);
    }

    /// Keeps a conversation that was changed; other tabs take it over.
    async keep(conversation) {
        await this.account.database.keepConversation(conversation);
        this.account.tabs.tell({ conversation });
    }

    /// What the list shows of a conversation follows a change of its last message.
    async follow(message) {
        const conversation = this.of(message.peer);
        if (conversation.last?.key !== message.key) return;
        const last = shownLast(message);
        if (JSON.stringify(last) === JSON.stringify(conversation.last)) return;
        conversation.last = last;
        await this.keep(conversation);
        this.account.tell('conversations');
    }

    /// As another tab has it.
    takeOver(conversation) { this.#known.set(conversation.peer, Object.assign(this.of(conversation.peer), conversation)); }

    has(peer) { return this.#known.has(peer); }

    /// Those with something in them, newest first.
    get list() {
        return [...this.#known.values()].filter(one => (one.time || one.room) && !one.invited && !one.left).sort((one, other) => other.time - one.time);
    }

    /// Rooms that somebody invites us to, and that wait for an answer.
    get invitations() { return [...this.#known.values()].filter(one => one.invited); }

    get unread() { return this.list.reduce((sum, one) => sum + (one.muted ? 0 : one.unread), 0); }

    /// Where it stands: by its time, and among those of one time by a number that counts up.
    #place(time, number) {
        this.#number += 1;
        return { time: time ?? Date.now(), number: number ?? performance.timeOrigin + this.#number };
    }

    // MARK: Ours

    async written(outgoing, stanza) {
        if (outgoing.replaces) {
            const changed = await this.account.database.alterOutgoing(
                outgoing.peer, { id: outgoing.replaces },
                original => ({ ...original, body: outgoing.body, quoted: 0, edited: true }), stanza, outgoing.id);
            if (changed) return changed;
        }
        const record = {
            key: `${outgoing.peer} ${outgoing.id}`, peer: outgoing.peer, id: outgoing.id, mine: true,
            inRoom: outgoing.inRoom, from: this.account.jid, body: outgoing.body, file: outgoing.file,
            reply: outgoing.reply?.id, state: 'waiting', open: 1, ...this.#place(),
        };
        await this.account.database.keepOutgoing(record, stanza);
        await this.#latest(record, { unread: 0 });
        return record;
    }

    /// The box has a message of ours on its disk.
    async kept(id) { return this.step(null, id, 'kept'); }

    /// A message of ours got further. Without `peer` it is looked for everywhere.
    async step(peer, id, state, detail) {
        const peers = peer ? [peer] : [...this.#known.keys()];
        for (const one of peers) {
            const changed = await this.account.database.alter(one, { id }, record => {
                // The same state again may say more of why and until when.
                const isNews = follows(state, record.state) || (state === record.state && detail?.reason && detail.reason !== record.detail?.reason);
                return record.mine && isNews ? { ...record, state, detail, open: LAST.includes(state) ? undefined : 1 } : null;
            });
            if (changed) return changed;
        }
        return null;
    }

    // MARK: What came

    /// Takes a record of `message.read`. Returns {message, fresh}, or null when nothing changed.
    async take(record, { live, old, number }) {
        const { peer, about } = record;
        switch (record.kind) {
        case 'message': return this.#message(record, { live, old, number });
        case 'received': return this.#stepped(peer, about, 'delivered', record);
        case 'displayed': return record.mine ? this.#readElsewhere(peer, about) : this.#stepped(peer, about, 'read', record);
        case 'error': return this.#stepped(peer, record.id, 'failed', record, record.error);
        case 'reactions': return this.#reacted(record);
        case 'retract': return this.#retracted(record);
        case 'subject': return this.#subject(record);
        default: return null;
        }
    }

    async #stepped(peer, id, state, record, detail) {
        if (record.inRoom || record.mine) return null;
        const message = await this.step(peer, id, state, detail);
        return message && { message, fresh: false };
    }

    async #message(record, { live, old, number }) {
        const known = await this.account.database.find(record.peer, record);
        if (known && (known.mine === this.#isOurs(record, known) || known.archive === record.archive)) {
            return this.#seenAgain(known, record);
        }
        if (record.replaces) return this.#corrected(record);
        const ours = record.mine || this.#isOurNick(record);
        const message = {
            key: `${record.peer} ${record.archive ?? record.id ?? crypto.randomUUID()}`, peer: record.peer, id: record.id,
            archive: record.archive, mine: ours, inRoom: record.inRoom, from: record.from, nick: record.nick,
            body: record.body, file: record.file, reply: record.reply, quoted: record.quoted,
            encrypted: record.encrypted, written: record.written, markable: record.markable,
            state: ours ? 'kept' : undefined, open: ours && !record.inRoom ? 1 : undefined, ...this.#place(record.time, number),
        };
        const kept = await this.account.database.keepNew(message, found => this.#seen(found, record));
        if (!kept.fresh) return kept.message && { message: kept.message, fresh: false };
        const isOpen = live && this.account.open === record.peer && document.hasFocus();
        await this.#latest(message, { unread: ours || old || isOpen ? 0 : 1, old });
        return { message: await this.#early(message), fresh: true };
    }

    /// What came about a message before it did: a page of the archive may end between the two.
    async #early(message) {
        let latest = message;
        for (const record of await this.account.database.takeEarly(message.peer, [message.id, message.archive])) {
            const changed = await this.take(record, { live: false, old: true });
            latest = changed?.message ?? latest;
        }
        return latest;
    }

    #isOurNick(record) { return record.inRoom && record.nick === this.account.rooms.nick(record.peer); }
    #isOurs(record) { return record.mine || this.#isOurNick(record); }

    /// Our own, reflected by a room or read from the archive: it is there already.
    async #seenAgain(known, record) {
        const message = await this.#alter(known, found => this.#seen(found, record));
        if (known.mine) await this.account.acknowledged(known.id);
        return message && { message, fresh: false };
    }

    #seen(found, record) {
        const state = found.mine && found.state === 'waiting' ? 'kept' : found.state;
        if (found.archive && state === found.state) return null;
        // A room has it when it comes back from there: the box of the room has no more to say.
        const open = found.inRoom ? undefined : found.open;
        return { ...found, archive: found.archive ?? record.archive, state, open, time: found.inRoom && record.time ? record.time : found.time };
    }

    #alter(known, change) {
        return this.account.database.alter(known.peer, { id: known.id, archive: known.archive }, change);
    }

    /// Only its own sender changes a message.
    #mayChange(original, record) {
        return record.inRoom ? original.nick === record.nick || (original.mine && this.#isOurNick(record))
            : original.mine === record.mine;
    }

    async #about(record, names, change) {
        let isHere = false;
        const message = await this.account.database.alter(record.peer, names, original => {
            isHere = true;
            return change(original);
        });
        if (!isHere) await this.account.database.keepEarly({ ...record, about: names.id });
        return message && { message, fresh: false };
    }

    #corrected(record) {
        return this.#about(record, { id: record.replaces }, original => (this.#mayChange(original, record)
            ? { ...original, body: record.body, quoted: record.quoted, edited: true } : null));
    }

    #retracted(record) {
        const moderated = record.inRoom && record.from === record.peer;
        return this.#about(record, { id: record.about, archive: record.about }, original =>
            (moderated || this.#mayChange(original, record) ? { ...original, body: '', file: undefined, retracted: true } : null));
    }

    #reacted(record) {
        const who = record.inRoom ? record.nick : record.mine ? this.account.jid : record.peer;
        return this.#about(record, { id: record.about, archive: record.about }, original => {
            const reactions = { ...original.reactions, [who]: record.reactions };
            if (!record.reactions.length) delete reactions[who];
            return { ...original, reactions };
        });
    }

    async #subject(record) {
        const conversation = this.of(record.peer);
        conversation.subject = record.subject;
        await this.keep(conversation);
        this.account.tell('conversations');
        return null;
    }

    async #readElsewhere(peer) {
        await this.markRead(peer, { tell: false });
        return null;
    }

    // MARK: Unread

    async #latest(message, { unread, old }) {
        const conversation = this.of(message.peer);
        if (message.inRoom) conversation.room = true;
        conversation.unread += unread;
        if (!old && message.time >= conversation.time) {
            conversation.time = message.time;
            conversation.last = shownLast(message);
        }
        await this.keep(conversation);
    }

    /// Everything in it was seen here; others of our devices and the sender are told.
    async markRead(peer, { tell = true } = {}) {
        const conversation = this.of(peer);
        if (!conversation.unread) return;
        conversation.unread = 0;
        await this.keep(conversation);
        this.account.tell('conversations');
        const newest = (await this.account.database.messages(peer, 20)).reverse().find(one => !one.mine && one.markable && one.id);
        if (tell && newest) this.account.people.displayed(peer, newest);
    }

    /// Whether a person is of another office than ours.
    isElsewhere(peer) { return domain(peer) !== domain(this.account.jid) && !domain(peer).endsWith(`.${domain(this.account.jid)}`); }
}

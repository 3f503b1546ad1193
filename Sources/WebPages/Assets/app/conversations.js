// The conversations and their messages: merges what comes from the stream, the archive and this page
// into one record for each message.

import { domain } from './xmpp/jid.js';

/// What happened to a message of ours, in its order; a later one is never taken back.
export const STEPS = ['waiting', 'kept', 'held', 'left', 'arrived', 'delivered', 'read'];

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

    has(peer) { return this.#known.has(peer); }

    /// Those with something in them, newest first.
    get list() {
        return [...this.#known.values()].filter(one => one.time || one.room).sort((one, other) => other.time - one.time);
    }

    get unread() { return this.list.reduce((sum, one) => sum + (one.muted ? 0 : one.unread), 0); }

    #place(time) {
        this.#number += 1;
        return { time: time ?? Date.now(), number: performance.timeOrigin + this.#number };
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
            reply: outgoing.reply?.id, state: 'waiting', ...this.#place(),
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
        const ends = state === 'failed' || state === 'expired' || state === 'dropped';
        for (const one of peers) {
            const changed = await this.account.database.alter(one, { id }, record =>
                (record.mine && (ends || STEPS.indexOf(state) > STEPS.indexOf(record.state)) ? { ...record, state, detail } : null));
            if (changed) return changed;
        }
        return null;
    }

    // MARK: What came

    /// Takes a record of `message.read`. Returns {message, fresh}, or null when nothing changed.
    async take(record, { live, old }) {
        const { peer, about } = record;
        switch (record.kind) {
        case 'message': return this.#message(record, { live, old });
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

    async #message(record, { live, old }) {
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
            state: ours ? 'kept' : undefined, ...this.#place(record.time),
        };
        await this.account.database.keepMessage(message);
        const isOpen = live && this.account.open === record.peer && document.hasFocus();
        await this.#latest(message, { unread: ours || old || isOpen ? 0 : 1, old });
        return { message, fresh: true };
    }

    #isOurNick(record) { return record.inRoom && record.nick === this.account.rooms.nick(record.peer); }
    #isOurs(record) { return record.mine || this.#isOurNick(record); }

    /// Our own, reflected by a room or read from the archive: it is there already.
    async #seenAgain(known, record) {
        const message = await this.#alter(known, found => (found.archive && found.state !== 'waiting' ? null : {
            ...found, archive: found.archive ?? record.archive,
            state: found.mine && found.state === 'waiting' ? 'kept' : found.state,
        }));
        if (message?.mine) await this.account.database.acknowledged(message.id);
        return message && { message, fresh: false };
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
        const message = await this.account.database.alter(record.peer, names, change);
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
        await this.account.database.keepConversation(conversation);
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
            conversation.last = {
                body: (message.body ?? '').slice(0, 200), mine: message.mine, nick: message.nick,
                file: !!message.file, encrypted: !!message.encrypted, id: message.id, key: message.key,
                quoted: message.quoted ?? 0,
            };
        }
        await this.account.database.keepConversation(conversation);
    }

    /// Everything in it was seen here; others of our devices and the sender are told.
    async markRead(peer, { tell = true } = {}) {
        const conversation = this.of(peer);
        if (!conversation.unread) return;
        conversation.unread = 0;
        await this.account.database.keepConversation(conversation);
        this.account.tell('conversations');
        const newest = (await this.account.database.messages(peer, 20)).reverse().find(one => !one.mine && one.markable && one.id);
        if (tell && newest && !this.account.quiet) this.account.people.displayed(peer, newest);
    }

    /// Whether a person is of another office than ours.
    isElsewhere(peer) { return domain(peer) !== domain(this.account.jid) && !domain(peer).endsWith(`.${domain(this.account.jid)}`); }
}

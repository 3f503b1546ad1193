// One account on this device: the stream, what is kept, and what came of both. The views ask it and
// listen to it; it knows nothing of them.
//
// Events: `state` (of the connection), `conversations`, `message` (detail: the record), `removed`
// (detail: key), `typing` (detail: {peer, nick, on}), `people`, `lines`, `outbox`, `caughtup`, `notice` (detail: key of a text).

import { Connection } from './xmpp/connection.js';
import { Archive } from './xmpp/archive.js';
import { NS, el } from './xmpp/xml.js';
import { bare, local } from './xmpp/jid.js';
import * as message from './xmpp/message.js';
import { Database } from './database.js';
import { Conversations } from './conversations.js';
import { People } from './people.js';
import { Rooms } from './rooms.js';
import { States } from './states.js';
import { Lines } from './lines.js';
import { Tabs } from './tabs.js';
import { Files } from './files.js';

/// Messages that are read from the archive when an account is new on this device.
const FIRST_PAGE = 200;
/// Milliseconds after which everything of a tab that was closed has come to the box.
const TAKE_OVER_MS = 1_000;

export class Account extends EventTarget {
    static async open(box, jid) {
        return new Account(box, jid, await Database.open(bare(jid)));
    }

    constructor(box, jid, database) {
        super();
        this.box = box;
        this.jid = bare(jid);
        this.database = database;
        const tab = `web.${Math.random().toString(36).slice(2, 8)}`;
        this.connection = new Connection(`wss://${location.host}${box.stream}`, `${this.jid}/${tab}`);
        this.archive = new Archive(this.connection);
        this.conversations = new Conversations(this);
        this.people = new People(this);
        this.rooms = new Rooms(this);
        this.states = new States(this);
        this.lines = new Lines(this);
        this.files = new Files(this);
        this.tabs = new Tabs(this.jid, { changed: news => this.#elsewhere(news), takesOver: () => this.#takeOver() });
        this.addEventListener('lines', () => this.rooms.retry());
        this.busy = Promise.resolve();
        this.connection.addEventListener('online', () => this.#arrive());
        this.connection.addEventListener('state', () => { this.isCaughtUp = this.isSendingSafe = false; this.tell('state'); });
        this.connection.addEventListener('stanza', event => this.#take(event.detail));
        this.connection.addEventListener('acknowledged', event => event.detail.forEach(id => this.acknowledged(id)));
    }

    get state() { return this.connection.state; }
    get name() { return local(this.jid); }

    /// Tells the views, and those of the other tabs what they can see too.
    tell(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
        if (type !== 'message') return;
        this.tabs.tell({ message: detail });
        this.conversations.follow(detail).catch(error => console.error('the list was not kept', error));
    }

    /// Another tab changed what both show, or wrote something that this one is to send.
    #elsewhere({ message: changed, conversation, wrote }) {
        if (changed) this.dispatchEvent(new CustomEvent('message', { detail: changed }));
        if (conversation) {
            this.conversations.takeOver(conversation);
            this.tell('conversations');
        }
        if (wrote && this.tabs.sends) this.#sendSoon();
    }

    /// Does it when everything that came before is done.
    after(work) {
        this.busy = this.busy.then(work).catch(error => {
            console.error('a stanza could not be handled', error);
            // What was missed is read from the archive the next time.
            this.isCaughtUp = false;
        });
        return this.busy;
    }

    /// Logs in and remembers the key, so that the next time needs no password.
    async signIn(secret) {
        await this.conversations.load();
        this.tell('conversations');
        const kept = await this.connection.start(secret);
        await this.database.set('key', kept);
    }

    /// Ends the session. With `forget` nothing of the account stays on this device.
    async signOut({ forget }) {
        this.connection.stop();
        this.tabs.end();
        await this.busy;
        this.database.database.close();
        if (forget) await Database.forget(this.jid);
    }

    // MARK: Coming online

    async #arrive() {
        const connection = this.connection;
        connection.send(el('iq', { xmlns: NS.client, type: 'set', id: 'carbons' }, el('enable', { xmlns: NS.carbons })));
        try {
            // Before the first presence: what waits for us is then read once, out of the archive.
            await this.people.load();
            await this.#catchUp();
            connection.send(el('presence', { xmlns: NS.client }));
            // What our other devices sent in between is told to those who are present only.
            await this.#catchUp();
            this.isCaughtUp = true;
            this.tell('caughtup');
            this.isSendingSafe = this.tabs.sends;
            await this.#sendWaiting();
            await Promise.all([this.rooms.enterAll(), this.lines.look(), this.states.enable()]);
            await this.#sendWaiting();
        } catch (error) {
            if (connection.state === 'online') {
                console.error('coming online failed', error);
                this.tell('notice', { text: 'error.online', values: [error.message] });
            }
        }
    }

    async #catchUp() {
        const last = await this.database.setting('last');
        const handle = (found, reached) => this.#filed(found, reached);
        if (last !== undefined) {
            try {
                return await this.archive.catchUp(last, handle);
            } catch (error) {
                if (error.condition !== 'item-not-found') throw error;
                // The box no longer has that entry: all that it has is read anew, so that nothing is missing
                // in between.
                this.tell('notice', { text: 'notice.expired', values: [] });
                return this.archive.catchUp(undefined, handle);
            }
        }
        const page = await this.archive.page({ before: '', count: FIRST_PAGE });
        await this.#filed(page.found, page.last);
    }

    async #filed(envelopes, last) {
        for (const envelope of envelopes) await this.#handle(envelope, { live: false });
        if (last) await this.database.set('last', last);
        this.tell('conversations');
    }

    /// Whether older messages can be asked for: what is newer is here without a hole.
    mayAskOlder(peer) {
        return this.isCaughtUp && (!this.conversations.of(peer).room || this.rooms.isCaughtUp(peer));
    }

    /// Messages older than those kept here, from the archive. Returns whether there may be more.
    /// `before` of a conversation: archive id and number of the message from which on nothing is missing here.
    async older(peer) {
        const conversation = this.conversations.of(peer);
        if (conversation.complete) return false;
        if (!conversation.before) {
            const oldest = (await this.database.messages(peer, 1e9)).find(one => one.archive);
            conversation.before = { archive: oldest?.archive ?? '', number: oldest?.number ?? 0 };
            await this.database.keepConversation(conversation);
        }
        const newer = conversation.before;
        const query = conversation.room ? { of: peer } : { with: peer };
        const page = await this.archive.page({ ...query, before: newer.archive, count: 50 });
        // Stamps may be equal: what is older comes before what is here.
        const number = newer.number - page.found.length;
        for (const [index, envelope] of page.found.entries()) await this.#handle(envelope, { live: false, old: true, number: number + index });
        // Only now: a page that was cut short is read again, or its rest would be missing for good.
        conversation.before = { archive: page.first ?? newer.archive, number };
        conversation.complete = page.complete;
        await this.database.keepConversation(conversation);
        return !page.complete;
    }

    // MARK: What comes

    #take(stanza) {
        if (stanza.localName === 'presence') return this.rooms.presence(stanza) || this.people.presence(stanza);
        if (stanza.localName === 'iq') return this.people.pushed(stanza);
        if (this.states.take(stanza)) return;
        const envelope = message.unwrap(stanza, this.jid);
        if (!envelope || this.archive.take(envelope)) return;
        // One after the other: what comes later may speak about what came before.
        this.after(() => this.#handle(envelope, { live: true }));
    }

    /// A message of a room's archive.
    take(envelope) { return this.#handle(envelope, { live: false }); }

    async #handle(envelope, { live, old = false, number }) {
        if (await this.rooms.invited(envelope.stanza, envelope)) return;
        const record = message.read(envelope, this.jid, jid => this.rooms.isRoom(jid));
        if (!record) return;
        if (record.kind === 'typing') {
            if (live && !record.mine) this.tell('typing', { peer: record.peer, nick: record.nick, on: record.typing });
            return;
        }
        const changed = await this.conversations.take(record, { live, old, number });
        if (live && record.archive) await this.#reached(record);
        if (!changed) return;
        if (live) this.tell('typing', { peer: record.peer, nick: record.nick, on: false });
        if (live && changed.fresh && !changed.message.mine && record.wantsReceipt && !envelope.carbon) this.#receipt(record);
        this.tell('message', changed.message);
        if (live) this.tell('conversations');
    }

    /// Everything before it is here. Not so while older pages of the archive are still being read.
    async #reached(record) {
        if (record.inRoom) return this.rooms.reached(record.peer, record.archive, { live: true });
        if (this.isCaughtUp) await this.database.set('last', record.archive);
        return undefined;
    }

    #receipt(record) {
        this.connection.send(message.about(record.from, false, crypto.randomUUID(),
            el('received', { xmlns: NS.receipts, id: record.id })));
    }

    // MARK: What goes

    /// Writes a message: kept on this device first, then sent.
    async write(peer, content) {
        const conversation = this.conversations.of(peer);
        const outgoing = { id: crypto.randomUUID(), peer, inRoom: !!conversation.room, ...content };
        const stanza = new XMLSerializer().serializeToString(message.write(outgoing));
        const record = await this.conversations.written(outgoing, stanza);
        this.tell('message', record);
        this.tell('conversations');
        this.#wrote();
        return record;
    }

    /// A stanza about a message (reaction, retraction, mark): kept and sent in the same way.
    async writeAbout(peer, payload) {
        const id = crypto.randomUUID();
        const stanza = new XMLSerializer().serializeToString(
            message.about(peer, !!this.conversations.of(peer).room, id, payload));
        await this.database.change(['outbox'], outbox => new Promise((good, bad) => {
            const request = outbox.add({ id, peer, stanza });
            request.onsuccess = good;
            request.onerror = () => bad(request.error);
        }));
        this.#wrote();
    }

    /// Something waits to be sent: by this tab, or by the one that sends.
    #wrote() {
        this.tell('outbox');
        if (this.tabs.sends) this.#sendSoon();
        else this.tabs.tell({ wrote: true });
    }

    #sendSoon() {
        this.connection.now();
        this.#sendWaiting().catch(error => console.error('sending failed', error));
    }

    #sent = new Set();
    #sending = Promise.resolve();

    /// The tab that sent is gone. What it sent last may be at the box without anybody having noted that:
    /// the archive knows.
    async #takeOver() {
        await new Promise(good => setTimeout(good, TAKE_OVER_MS));
        if (this.state !== 'online' || !this.isCaughtUp) return;
        await this.#catchUp();
        this.isSendingSafe = true;
        await this.#sendWaiting();
    }

    /// Sends what the box has not acknowledged, in its order: once in a session, and only after the archive
    /// has been read, where everything is that an earlier session brought there.
    #sendWaiting() {
        const next = this.#sending.then(() => this.#sendNow());
        this.#sending = next.catch(() => { });
        return next;
    }

    async #sendNow() {
        if (this.state !== 'online' || !this.tabs.sends || !this.isSendingSafe) return;
        const session = `${this.connection.jid} ${this.connection.began}`;
        for (const { id, peer, stanza } of await this.database.outgoing()) {
            const mark = `${session} ${id}`;
            if (this.#sent.has(mark) || (this.rooms.isRoom(peer) && !this.rooms.isIn(peer))) continue;
            const element = new DOMParser().parseFromString(stanza, 'text/xml').documentElement;
            if (!this.connection.send(element, id)) return;
            this.#sent.add(mark);
        }
    }

    /// A room was entered: what waits for it may go.
    sendWaiting() { return this.#sendWaiting(); }

    /// The box has it on its disk, whether it said so or showed it in an archive.
    async acknowledged(id) {
        await this.database.acknowledged(id);
        const record = await this.conversations.kept(id);
        if (record) this.tell('message', record);
        this.tell('outbox');
    }

    typing(peer, on) {
        this.connection.send(el('message', {
            xmlns: NS.client, to: peer, type: this.conversations.of(peer).room ? 'groupchat' : 'chat',
        }, el(on ? 'composing' : 'active', { xmlns: NS.chatstates }), el('no-store', { xmlns: NS.hints })));
    }
}


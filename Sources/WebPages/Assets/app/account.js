// One account on this device: the stream, what is kept, and what came of both. The views ask it and
// listen to it; it knows nothing of them.
//
// Events: `state` (of the connection), `conversations`, `message` (detail: the record), `removed`
// (detail: key), `typing` (detail: {peer, nick, on}), `people`, `notice` (detail: key of a text).

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
import { Files } from './files.js';

/// Messages that are read from the archive when an account is new on this device.
const FIRST_PAGE = 200;

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
        this.files = new Files(this);
        this.busy = Promise.resolve();
        this.connection.addEventListener('online', () => this.#arrive());
        this.connection.addEventListener('state', () => this.tell('state'));
        this.connection.addEventListener('stanza', event => this.#take(event.detail));
        this.connection.addEventListener('acknowledged', event => this.#acknowledged(event.detail));
    }

    get state() { return this.connection.state; }
    get name() { return local(this.jid); }

    tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

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
            await this.states.enable();
            connection.send(el('presence', { xmlns: NS.client }));
            await this.rooms.enterAll();
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
                // The box no longer has that entry: what is newer than the oldest it has is fetched anew.
                this.tell('notice', { text: 'notice.expired', values: [] });
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

    /// Messages older than those kept here, from the archive. Returns whether there may be more.
    async older(peer) {
        const conversation = this.conversations.of(peer);
        if (conversation.complete) return false;
        const oldest = (await this.database.messages(peer, 1e9)).find(one => one.archive);
        const query = conversation.room ? { of: peer } : { with: peer };
        const page = await this.archive.page({ ...query, before: oldest?.archive ?? '', count: 50 });
        for (const envelope of page.found) await this.#handle(envelope, { live: false, old: true });
        conversation.complete = page.complete;
        await this.database.keepConversation(conversation);
        return !page.complete;
    }

    // MARK: What comes

    #take(stanza) {
        if (stanza.localName === 'presence') return this.rooms.presence(stanza) || this.people.presence(stanza);
        if (stanza.localName === 'iq') return this.people.pushed(stanza);
        if (this.states.take(stanza) || this.rooms.invited(stanza)) return;
        const envelope = message.unwrap(stanza, this.jid);
        if (!envelope || this.archive.take(envelope)) return;
        // One after the other: what comes later may speak about what came before.
        this.busy = this.busy.then(() => this.#handle(envelope, { live: true })).catch(error =>
            console.error('a message could not be handled', error));
    }

    /// A message of a room's archive.
    take(envelope) { return this.#handle(envelope, { live: false }); }

    async #handle(envelope, { live, old = false }) {
        const record = message.read(envelope, this.jid, jid => this.rooms.isRoom(jid));
        if (!record) return;
        if (live && record.archive && !record.inRoom) await this.database.set('last', record.archive);
        if (live && record.archive && record.inRoom) await this.rooms.reached(record.peer, record.archive);
        if (record.kind === 'typing') {
            if (live && !record.mine) this.tell('typing', { peer: record.peer, nick: record.nick, on: record.typing });
            return;
        }
        const changed = await this.conversations.take(record, { live, old });
        if (!changed) return;
        if (live) this.tell('typing', { peer: record.peer, nick: record.nick, on: false });
        if (live && changed.fresh && !changed.message.mine && record.wantsReceipt && !envelope.carbon) this.#receipt(record);
        this.tell('message', changed.message);
        if (live) this.tell('conversations');
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
        await this.#sendWaiting();
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
        await this.#sendWaiting();
    }

    #sent = new Set();

    /// Sends what the box has not acknowledged in this session. The same stanza again is harmless: the
    /// box knows those of a session that broke off.
    async #sendWaiting() {
        if (this.state !== 'online') return;
        const session = this.connection.jid + this.connection.began;
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

    async #acknowledged(ids) {
        for (const id of ids) {
            await this.database.acknowledged(id);
            const record = await this.conversations.kept(id);
            if (record) this.tell('message', record);
        }
    }

    typing(peer, on) {
        this.connection.send(el('message', {
            xmlns: NS.client, to: peer, type: this.conversations.of(peer).room ? 'groupchat' : 'chat',
        }, el(on ? 'composing' : 'active', { xmlns: NS.chatstates }), el('no-store', { xmlns: NS.hints })));
    }
}


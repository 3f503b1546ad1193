// Rooms (XEP-0045): which we are in, who else is, and what was said while we were not.

import { NS, el, child, childrenOf, text, form } from './xmpp/xml.js';
import { bare, domain, isAddress, resource } from './xmpp/jid.js';

/// Milliseconds that a room has to let us in.
const ENTRY_MS = 20_000;
/// Messages that are read when a room is new on this device.
const FIRST_PAGE = 50;
/// Invitations that wait for an answer, at most: strangers can send them.
const MOST_INVITATIONS = 50;

export class Rooms {
    #rooms = new Map();
    #entering = new Map();

    constructor(account) { this.account = account; }

    get #connection() { return this.account.connection; }
    #room(jid) {
        const room = bare(jid);
        if (!this.#rooms.has(room)) this.#rooms.set(room, { jid: room, in: false, occupants: new Map(), nick: this.account.name });
        return this.#rooms.get(room);
    }

    isRoom(jid) { return this.#rooms.has(bare(jid)) || !!(this.account.conversations.has(bare(jid)) && this.account.conversations.of(bare(jid)).room); }
    isIn(jid) { return !!this.#rooms.get(bare(jid))?.in; }
    isCaughtUp(jid) { return !!this.#rooms.get(bare(jid))?.isCaughtUp; }
    nick(jid) { return this.#rooms.get(bare(jid))?.nick ?? this.account.name; }
    occupants(jid) {
        return [...this.#rooms.get(bare(jid))?.occupants.values() ?? []].sort((one, other) => one.nick.localeCompare(other.nick));
    }
    problem(jid) { return this.#rooms.get(bare(jid))?.problem; }

    /// The domain of the rooms of this office.
    get service() { return `rooms.${domain(this.account.jid)}`; }

    /// Enters the rooms of the bookmarks (XEP-0402), and those of this device.
    async enterAll() {
        for (const room of this.#rooms.values()) {
            room.in = false;
            room.isCaughtUp = false;
            room.occupants.clear();
        }
        const wanted = new Set(this.account.conversations.list.filter(one => one.room && !one.left).map(one => one.peer));
        try {
            const answer = await this.#connection.get(null, el('pubsub', { xmlns: NS.pubsub }, el('items', { node: NS.bookmarks })));
            for (const item of childrenOf(child(child(answer, 'pubsub'), 'items'), 'item')) {
                const conference = child(item, 'conference', NS.bookmarks);
                const conversation = this.account.conversations.of(item.getAttribute('id'));
                conversation.room = true;
                conversation.name = conference?.getAttribute('name') || conversation.name;
                if (conference?.getAttribute('autojoin') === 'false') continue;
                // Entered on another device.
                Object.assign(conversation, { left: false, invited: undefined });
                wanted.add(item.getAttribute('id'));
            }
        } catch (error) {
            if (error.condition !== 'item-not-found') throw error;
        }
        const entries = await Promise.allSettled([...wanted].map(room => this.enter(room)));
        for (const entry of entries) if (entry.status === 'rejected') console.warn('a room was not entered', entry.reason);
        this.account.tell('conversations');
    }

    /// Enters a room and reads what was said meanwhile. Fails with the room's reason.
    async enter(jid, { password } = {}) {
        const room = this.#room(jid);
        const entered = new Promise((good, bad) => {
            const timer = setTimeout(() => bad(new Error('remote-server-timeout')), ENTRY_MS);
            const settle = (give, value) => { clearTimeout(timer); this.#entering.delete(room.jid); give(value); };
            this.#entering.set(room.jid, { good: () => settle(good), bad: error => settle(bad, error) });
        });
        this.#connection.send(el('presence', { xmlns: NS.client, to: `${room.jid}/${room.nick}` },
            el('x', { xmlns: NS.muc }, el('history', { maxstanzas: 0 }), password ? el('password', {}, password) : null)));
        try {
            await entered;
        } catch (error) {
            room.problem = error.message;
            throw error;
        }
        room.problem = null;
        await this.#name(room.jid);
        await this.#catchUp(room.jid);
        await this.account.sendWaiting();
    }

    /// Those that could not be entered are tried again: their line is back.
    async retry() {
        for (const room of this.#rooms.values()) {
            const conversation = this.account.conversations.of(room.jid);
            if (room.in || !room.problem || conversation.left || this.#entering.has(room.jid)) continue;
            if (this.account.lines.to(room.jid)?.state === 'down') continue;
            await this.enter(room.jid).catch(error => console.warn('a room was not entered', error));
            this.account.tell('people');
        }
    }

    /// A room that we were invited to is known by its address only: it says its name.
    async #name(jid) {
        const conversation = this.account.conversations.of(jid);
        if (conversation.name) return;
        const info = await this.#connection.get(jid, el('query', { xmlns: NS.disco })).catch(() => null);
        conversation.name = child(child(info, 'query'), 'identity')?.getAttribute('name') || undefined;
    }

    async #catchUp(jid) {
        const conversation = this.account.conversations.of(jid);
        const room = this.#room(jid);
        const handle = async (found, last) => {
            for (const envelope of found) await this.account.take(envelope);
            if (last) await this.reached(jid, last);
        };
        const { archive } = this.account;
        try {
            if (conversation.reached) await archive.catchUp(conversation.reached, handle, jid);
            else {
                const page = await archive.page({ of: jid, before: '', count: FIRST_PAGE });
                await handle(page.found, page.last);
            }
        } catch (error) {
            // The room no longer has that entry, or keeps no archive.
            if (error.condition === 'item-not-found' && conversation.reached) await archive.catchUp(undefined, handle, jid);
            else if (!['item-not-found', 'service-unavailable', 'feature-not-implemented', 'forbidden'].includes(error.condition)) throw error;
        }
        room.isCaughtUp = true;
        this.account.tell('caughtup');
    }

    /// Everything of the room up to this archive id is here. What comes live says so only when the pages
    /// of the archive before it have been read.
    async reached(jid, archive, { live = false } = {}) {
        if (live && !this.#room(jid).isCaughtUp) return;
        const conversation = this.account.conversations.of(jid);
        conversation.reached = archive;
        conversation.room = true;
        await this.account.conversations.keep(conversation);
    }

    /// Makes a room for the given people.
    async create(name, { members, people }) {
        const local = `${name.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'room'}-${Math.random().toString(36).slice(2, 7)}`;
        const jid = `${local}@${this.service}`;
        const conversation = this.account.conversations.of(jid);
        Object.assign(conversation, { room: true, name, time: Date.now() });
        await this.enter(jid);
        await this.#connection.set(jid, el('query', { xmlns: NS.mucOwner }, form('http://jabber.org/protocol/muc#roomconfig', {
            'muc#roomconfig_roomname': name, 'muc#roomconfig_persistentroom': 1, 'muc#roomconfig_membersonly': members ? 1 : 0,
            'muc#roomconfig_whois': 'anyone', 'muc#roomconfig_publicroom': members ? 0 : 1,
        })));
        await this.#bookmark(jid, name);
        for (const person of people) this.invite(jid, person);
        await this.account.conversations.keep(conversation);
        this.account.tell('conversations');
        return jid;
    }

    async join(jid, name) {
        const conversation = this.account.conversations.of(bare(jid));
        await this.enter(jid);
        Object.assign(conversation, { room: true, left: false, invited: undefined, name: name || conversation.name, time: conversation.time || Date.now() });
        await this.account.conversations.keep(conversation);
        await this.#bookmark(bare(jid), conversation.name);
        this.account.tell('conversations');
    }

    async leave(jid) {
        const room = this.#room(jid);
        this.#connection.send(el('presence', { xmlns: NS.client, to: `${room.jid}/${room.nick}`, type: 'unavailable' }));
        const conversation = this.account.conversations.of(room.jid);
        conversation.left = true;
        await this.account.conversations.keep(conversation);
        await this.#connection.set(null, el('pubsub', { xmlns: NS.pubsub },
            el('retract', { node: NS.bookmarks, notify: 'true' }, el('item', { id: room.jid }))));
        this.account.tell('conversations');
    }

    #bookmark(jid, name) {
        return this.#connection.set(null, el('pubsub', { xmlns: NS.pubsub },
            el('publish', { node: NS.bookmarks }, el('item', { id: jid },
                el('conference', { xmlns: NS.bookmarks, name: name || undefined, autojoin: 'true' }, el('nick', {}, this.nick(jid))))),
            el('publish-options', {}, form('http://jabber.org/protocol/pubsub#publish-options', {
                'pubsub#persist_items': 'true', 'pubsub#max_items': 'max',
                'pubsub#send_last_published_item': 'never', 'pubsub#access_model': 'whitelist',
            }))));
    }

    invite(jid, person) {
        this.#connection.send(el('message', { xmlns: NS.client, to: jid },
            el('x', { xmlns: NS.mucUser }, el('invite', { to: person }))));
    }

    /// The rooms of this office that everybody may find: [{jid, name}].
    async list() {
        const answer = await this.#connection.get(this.service, el('query', { xmlns: NS.items }));
        return childrenOf(child(answer, 'query'), 'item')
            .map(item => ({ jid: item.getAttribute('jid'), name: item.getAttribute('name') || item.getAttribute('jid') }));
    }

    // MARK: What comes

    /// An invitation (XEP-0249 or from the room): a question at the side, until it is answered.
    /// - Returns: whether the message was one.
    async invited(stanza, { carbon } = {}) {
        const direct = child(stanza, 'x', NS.conference);
        const mediated = child(child(stanza, 'x', NS.mucUser), 'invite');
        const from = bare(direct ? stanza.getAttribute('from') : mediated?.getAttribute('from'));
        const jid = bare(direct ? direct.getAttribute('jid') : mediated ? stanza.getAttribute('from') : null);
        if (!isAddress(jid) || stanza.getAttribute('type') === 'error') return false;
        const { conversations, people } = this.account;
        const isOurs = from === this.account.jid || carbon === 'sent';
        if (isOurs || this.isIn(jid) || people.blocked.has(from) || conversations.invitations.length >= MOST_INVITATIONS) return true;
        const conversation = conversations.of(jid);
        if (conversation.room && !conversation.left && !conversation.invited) return true;
        Object.assign(conversation, { room: true, left: true, invited: { from, name: conversation.name } });
        await conversations.keep(conversation);
        this.account.tell('conversations');
        this.account.tell('invited', { room: jid, from });
        return true;
    }

    async decline(jid) {
        const conversation = this.account.conversations.of(jid);
        conversation.invited = undefined;
        await this.account.conversations.keep(conversation);
        this.account.tell('conversations');
    }

    /// - Returns: whether the presence is a room's.
    presence(stanza) {
        const from = stanza.getAttribute('from');
        const room = this.#rooms.get(bare(from));
        if (!room) return false;
        const type = stanza.getAttribute('type');
        const about = child(stanza, 'x', NS.mucUser);
        const codes = childrenOf(about, 'status').map(status => status.getAttribute('code'));
        const item = child(about, 'item');
        if (type === 'error') {
            const error = child(stanza, 'error')?.firstElementChild?.localName ?? 'undefined-condition';
            if (error === 'conflict' && !room.in) {
                room.nick += '_';
                this.#connection.send(el('presence', { xmlns: NS.client, to: `${room.jid}/${room.nick}` }, el('x', { xmlns: NS.muc }, el('history', { maxstanzas: 0 }))));
            } else this.#entering.get(room.jid)?.bad(new Error(error));
        } else if (type === 'unavailable') {
            room.occupants.delete(resource(from));
            if (codes.includes('110')) room.in = room.isCaughtUp = false;
        } else {
            room.occupants.set(resource(from), {
                nick: resource(from), jid: item?.getAttribute('jid') ? bare(item.getAttribute('jid')) : null,
                role: item?.getAttribute('role'), affiliation: item?.getAttribute('affiliation'),
                show: text(stanza, 'show') ?? '', status: text(stanza, 'status') ?? '',
            });
            if (codes.includes('110')) {
                room.in = true;
                room.nick = resource(from);
                this.#entering.get(room.jid)?.good();
            }
        }
        this.account.tell('people');
        return true;
    }
}

// The people: the roster (with the office's colleagues in it), who is there, names, blocking, and the
// directory of all offices.

import { NS, el, child, childrenOf, text, form, fields } from './xmpp/xml.js';
import { t } from './i18n.js';
import { bare, local, domain, resource } from './xmpp/jid.js';

const SHOWS = { chat: 5, '': 4, away: 3, xa: 2, dnd: 1 };

export class People {
    #contacts = new Map();
    #present = new Map();
    #asking = new Map();
    blocked = new Set();

    constructor(account) { this.account = account; }

    get #connection() { return this.account.connection; }

    async load() {
        this.#present.clear();
        const [roster, blocked] = await Promise.all([
            this.#connection.get(null, el('query', { xmlns: NS.roster })),
            this.#connection.get(null, el('blocklist', { xmlns: NS.blocking })),
        ]);
        this.#contacts.clear();
        for (const item of childrenOf(child(roster, 'query'), 'item')) this.#keep(item);
        this.blocked = new Set(childrenOf(child(blocked, 'blocklist'), 'item').map(item => item.getAttribute('jid')));
        this.account.tell('people');
    }

    #keep(item) {
        const jid = bare(item.getAttribute('jid'));
        if (item.getAttribute('subscription') === 'remove') return this.#contacts.delete(jid);
        this.#contacts.set(jid, {
            jid, name: item.getAttribute('name') || '', subscription: item.getAttribute('subscription'),
            groups: childrenOf(item, 'group').map(group => group.textContent), asked: item.getAttribute('ask') === 'subscribe',
        });
    }

    /// A push of the roster or the block list. Only our own account sends these.
    pushed(stanza) {
        const from = stanza.getAttribute('from');
        if (from && bare(from) !== this.account.jid) return;
        for (const item of childrenOf(child(stanza, 'query', NS.roster), 'item')) this.#keep(item);
        for (const item of childrenOf(child(stanza, 'block', NS.blocking), 'item')) this.blocked.add(item.getAttribute('jid'));
        const unblock = child(stanza, 'unblock', NS.blocking);
        const freed = childrenOf(unblock, 'item').map(item => item.getAttribute('jid'));
        if (unblock && !freed.length) this.blocked.clear();
        for (const jid of freed) this.blocked.delete(jid);
        this.account.tell('people');
    }

    /// Presence of people, with what it says of their line.
    presence(stanza) {
        const from = stanza.getAttribute('from');
        const type = stanza.getAttribute('type');
        const jid = bare(from);
        if (type === 'subscribe') this.#asking.set(jid, text(stanza, 'status') ?? '');
        else if (type === 'unavailable' || !type) this.#came(jid, resource(from), stanza, !type);
        else return;
        this.account.tell('people');
    }

    #came(jid, device, stanza, here) {
        const devices = this.#present.get(jid) ?? new Map();
        devices.delete(device);
        if (!device) devices.clear();
        const status = text(stanza, 'status') ?? '';
        if (here || status) devices.set(device, { show: here ? text(stanza, 'show') ?? '' : 'gone', status });
        this.#present.set(jid, devices);
    }

    /// {show: 'chat' | '' | 'away' | 'xa' | 'dnd' | 'gone', status}: the most reachable of a person's devices.
    availability(jid) {
        const devices = [...this.#present.get(bare(jid))?.values() ?? []];
        devices.sort((one, other) => (SHOWS[other.show] ?? 0) - (SHOWS[one.show] ?? 0));
        return devices[0] ?? { show: 'gone', status: '' };
    }

    /// Whether a person lets us see presence.
    isSeen(jid) { return ['to', 'both'].includes(this.contact(jid)?.subscription); }

    // MARK: The list

    get contacts() {
        return [...this.#contacts.values()].sort((one, other) => this.nameOf(one.jid).localeCompare(this.nameOf(other.jid)));
    }

    contact(jid) { return this.#contacts.get(bare(jid)); }

    /// People who want to see our presence: [{jid, text}].
    get asking() { return [...this.#asking].map(([jid, text]) => ({ jid, text })); }

    nameOf(jid) {
        if (bare(jid) === domain(this.account.jid)) return t('people.box');
        const known = this.#contacts.get(bare(jid))?.name;
        if (known) return known;
        const name = local(jid) || domain(jid);
        return name.split(/[._]/).map(part => part.charAt(0).toUpperCase() + part.slice(1)).join(' ');
    }

    async add(jid, name) {
        await this.#connection.set(null, el('query', { xmlns: NS.roster }, el('item', { jid, name: name || undefined })));
        this.#connection.send(el('presence', { xmlns: NS.client, to: jid, type: 'subscribe' }));
    }

    remove(jid) {
        return this.#connection.set(null, el('query', { xmlns: NS.roster }, el('item', { jid, subscription: 'remove' })));
    }

    answer(jid, yes) {
        this.#asking.delete(jid);
        this.#connection.send(el('presence', { xmlns: NS.client, to: jid, type: yes ? 'subscribed' : 'unsubscribed' }));
        if (yes && !['to', 'both'].includes(this.contact(jid)?.subscription)) {
            this.#connection.send(el('presence', { xmlns: NS.client, to: jid, type: 'subscribe' }));
        }
        this.account.tell('people');
    }

    block(jid, on) {
        return this.#connection.set(null, el(on ? 'block' : 'unblock', { xmlns: NS.blocking }, el('item', { jid })));
    }

    displayed(peer, message) {
        const inRoom = message.inRoom;
        this.account.writeAbout(peer, el('displayed', { xmlns: NS.markers, id: inRoom ? message.archive ?? message.id : message.id }));
    }

    /// Whether a person's apps encrypt end to end (OMEMO): this page cannot.
    async encrypts(jid) {
        const nodes = ['eu.siacs.conversations.axolotl.devicelist', 'urn:xmpp:omemo:2:devices'];
        const lists = await Promise.allSettled(nodes.map(node =>
            this.#connection.get(bare(jid), el('pubsub', { xmlns: NS.pubsub }, el('items', { node, max_items: 1 })))));
        return lists.some(list => list.status === 'fulfilled'
            && [...list.value.getElementsByTagName('device')].length > 0);
    }

    // MARK: The directory (XEP-0055)

    /// People of all offices whose name or section fits: [{jid, name, section, office}].
    async search(words) {
        const service = await this.#directory();
        if (!service) return [];
        const offered = await this.#connection.get(service, el('query', { xmlns: NS.search }));
        const known = fields(child(child(offered, 'query'), 'x', NS.form));
        const field = ['name', 'search', 'nick', 'first'].find(name => name in known) ?? Object.keys(known).find(name => name !== 'FORM_TYPE');
        const answer = await this.#connection.set(
            service, el('query', { xmlns: NS.search }, form(NS.search, { [field]: words })));
        const result = child(child(answer, 'query'), 'x', NS.form);
        return childrenOf(result, 'item').map(item => fields(item)).filter(person => person.jid);
    }

    async #directory() {
        if (this.directory !== undefined) return this.directory;
        const own = domain(this.account.jid);
        const services = await this.#connection.get(own, el('query', { xmlns: NS.items }));
        const candidates = [own, ...childrenOf(child(services, 'query'), 'item').map(item => item.getAttribute('jid'))];
        for (const candidate of candidates) {
            const info = await this.#connection.get(candidate, el('query', { xmlns: NS.disco }));
            const features = childrenOf(child(info, 'query'), 'feature').map(feature => feature.getAttribute('var'));
            if (features.includes(NS.search)) return this.directory = candidate;
        }
        return this.directory = null;
    }
}

// What the page keeps on this device: IndexedDB behind promises, one database for each account.

const VERSION = 1;
/// Things said about messages that are not here, at most: strangers can make them up.
const MOST_EARLY = 2_000;

const asked = request => new Promise((good, bad) => {
    request.onsuccess = () => good(request.result);
    request.onerror = () => bad(request.error);
});

/// Tables: `message` (by `key`; `open` is 1 while the last state of one of ours is not known), `early`
/// (what was said about a message that is not here yet), `conversation` (by `peer`), `outbox` (by `id`, in
/// the order of `number`), `setting` (name to value).
export class Database {
    static async open(account) {
        const request = indexedDB.open(`dakghar ${account}`, VERSION);
        request.onupgradeneeded = () => {
            const database = request.result;
            const messages = database.createObjectStore('message', { keyPath: 'key' });
            messages.createIndex('place', ['peer', 'time', 'number']);
            messages.createIndex('id', ['peer', 'id']);
            messages.createIndex('archive', ['peer', 'archive']);
            messages.createIndex('open', 'open');
            database.createObjectStore('early', { keyPath: 'key' }).createIndex('about', ['peer', 'about']);
            database.createObjectStore('conversation', { keyPath: 'peer' });
            database.createObjectStore('outbox', { keyPath: 'number', autoIncrement: true })
                .createIndex('id', 'id', { unique: true });
            database.createObjectStore('setting');
        };
        return new Database(await asked(request));
    }

    static forget(account) { return asked(indexedDB.deleteDatabase(`dakghar ${account}`)); }

    constructor(database) {
        this.database = database;
        database.onversionchange = () => database.close();
    }

    /// Runs `work` with the named tables in one transaction; resolves when it is done. What is only here, in
    /// the outbox, is on the disk then; the rest is at the box too, and the disk may take its time.
    async change(tables, work) {
        const durability = tables.includes('outbox') ? 'strict' : 'relaxed';
        const transaction = this.database.transaction(tables, 'readwrite', { durability });
        const done = new Promise((good, bad) => {
            transaction.oncomplete = good;
            transaction.onabort = () => bad(transaction.error ?? new Error('the browser gave up writing'));
        });
        const result = await work(...tables.map(name => transaction.objectStore(name)));
        await done;
        return result;
    }

    table(name) { return this.database.transaction(name).objectStore(name); }

    setting(name) { return asked(this.table('setting').get(name)); }
    set(name, value) {
        return this.change(['setting'], settings => asked(settings.put(value, name)));
    }

    conversations() { return asked(this.table('conversation').getAll()); }
    keepConversation(conversation) {
        return this.change(['conversation'], table => asked(table.put(conversation)));
    }

    /// At most `count` messages of a conversation before a place ([time, number]; none: the newest), in order.
    messages(peer, count, before) {
        const end = before ? [peer, ...before] : [peer, Infinity];
        const range = IDBKeyRange.bound([peer, -Infinity], end, true, true);
        return new Promise((good, bad) => {
            const found = [];
            const request = this.table('message').index('place').openCursor(range, 'prev');
            request.onerror = () => bad(request.error);
            request.onsuccess = () => {
                const cursor = request.result;
                if (!cursor || found.length === count) return good(found.reverse());
                found.push(cursor.value);
                cursor.continue();
            };
        });
    }

    /// The message that the sender called `id`, or that the archive calls `archive`.
    find(peer, names) { return Database.#find(this.table('message'), peer, names); }

    static async #find(table, peer, { id, archive }) {
        const byArchive = archive && await asked(table.index('archive').get([peer, archive]));
        return byArchive || (id && await asked(table.index('id').get([peer, id]))) || undefined;
    }

    /// Changes a message in one step, so that two changes at once both count: `change` gets it and gives
    /// what it becomes, or null to leave it. Resolves with the new one, or null.
    alter(peer, names, change) {
        return this.change(['message'], async table => {
            const found = await Database.#find(table, peer, names);
            const changed = found ? change(found) : null;
            if (changed) await asked(table.put(changed));
            return changed;
        });
    }

    /// A correction and its stanza, `id`, together; null when the message is not there.
    alterOutgoing(peer, names, change, stanza, id) {
        return this.change(['message', 'outbox'], async (table, outbox) => {
            const found = await Database.#find(table, peer, names);
            if (!found) return null;
            const changed = change(found);
            await asked(table.put(changed));
            await asked(outbox.add({ id, peer, stanza }));
            return changed;
        });
    }

    /// Keeps a message unless it is here already, maybe by another tab; `change` gets what is.
    /// Resolves with {message, fresh}; message is null when nothing changed.
    keepNew(message, change) {
        return this.change(['message'], async table => {
            const found = await Database.#find(table, message.peer, message);
            const next = found ? change(found) : message;
            if (next) await asked(table.put(next));
            return { message: next, fresh: !found };
        });
    }

    /// Ours whose last state is not known.
    open() { return asked(this.table('message').index('open').getAll(1)); }

    /// Something about a message that is not here yet.
    keepEarly(record) {
        return this.change(['early'], async table => {
            if (await asked(table.count()) >= MOST_EARLY) return;
            await asked(table.put({ ...record, key: `${record.peer} ${record.archive ?? record.id}` }));
        });
    }

    /// What came about a message before it did, in its order; it is taken out.
    takeEarly(peer, names) {
        return this.change(['early'], async table => {
            const found = [];
            for (const name of new Set(names.filter(Boolean))) {
                for (const one of await asked(table.index('about').getAll([peer, name]))) {
                    found.push(one);
                    await asked(table.delete(one.key));
                }
            }
            return found.sort((one, other) => (one.time ?? 0) - (other.time ?? 0));
        });
    }

    /// A message and its stanza together: what is shown as written will be sent.
    keepOutgoing(message, stanza) {
        return this.change(['message', 'outbox'], (messages, outbox) => Promise.all([
            asked(messages.put(message)), asked(outbox.add({ id: message.id, peer: message.peer, stanza })),
        ]));
    }

    outgoing() { return asked(this.table('outbox').getAll()); }

    /// The box has it: it need not be sent again.
    async acknowledged(id) {
        await this.change(['outbox'], async outbox => {
            const key = await asked(outbox.index('id').getKey(id));
            if (key !== undefined) await asked(outbox.delete(key));
        });
    }

    /// How many messages wait on this device.
    waiting() { return asked(this.table('outbox').count()); }

    /// Messages with all words of `query` in their text, newest first.
    search(query, limit = 50) {
        const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
        return new Promise((good, bad) => {
            const found = [];
            const request = this.table('message').openCursor(null, 'prev');
            request.onerror = () => bad(request.error);
            request.onsuccess = () => {
                const cursor = request.result;
                if (!cursor || !words.length) {
                    return good(found.sort((one, other) => other.time - one.time).slice(0, limit));
                }
                const body = (cursor.value.body ?? '').toLocaleLowerCase();
                if (words.every(word => body.includes(word))) found.push(cursor.value);
                cursor.continue();
            };
        });
    }
}

// What the page keeps on this device: IndexedDB behind promises, one database for each account.

const VERSION = 1;

const asked = request => new Promise((good, bad) => {
    request.onsuccess = () => good(request.result);
    request.onerror = () => bad(request.error);
});

/// Tables: `message` (by `key`), `conversation` (by `peer`), `outbox` (by `id`, in the order of `number`),
/// `setting` (name to value).
export class Database {
    static async open(account) {
        const request = indexedDB.open(`dakghar ${account}`, VERSION);
        request.onupgradeneeded = () => {
            const database = request.result;
            const messages = database.createObjectStore('message', { keyPath: 'key' });
            messages.createIndex('place', ['peer', 'time', 'number']);
            messages.createIndex('id', ['peer', 'id']);
            messages.createIndex('archive', ['peer', 'archive']);
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

    /// Runs `work` with the named tables in one transaction; resolves when it is on the disk.
    async change(tables, work) {
        const transaction = this.database.transaction(tables, 'readwrite', { durability: 'strict' });
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

    keepMessage(message) { return this.change(['message'], table => asked(table.put(message))); }

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

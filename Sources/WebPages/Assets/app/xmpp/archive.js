// The archive (XEP-0313): what came while this page was closed, and what is older than it knows.
//
// A person's archive on a box grows at its end only, so "everything after the last id" is complete.

import { NS, el, child, text, form } from './xml.js';

/// Messages for one page of the archive.
const PAGE = 100;

export class Archive {
    constructor(connection) {
        this.connection = connection;
        this.queries = new Map();
    }

    /// Takes a stanza that is the result of one of our queries.
    /// - Returns: whether it was one.
    take(envelope) {
        const query = this.queries.get(envelope.query);
        // A result is believed only from the archive that was asked.
        if (!query || query.source !== envelope.source) return envelope.archive !== undefined;
        query.found.push(envelope);
        return true;
    }

    /// One page: {found, first, last, complete}. `of`: the room, or undefined for our own archive.
    async page({ of, with: other, after, before, count = PAGE }) {
        const queryid = `a${Math.random().toString(36).slice(2)}`;
        const query = { source: of ?? this.connection.bare, found: [] };
        this.queries.set(queryid, query);
        try {
            const rsm = el('set', { xmlns: NS.rsm }, el('max', {}, count),
                after !== undefined ? el('after', {}, after) : null,
                before !== undefined ? el('before', {}, before) : null);
            const payload = el('query', { xmlns: NS.mam, queryid }, other ? form(NS.mam, { with: other }) : null, rsm);
            const answer = await this.connection.set(of, payload, 60_000);
            const fin = child(answer, 'fin', NS.mam);
            const set = child(fin, 'set', NS.rsm);
            return {
                found: query.found, first: text(set, 'first'), last: text(set, 'last'),
                complete: fin?.getAttribute('complete') === 'true',
            };
        } finally {
            this.queries.delete(queryid);
        }
    }

    /// Everything after `last`, page by page; each page is given to `handle` before `last` moves on.
    async catchUp(last, handle, of) {
        for (; ;) {
            const page = await this.page({ of, after: last });
            await handle(page.found, page.last ?? last);
            if (page.complete || !page.last || page.last === last) return;
            last = page.last;
        }
    }
}


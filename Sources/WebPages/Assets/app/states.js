// How far a message has got (docs/states.md): the box tells as it happens, and is asked once after
// every connection for what happened meanwhile.

import { NS, el, child, childrenOf } from './xmpp/xml.js';
import { bare } from './xmpp/jid.js';

/// Messages of one question.
const PAGE = 250;

export class States {
    constructor(account) { this.account = account; }

    async enable() {
        try {
            await this.account.connection.set(null, el('enable', { xmlns: NS.states }));
            await this.#ask();
        } catch (error) {
            if (!['service-unavailable', 'feature-not-implemented'].includes(error.condition)) throw error;
        }
    }

    async #ask() {
        const open = await this.account.database.open();
        for (let start = 0; start < open.length; start += PAGE) {
            const asked = open.slice(start, start + PAGE).map(message => el('message', { id: message.id }));
            const answer = await this.account.connection.get(null, el('states', { xmlns: NS.states }, asked));
            for (const one of childrenOf(child(answer, 'states', NS.states), 'state')) await this.#step(one);
        }
    }

    /// News about a message's way. What the box also says in words goes on to the conversations.
    /// - Returns: whether the stanza was nothing but news.
    take(stanza) {
        const from = stanza.getAttribute('from');
        const news = child(stanza, 'state', NS.states);
        const box = this.account.connection.domain;
        if (!news || (from && ![this.account.jid, box].includes(bare(from)))) return false;
        this.account.after(() => this.#step(news));
        return !child(stanza, 'body');
    }

    async #step(news) {
        const state = news.getAttribute('state');
        if (state === 'unknown') return;
        const changed = await this.account.conversations.step(
            news.getAttribute('to') ? bare(news.getAttribute('to')) : null, news.getAttribute('id'), state,
            { reason: news.getAttribute('reason') ?? undefined, until: Date.parse(news.getAttribute('until') ?? '') || undefined });
        if (!changed) return;
        this.account.tell('message', changed);
        // Something waits, or came through: so the line has changed, as far as this page knows.
        if (['held', 'arrived'].includes(state)) this.account.lines.lookSoon();
    }
}

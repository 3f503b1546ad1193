// How far a message to another office has got (docs/states.md): the box tells, this passes it on.

import { NS, el, child, childrenOf } from './xmpp/xml.js';
import { bare } from './xmpp/jid.js';

export class States {
    constructor(account) { this.account = account; }

    async enable() {
        try {
            await this.account.connection.set(null, el('enable', { xmlns: NS.states }));
        } catch (error) {
            if (!['service-unavailable', 'feature-not-implemented'].includes(error.condition)) throw error;
        }
    }

    /// - Returns: whether the stanza was news about a message's way.
    take(stanza) {
        const from = stanza.getAttribute('from');
        const news = child(stanza, 'states', NS.states);
        if (!news || (from && bare(from) !== this.account.jid)) return false;
        for (const one of childrenOf(news)) this.#step(one);
        return true;
    }

    async #step(element) {
        const changed = await this.account.conversations.step(
            element.getAttribute('with') ? bare(element.getAttribute('with')) : null,
            element.getAttribute('id'), element.getAttribute('state'));
        if (changed) this.account.tell('message', changed);
    }
}

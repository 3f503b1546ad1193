// The lines to other offices (docs/states.md): which are down since when, and what waits for them.

import { NS, el, child, childrenOf } from './xmpp/xml.js';
import { domain } from './xmpp/jid.js';

/// Milliseconds between two looks: after something happened, while something waits, and while nothing does.
const SOON_MS = 500;
const BUSY_MS = 4_000;
const CALM_MS = 20_000;

export class Lines {
    #lines = new Map();
    #timer = 0;

    constructor(account) {
        this.account = account;
        document.addEventListener('visibilitychange', () => { if (!document.hidden) this.look(); });
    }

    /// Asks a moment later, once for all that happens until then.
    lookSoon() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.look(), SOON_MS);
    }

    /// Asks the box, and again from time to time while the page is looked at.
    async look() {
        clearTimeout(this.#timer);
        if (this.account.state !== 'online' || document.hidden) return;
        try {
            const answer = await this.account.connection.get(domain(this.account.jid), el('lines', { xmlns: NS.lines }));
            this.#keep(childrenOf(child(answer, 'lines', NS.lines), 'line'));
        } catch (error) {
            // A box that does not tell: the presence of people over there still says it.
            if (['service-unavailable', 'feature-not-implemented'].includes(error.condition)) return;
        }
        const isCalm = [...this.#lines.values()].every(line => line.state === 'up' && !line.messages);
        this.#timer = setTimeout(() => this.look(), isCalm ? CALM_MS : BUSY_MS);
    }

    #keep(elements) {
        const before = JSON.stringify([...this.#lines.values()]);
        const number = (line, name) => Number(line.getAttribute(name) ?? NaN) || 0;
        this.#lines = new Map(elements.map(line => [line.getAttribute('domain'), {
            name: line.getAttribute('name'), domain: line.getAttribute('domain'), state: line.getAttribute('state'),
            since: Date.parse(line.getAttribute('since') ?? '') || Date.now(),
            messages: number(line, 'messages'), bytes: number(line, 'bytes'), rate: number(line, 'rate'),
        }]));
        if (JSON.stringify([...this.#lines.values()]) !== before) this.account.tell('lines');
    }

    /// The line that an address is behind; undefined for somebody of this office.
    to(jid) {
        const office = domain(jid);
        return [...this.#lines.values()].find(line => office === line.domain || office.endsWith(`.${line.domain}`));
    }

    /// Those that are down, or have so much to bring that one notices: the longest first.
    get troubled() {
        return [...this.#lines.values()].filter(line => line.state === 'down' || secondsToDrain(line) > 10)
            .sort((one, other) => one.since - other.since);
    }
}

/// How long what waits will take at the rate that the line has shown, seconds; undefined when nobody knows.
export const secondsToDrain = line => (line.rate > 0 && line.bytes > 0 ? line.bytes / line.rate : undefined);

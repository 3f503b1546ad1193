// The box as administrators speak to it: the requests of the command line over their own stream
// (docs/console.md). Nothing of it is kept on this device.

import { Connection } from '../xmpp/connection.js';
import { NS, el, child } from '../xmpp/xml.js';

NS.console = 'urn:dakghar:console:0';

/// The exit code for "not permitted" (docs/cli.md).
const NOT_PERMITTED = 77;

export class RequestError extends Error {
    constructor(code, text) {
        super(text);
        this.code = code;
    }
}

export class Box {
    /// `ask` asks for the password again, and gives it, or null.
    constructor(description, ask) {
        this.description = description;
        this.ask = ask;
    }

    async signIn(jid, password) {
        this.jid = jid;
        const connection = new Connection(
            `wss://${location.host}${this.description.stream}`, `${jid}/console.${Math.random().toString(36).slice(2, 8)}`);
        await connection.start({ password });
        this.connection?.stop();
        this.connection = connection;
    }

    /// Asks for something; what it is about goes into `arguments`. Resolves with the document.
    async request(command, given = {}) {
        try {
            return await this.#once(command, given);
        } catch (error) {
            if (error.code !== NOT_PERMITTED || error.message !== 'password') throw error;
        }
        // What destroys something wants the password again, if it was not shown just now.
        const password = await this.ask();
        if (password === null || password === undefined) throw new RequestError(NOT_PERMITTED, 'cancelled');
        await this.signIn(this.jid, password);
        return this.#once(command, given);
    }

    async #once(command, given) {
        const payload = el('request', { xmlns: NS.console, command },
            Object.entries(given).filter(([, value]) => value !== undefined && value !== '')
                .map(([name, value]) => el('argument', { name }, value)));
        const answer = child(await this.connection.set(this.description.domain, payload), 'response', NS.console);
        const code = Number(answer?.getAttribute('code'));
        if (code !== 0) throw new RequestError(code, answer?.textContent ?? '');
        return JSON.parse(answer.textContent);
    }
}

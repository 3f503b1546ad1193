// The stream: strophe.js brings the WebSocket and the binding of a resource, this adds the login with
// SCRAM-SHA-256, counted stanzas (XEP-0198), requests as promises, and coming back by itself.

import { NS, el, child, errorOf } from './xml.js';
import { Scram } from './scram.js';
import { bare, domain, local } from './jid.js';

const { Strophe } = window;

/// How long to wait before trying again, seconds; the last one for ever, each with jitter.
const PAUSES = [0.5, 1, 2, 4, 8, 15];
/// A request without an answer fails after this time, and a silent line is given up, milliseconds.
const ANSWER_MS = 30_000;
const QUIET_MS = 25_000;

export class StanzaError extends Error {
    constructor({ condition, text }) {
        super(text || condition);
        this.condition = condition;
    }
}

/// Events: `state` ('connecting', 'online', 'offline', 'refused'), `online`, `stanza` (detail: element),
/// `acknowledged` (detail: array of what was given with the stanzas).
export class Connection extends EventTarget {
    #strophe = null;
    #wanted = false;
    #attempt = 0;
    #timer = 0;
    #answers = new Map();
    #waiting = [];
    #received = 0;
    #confirmed = 0;
    #counting = false;
    #heard = 0;
    #requests = 0;
    state = 'offline';
    /// Counts the sessions of this page.
    began = 0;

    constructor(service, jid) {
        super();
        this.service = service;
        this.jid = jid;
        addEventListener('online', () => this.#now());
        document.addEventListener('visibilitychange', () => {
            if (document.visibilityState === 'visible') this.#now();
        });
        setInterval(() => this.#watch(), 5_000);
    }

    get bare() { return bare(this.jid); }
    get domain() { return domain(this.jid); }

    /// Logs in, and stays logged in until `stop`. `secret`: see Scram. Resolves with the key to keep.
    start(secret) {
        this.secret = secret;
        this.#wanted = true;
        this.#attempt = 0;
        this.#connect();
        return new Promise((good, bad) => {
            this.addEventListener('online', () => good(this.secret), { once: true });
            this.addEventListener('refused', event => bad(event.detail), { once: true });
        });
    }

    stop() {
        this.#wanted = false;
        clearTimeout(this.#timer);
        this.#strophe?.disconnect('signed out');
        this.#ended();
    }

    // MARK: Sending

    /// Sends a stanza. `about` comes back with `acknowledged` when the box has it on its disk.
    /// - Returns: false when there is no stream.
    send(stanza, about) {
        if (this.state !== 'online') return false;
        this.#strophe.send(stanza);
        if (this.#counting) {
            this.#waiting.push(about);
            this.#requestSoon();
        }
        return true;
    }

    /// Sends an IQ; resolves with the result, fails with StanzaError.
    request(type, to, payload, within = ANSWER_MS) {
        const id = `q${++this.#requests}`;
        return new Promise((good, bad) => {
            const give = (settle, value) => {
                clearTimeout(timer);
                this.#answers.delete(id);
                settle(value);
            };
            const timer = setTimeout(
                () => give(bad, new StanzaError({ condition: 'remote-server-timeout' })), within);
            this.#answers.set(id, {
                to: to ?? this.bare,
                give: stanza => stanza.getAttribute('type') === 'error'
                    ? give(bad, new StanzaError(errorOf(stanza))) : give(good, stanza),
                fail: () => give(bad, new StanzaError({ condition: 'disconnected' })),
            });
            if (!this.send(el('iq', { xmlns: NS.client, type, to, id }, payload))) this.#answers.get(id).fail();
        });
    }

    get = (to, payload, within) => this.request('get', to, payload, within);
    set = (to, payload, within) => this.request('set', to, payload, within);

    #requestSoon() {
        if (this.#asked) return;
        this.#asked = true;
        queueMicrotask(() => {
            this.#asked = false;
            if (this.state === 'online') this.#strophe.send(el('r', { xmlns: NS.sm }));
        });
    }
    #asked = false;

    // MARK: The stream

    #connect() {
        clearTimeout(this.#timer);
        this.#become('connecting');
        const strophe = new Strophe.Connection(this.service, { protocol: 'wss' });
        this.#strophe = strophe;
        strophe.authenticate = mechanisms => this.#login(strophe, mechanisms);
        // strophe.js asks `authenticate` only when it knows one of the mechanisms that are offered.
        strophe.mechanisms = { 'SCRAM-SHA-256': {} };
        strophe.connect(this.jid, '', status => { if (strophe === this.#strophe) this.#changed(status); });
    }

    #changed(status) {
        const { CONNECTED, DISCONNECTED } = Strophe.Status;
        if (status === CONNECTED) this.#begin();
        if (status === DISCONNECTED) {
            this.#ended();
            if (this.#wanted) this.#again();
        }
    }

    async #login(strophe) {
        const scram = new Scram(local(this.jid), this.secret);
        const next = names => new Promise(good => {
            const handlers = names.map(name => strophe._addSysHandler(element => {
                handlers.forEach(handler => strophe.deleteHandler(handler));
                good(element);
                return false;
            }, NS.sasl, name, null, null));
        });
        try {
            let answer = next(['challenge', 'failure']);
            strophe.send(el('auth', { xmlns: NS.sasl, mechanism: 'SCRAM-SHA-256' }, btoa(utf8(scram.initial))));
            let element = await answer;
            if (element.localName === 'challenge') {
                const response = await scram.respond(atob(element.textContent));
                answer = next(['success', 'failure']);
                strophe.send(el('response', { xmlns: NS.sasl }, btoa(response)));
                element = await answer;
            }
            if (element.localName === 'failure') return this.#refuse(element.firstElementChild?.localName);
            if (!scram.verifies(atob(element.textContent))) return this.#refuse('the box did not prove that it knows you');
            this.secret = scram.kept;
            strophe._sasl_success_cb(element);
        } catch (error) {
            this.#refuse(error.message);
        }
    }

    #refuse(reason) {
        this.#wanted = reason === 'temporary-auth-failure';
        this.#strophe.disconnect('login');
        if (this.#wanted) return;
        this.#become('refused');
        this.dispatchEvent(new CustomEvent('refused', { detail: new Error(reason) }));
    }

    #begin() {
        const strophe = this.#strophe;
        this.jid = strophe.jid;
        this.began += 1;
        this.#received = 0;
        this.#confirmed = 0;
        this.#waiting = [];
        this.#counting = false;
        this.#heard = performance.now();
        strophe.xmlInput = () => { this.#heard = performance.now(); };
        strophe.addHandler(stanza => { this.#arrived(stanza); return true; });
        strophe.send(el('enable', { xmlns: NS.sm }));
        this.#attempt = 0;
        this.#counting = true;
        this.#become('online');
        this.dispatchEvent(new Event('online'));
    }

    #arrived(stanza) {
        if (stanza.namespaceURI === NS.sm) return this.#counted(stanza);
        if (!['message', 'presence', 'iq'].includes(stanza.localName)) return;
        this.#received += 1;
        try {
            if (stanza.localName === 'iq') this.#answered(stanza);
            else this.dispatchEvent(new CustomEvent('stanza', { detail: stanza }));
        } catch (error) {
            console.error('a stanza could not be handled', error);
        }
    }

    #counted(element) {
        if (element.localName === 'r') this.#strophe.send(el('a', { xmlns: NS.sm, h: this.#received }));
        if (element.localName === 'enabled') this.#received = 0;
        if (element.localName === 'a') this.#confirm(Number(element.getAttribute('h')));
        if (element.localName === 'failed') this.#counting = false;
    }

    #confirm(count) {
        const fresh = this.#waiting.splice(0, Math.max(0, count - this.#confirmed));
        this.#confirmed = count;
        const known = fresh.filter(about => about !== undefined);
        if (known.length) this.dispatchEvent(new CustomEvent('acknowledged', { detail: known }));
    }

    #answered(stanza) {
        const waiting = this.#answers.get(stanza.getAttribute('id'));
        const type = stanza.getAttribute('type');
        const from = stanza.getAttribute('from') ?? this.bare;
        if (type === 'result' || type === 'error') {
            if (waiting && (bare(from) === bare(waiting.to))) waiting.give(stanza);
            return;
        }
        this.dispatchEvent(new CustomEvent('stanza', { detail: stanza }));
        const known = child(stanza, 'ping', NS.ping) || child(stanza, 'query', NS.roster)
            || child(stanza, 'block', NS.blocking) || child(stanza, 'unblock', NS.blocking);
        this.send(el('iq', {
            xmlns: NS.client, type: known ? 'result' : 'error', to: stanza.getAttribute('from'),
            id: stanza.getAttribute('id'),
        }, known ? null : el('error', { type: 'cancel' }, el('service-unavailable', { xmlns: NS.stanzas }))));
    }

    #ended() {
        if (this.state === 'offline') return;
        this.#counting = false;
        if (this.state !== 'refused') this.#become('offline');
        for (const waiting of [...this.#answers.values()]) waiting.fail();
    }

    // MARK: Coming back

    #again() {
        const pause = PAUSES[Math.min(this.#attempt, PAUSES.length - 1)] * (0.75 + Math.random() / 2);
        this.#attempt += 1;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#connect(), pause * 1000);
    }

    /// Connects at once if it waits for the next attempt.
    now() { this.#now(); }

    #now() {
        if (this.#wanted && this.state === 'offline') this.#connect();
    }

    #watch() {
        if (this.state !== 'online') return;
        const quiet = performance.now() - this.#heard;
        if (quiet > 2 * QUIET_MS) this.#strophe._doDisconnect('silent');
        else if (quiet > QUIET_MS) this.get(null, el('ping', { xmlns: NS.ping })).catch(() => { });
    }

    #become(state) {
        this.state = state;
        this.dispatchEvent(new CustomEvent('state', { detail: state }));
    }
}

/// Bytes of a text as a string of bytes, for btoa.
const utf8 = text => String.fromCharCode(...new TextEncoder().encode(text));

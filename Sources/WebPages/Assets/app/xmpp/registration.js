// Making an account with an invitation (XEP-0445), on a stream of its own.

import { NS, el, errorOf } from './xml.js';

const FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing';
const PREAUTH = 'urn:xmpp:pars:0';
/// Milliseconds for all of it.
const LIMIT_MS = 30_000;

/// Resolves when the account is there; fails with the condition of the box's error.
export function register(box, token, username, password) {
    return new Promise((good, bad) => {
        const socket = new WebSocket(`wss://${location.host}${box.stream}`, 'xmpp');
        const end = (settle, value) => { clearTimeout(timer); socket.close(); settle(value); };
        const timer = setTimeout(() => end(bad, new Error('offline')), LIMIT_MS);
        const send = element => socket.send(new XMLSerializer().serializeToString(element));
        const ask = (id, payload) => send(el('iq', { xmlns: NS.client, type: 'set', id, to: box.domain }, payload));
        socket.onopen = () => send(el('open', { xmlns: FRAMING, to: box.domain, version: '1.0' }));
        socket.onerror = () => end(bad, new Error('offline'));
        socket.onmessage = ({ data }) => {
            const element = new DOMParser().parseFromString(data, 'text/xml').documentElement;
            if (element.localName === 'features') return ask('token', el('preauth', { xmlns: PREAUTH, token }));
            if (element.localName !== 'iq') return;
            if (element.getAttribute('type') === 'error') {
                const { condition, text: words } = errorOf(element);
                return end(bad, Object.assign(new Error(condition), { words }));
            }
            if (element.getAttribute('id') === 'token') {
                return ask('account', el('query', { xmlns: NS.register },
                    el('username', {}, username), el('password', {}, password)));
            }
            end(good);
        };
    });
}


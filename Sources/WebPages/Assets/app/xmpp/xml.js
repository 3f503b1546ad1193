// XML elements: made, searched and read. Everything else of the client speaks in these.

export const NS = {
    client: 'jabber:client',
    sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
    stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
    sm: 'urn:xmpp:sm:3',
    carbons: 'urn:xmpp:carbons:2',
    forward: 'urn:xmpp:forward:0',
    mam: 'urn:xmpp:mam:2',
    rsm: 'http://jabber.org/protocol/rsm',
    delay: 'urn:xmpp:delay',
    sid: 'urn:xmpp:sid:0',
    receipts: 'urn:xmpp:receipts',
    markers: 'urn:xmpp:chat-markers:0',
    chatstates: 'http://jabber.org/protocol/chatstates',
    correct: 'urn:xmpp:message-correct:0',
    retract: 'urn:xmpp:message-retract:1',
    reply: 'urn:xmpp:reply:0',
    reactions: 'urn:xmpp:reactions:0',
    fallback: 'urn:xmpp:fallback:0',
    hints: 'urn:xmpp:hints',
    oob: 'jabber:x:oob',
    omemo: 'eu.siacs.conversations.axolotl',
    omemo2: 'urn:xmpp:omemo:2',
    eme: 'urn:xmpp:eme:0',
    blocking: 'urn:xmpp:blocking',
    roster: 'jabber:iq:roster',
    vcard: 'vcard-temp',
    disco: 'http://jabber.org/protocol/disco#info',
    items: 'http://jabber.org/protocol/disco#items',
    muc: 'http://jabber.org/protocol/muc',
    mucUser: 'http://jabber.org/protocol/muc#user',
    mucOwner: 'http://jabber.org/protocol/muc#owner',
    conference: 'jabber:x:conference',
    form: 'jabber:x:data',
    search: 'jabber:iq:search',
    pubsub: 'http://jabber.org/protocol/pubsub',
    bookmarks: 'urn:xmpp:bookmarks:1',
    upload: 'urn:xmpp:http:upload:0',
    ping: 'urn:xmpp:ping',
    register: 'jabber:iq:register',
    states: 'urn:dakghar:states:0',
    lines: 'urn:dakghar:lines:0',
};

const own = document.implementation.createDocument(null, null);

/// Makes an element: el('message', {to}, el('body', {}, 'text')). Without `xmlns` it is in its parent's
/// namespace; attributes that are undefined or null are left out.
export function el(name, attributes = {}, ...children) {
    const element = own.createElementNS(attributes.xmlns ?? null, name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value !== undefined && value !== null) element.setAttribute(key, String(value));
    }
    for (const child of children.flat()) {
        if (child === undefined || child === null || child === false) continue;
        element.append(typeof child === 'object' ? within(element.namespaceURI, child) : writable(String(child)));
    }
    return element;
}

/// A child that was made without a namespace, in the one of its parent.
function within(namespace, element) {
    if (element.namespaceURI !== null || namespace === null) return element;
    const moved = own.createElementNS(namespace, element.localName);
    for (const { name, value } of element.attributes) moved.setAttribute(name, value);
    moved.append(...[...element.childNodes].map(child =>
        (child.nodeType === Node.ELEMENT_NODE ? within(namespace, child) : child)));
    return moved;
}

/// Text without what XML cannot hold (a page may paste anything).
export function writable(text) {
    return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').toWellFormed?.()
        ?? text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
}

/// The first child of that name and namespace.
export function child(element, name, namespace) {
    if (!element) return null;
    for (const found of element.children) {
        if (found.localName === name && (namespace === undefined || found.namespaceURI === namespace)) return found;
    }
    return null;
}

/// All children of that name and namespace.
export function childrenOf(element, name, namespace) {
    if (!element) return [];
    return [...element.children].filter(found =>
        found.localName === name && (namespace === undefined || found.namespaceURI === namespace));
}

export const text = (element, name, namespace) => child(element, name, namespace)?.textContent ?? null;

/// The fields of a data form (XEP-0004), by their names.
export function fields(form) {
    const found = {};
    for (const field of childrenOf(form, 'field')) {
        const values = childrenOf(field, 'value').map(value => value.textContent);
        found[field.getAttribute('var')] = values.length > 1 ? values : values[0] ?? '';
    }
    return found;
}

/// A submitted data form.
export function form(type, values) {
    return el('x', { xmlns: NS.form, type: 'submit' },
        el('field', { var: 'FORM_TYPE', type: 'hidden' }, el('value', {}, type)),
        Object.entries(values).map(([name, value]) =>
            el('field', { var: name }, [value].flat().map(one => el('value', {}, one)))));
}

/// What a stanza of type error says: {condition, text}.
export function errorOf(stanza) {
    const error = child(stanza, 'error');
    const condition = [...error?.children ?? []].find(one =>
        one.namespaceURI === NS.stanzas && one.localName !== 'text');
    return {
        condition: condition?.localName ?? 'undefined-condition',
        text: text(error, 'text', NS.stanzas) ?? '',
    };
}

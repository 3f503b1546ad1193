// Elements of the page. Text is always put in as text: nothing that a stranger wrote becomes HTML.

const isThere = child => child !== null && child !== undefined && child !== false && child !== 0;

/// h('button', {class: 'primary', onclick}, 'Send'): properties that begin with `on` are listeners.
export function h(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(properties)) {
        if (value === undefined || value === null || value === false) continue;
        if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
        else if (key === 'value' || key === 'checked' || key === 'disabled' || key === 'indeterminate') element[key] = value;
        else element.setAttribute(key, value === true ? '' : value);
    }
    element.append(...children.flat().filter(isThere));
    return element;
}

const PATHS = {
    send: 'M3 11l18-8-8 18-2-8z', back: 'M15 5l-7 7 7 7', plus: 'M12 5v14M5 12h14', search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
    clip: 'M20 11l-8 8a5 5 0 0 1-7-7l9-9a3.5 3.5 0 0 1 5 5l-9 9a2 2 0 0 1-3-3l8-8', mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3',
    stop: 'M7 7h10v10H7z', more: 'M5 12h.01M12 12h.01M19 12h.01', close: 'M6 6l12 12M18 6L6 18', settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
    reply: 'M9 6L4 11l5 5M4 11h10a6 6 0 0 1 6 6v1', edit: 'M4 20l1-5L16 4l4 4L9 19z', bin: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13', smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 14c2 3 6 3 8 0M9 9h.01M15 9h.01',
    waiting: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2', kept: 'M5 13l4 4L19 7', held: 'M4 10l8-6 8 6v10H4zM9 20v-6h6v6', left: 'M4 12h14M13 7l5 5-5 5',
    arrived: 'M4 10l8-6 8 6v10H4zM9 14l2 2 4-4', delivered: 'M2 13l4 4L16 7M12 17l9-10', file: 'M6 3h8l5 5v13H6zM14 3v5h5', lock: 'M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3',
    people: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21a7 7 0 0 1 14 0M16 4a4 4 0 0 1 0 7M18 14a7 7 0 0 1 4 7', down: 'M6 9l6 6 6-6', failed: 'M12 3l10 18H2zM12 10v4M12 17h.01',
    play: 'M8 5l11 7-11 7z', pause: 'M8 5v14M16 5v14', line: 'M3 12h5l2-5 4 10 2-5h5',
};

/// A picture out of lines, for eyes only: whoever uses it says in words what it is for.
export function icon(name, extra = '') {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('class', `icon icon-${name} ${extra}`);
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', PATHS[name]);
    svg.append(path);
    return svg;
}

/// A button that shows an icon and says `label`.
export const iconButton = (name, label, onclick, extra = '') =>
    h('button', { type: 'button', class: `icon-button ${extra}`, title: label, 'aria-label': label, onclick }, icon(name));

/// The first letters of a name on a colour of its own.
export function avatar(name, seed) {
    const letters = name.split(/\s+/).map(word => [...word][0] ?? '').slice(0, 2).join('').toLocaleUpperCase();
    let hash = 0;
    for (const letter of seed) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
    return h('span', { class: `avatar tint-${hash % 8}`, 'aria-hidden': 'true' }, letters);
}

/// Shows a dialog over the page; resolves with what `close` was given.
export function dialog(title, build) {
    return new Promise(good => {
        const before = document.activeElement;
        const close = value => {
            box.close();
            box.remove();
            // The browser gives the focus back, unless what had it was drawn anew meanwhile.
            if (!before?.isConnected) document.querySelector('.composer textarea, .side button')?.focus();
            good(value);
        };
        const box = h('dialog', { 'aria-label': title, oncancel: () => close(undefined) });
        box.append(...[build(close)].flat());
        document.body.append(box);
        box.showModal();
        box.querySelector('[autofocus], input:not([type=checkbox], [type=radio])')?.focus();
    });
}

/// Says something to everybody, screen readers too; goes away by itself.
export function announce(text) {
    const place = document.getElementById('notices');
    const note = h('p', { class: 'notice' }, text);
    place.append(note);
    setTimeout(() => note.remove(), 8000);
}

/// Puts exactly these elements into `parent`, in this order, and moves only what is not in its place:
/// what has the focus, is played or selected stays so.
export function arrange(parent, elements) {
    const wanted = new Set(elements);
    for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
    elements.forEach((element, index) => {
        if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
    });
}

/// Remembers what was made for a key, and makes it anew when what it shows has changed. The focus goes
/// over to the new one.
export class Made {
    #made = new Map();

    /// `stamp`: all that the element shows, as text.
    get(key, stamp, make) {
        const known = this.#made.get(key);
        if (known?.stamp === stamp) return known.element;
        const element = make();
        this.#made.set(key, { stamp, element });
        if (known?.element.contains(document.activeElement)) {
            const label = document.activeElement.getAttribute('aria-label');
            known.element.replaceWith(element);
            const same = label && [...element.querySelectorAll('[aria-label]')].find(one => one.getAttribute('aria-label') === label);
            (same || element.querySelector('a, button') || element).focus({ preventScroll: true });
        }
        return element;
    }
}

/// Replaces what is in an element.
export const fill = (element, ...children) =>
    element.replaceChildren(...children.flat().filter(isThere));

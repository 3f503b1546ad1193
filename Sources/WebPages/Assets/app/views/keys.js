// Walking through messages with the keyboard: one of them is in the tab order; arrows go from one to
// the next, Enter to what can be done with it, Escape back to it and then to where one writes.

export class MessageKeys {
    #list;
    #back;
    #current = null;

    constructor(list, back) {
        this.#list = list;
        this.#back = back;
        list.addEventListener('keydown', event => this.#pressed(event));
        list.addEventListener('focusin', event => this.#choose(event.target.closest('.message')));
    }

    get #messages() { return [...this.#list.querySelectorAll(':scope > .message')]; }

    /// After the list was drawn: while nobody walks in it, the last one is the way in.
    refresh() {
        if (!this.#current?.isConnected || !this.#list.contains(document.activeElement)) this.#choose(this.#messages.at(-1));
    }

    focus(message) {
        this.#choose(message);
        message?.focus({ preventScroll: true });
    }

    #choose(message) {
        if (!message || message === this.#current) return;
        this.#current?.setAttribute('tabindex', '-1');
        this.#current = message;
        message.setAttribute('tabindex', '0');
    }

    #pressed(event) {
        const message = event.target.closest('.message');
        if (!message || event.ctrlKey || event.altKey || event.metaKey) return;
        const inTools = event.target.closest('.tools');
        const move = inTools ? this.#amongTools(event, inTools, message) : this.#amongMessages(event, message);
        if (move === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        if (move) {
            if (move.matches('.message')) this.#choose(move);
            move.focus();
        }
    }

    #amongMessages({ key, target }, message) {
        const all = this.#messages;
        const place = all.indexOf(message);
        if (key === 'ArrowUp') return all[place - 1] ?? null;
        if (key === 'ArrowDown') return all[place + 1] ?? null;
        if (key === 'Home') return all[0];
        if (key === 'End') return all.at(-1);
        if (key === 'Enter' && target === message) return message.querySelector('.tools button') ?? null;
        if (key === 'Escape') { this.#back(); return null; }
        return undefined;
    }

    #amongTools({ key, target }, tools, message) {
        const buttons = [...tools.querySelectorAll('button')].filter(one => one.offsetParent);
        const place = buttons.indexOf(target);
        const forward = getComputedStyle(tools).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
        if (key === 'ArrowLeft' || key === 'ArrowRight') return buttons.at((place + (key === forward ? 1 : -1)) % buttons.length);
        if (key === 'Escape') return message;
        return undefined;
    }
}

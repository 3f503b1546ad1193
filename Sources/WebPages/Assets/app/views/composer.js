// Where one writes: text, files by button, drop and paste, and voice notes.

import { t, size, number } from '../i18n.js';
import { h, fill, icon, iconButton } from './dom.js';
import { Recorder } from './recorder.js';

/// A keyboard on glass comes up with the focus, and its Enter makes a new line.
const ON_GLASS = matchMedia('(pointer: coarse)');

export class Composer {
    #context = null;
    #typing = false;

    constructor(chat) {
        this.chat = chat;
        this.text = h('textarea', {
            rows: 1, dir: 'auto', 'aria-label': t('composer.text'), placeholder: t('composer.text'), maxlength: 20_000,
            oninput: () => this.#changed(), onkeydown: event => this.#key(event), onpaste: event => this.#files(event, event.clipboardData?.files),
        });
        this.picker = h('input', { type: 'file', multiple: true, hidden: true, onchange: event => { this.#upload(event.target.files); event.target.value = ''; } });
        this.about = h('div', { class: 'about', hidden: true });
        this.uploads = h('div', { class: 'uploads', 'aria-live': 'polite' });
        this.recorder = new Recorder(file => this.#upload([file]), problem => chat.shell.notice(problem));
        this.element = h('form', { class: 'composer', onsubmit: event => { event.preventDefault(); this.#send(); } },
            this.uploads, this.about,
            h('div', { class: 'row' },
                iconButton('clip', t('composer.file'), () => this.picker.click()), this.picker,
                this.text, this.recorder.element,
                h('button', { type: 'submit', class: 'icon-button primary', title: t('composer.send'), 'aria-label': t('composer.send') }, icon('send'))));
        queueMicrotask(() => {
            chat.element.addEventListener('dragover', event => event.preventDefault());
            chat.element.addEventListener('drop', event => this.#files(event, event.dataTransfer?.files));
        });
        this.text.value = sessionStorage.getItem(`draft ${chat.peer}`) ?? '';
    }

    focus() { if (!ON_GLASS.matches) this.text.focus(); this.#fit(); }

    leave() {
        this.#type(false);
        this.recorder.cancel();
    }

    answer(message) { this.#about({ kind: 'reply', message }); }

    change(message) {
        this.#about({ kind: 'edit', message });
        this.text.value = message.body.slice(message.quoted ?? 0);
        this.#changed();
    }

    #about(context) {
        this.#context = context;
        this.about.hidden = !context;
        if (context) {
            fill(this.about, icon(context.kind), h('bdi', { class: 'grow' }, context.message.body.slice(context.message.quoted ?? 0, 200) || t('message.file')),
                iconButton('close', t('dialog.close'), () => this.#about(null)));
            this.text.focus();
        }
    }

    async #send() {
        const body = this.text.value.trim();
        // Whoever reads only now that there is no encryption decides anew.
        if (!body || !await this.chat.knowsAdvice()) return;
        if (this.text.value.trim() !== body) return;
        const context = this.#context;
        const content = { body };
        if (context?.kind === 'reply') {
            const { message } = context;
            content.reply = { id: message.inRoom ? message.archive ?? message.id : message.id, to: message.from, quote: message.body.slice(message.quoted ?? 0, 300) };
        }
        if (context?.kind === 'edit') content.replaces = context.message.id;
        this.text.value = '';
        this.#about(null);
        this.#changed();
        this.#type(false);
        await this.chat.shell.attempt(() => this.chat.account.write(this.chat.peer, content));
    }

    #key(event) {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !ON_GLASS.matches) {
            event.preventDefault();
            this.#send();
        }
        if (event.key === 'Escape' && this.#context) this.#about(null);
    }

    #changed() {
        this.#fit();
        sessionStorage.setItem(`draft ${this.chat.peer}`, this.text.value);
        this.#type(this.text.value !== '');
    }

    #fit() {
        this.text.rows = Math.min(8, Math.max(1, this.text.value.split('\n').length));
    }

    #type(on) {
        clearTimeout(this.pause);
        if (on) this.pause = setTimeout(() => this.#type(false), 15_000);
        if (on === this.#typing) return;
        this.#typing = on;
        this.chat.account.typing(this.chat.peer, on);
    }

    // MARK: Files

    #files(event, files) {
        if (!files?.length) return;
        event.preventDefault();
        this.#upload(files);
    }

    #upload(files) {
        for (const file of files) this.#uploadOne(file);
    }

    async #uploadOne(file) {
        const stop = new AbortController();
        const bar = h('progress', { max: 1, value: 0, 'aria-label': file.name });
        const words = h('span', { class: 'hint' }, size(file.size));
        const row = h('div', { class: 'upload' }, icon('file'), h('bdi', { class: 'grow' }, file.name || t('message.file')), bar, words,
            iconButton('close', t('composer.cancel'), () => stop.abort()));
        this.uploads.append(row);
        try {
            const url = await this.chat.account.files.upload(file, part => {
                bar.value = part;
                words.textContent = `${number(Math.round(part * 100))} % · ${size(file.size)}`;
            }, stop.signal);
            await this.chat.account.write(this.chat.peer, { body: url, file: url });
        } catch (error) {
            if (error.message !== 'cancelled') this.chat.shell.notice(t('composer.failed', file.name, error.message));
        }
        row.remove();
    }
}

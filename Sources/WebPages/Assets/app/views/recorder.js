// Voice notes: recorded here, sent as a file.

import { t } from '../i18n.js';
import { h, fill, iconButton } from './dom.js';

/// The longest note, milliseconds.
const LONGEST_MS = 10 * 60_000;
const KINDS = [['audio/webm;codecs=opus', 'weba'], ['audio/ogg;codecs=opus', 'ogg'], ['audio/mp4', 'm4a']];

export class Recorder {
    constructor(done, problem) {
        this.done = done;
        this.problem = problem;
        this.element = h('span', { class: 'recorder' });
        this.kind = KINDS.find(([type]) => window.MediaRecorder?.isTypeSupported(type));
        this.#idle();
    }

    #idle() {
        fill(this.element, this.kind && navigator.mediaDevices ? iconButton('mic', t('composer.record'), () => this.#start()) : null);
    }

    async #start() {
        try {
            this.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        } catch {
            return this.problem(t('composer.no-microphone'));
        }
        const parts = [];
        this.recorder = new MediaRecorder(this.stream, { mimeType: this.kind[0], audioBitsPerSecond: 24_000 });
        this.recorder.ondataavailable = event => parts.push(event.data);
        this.recorder.onstop = () => {
            this.stream.getTracks().forEach(track => track.stop());
            clearTimeout(this.limit);
            this.#idle();
            if (!this.cancelled) this.done(new File(parts, `voice-${Date.now()}.${this.kind[1]}`, { type: this.kind[0].split(';')[0] }));
        };
        this.cancelled = false;
        this.recorder.start();
        this.limit = setTimeout(() => this.recorder.stop(), LONGEST_MS);
        fill(this.element, h('span', { class: 'recording', role: 'status' }, t('composer.recording')),
            iconButton('close', t('composer.cancel'), () => this.cancel()),
            iconButton('stop', t('composer.finish'), () => this.recorder.stop(), 'primary'));
    }

    cancel() {
        if (this.recorder?.state !== 'recording') return;
        this.cancelled = true;
        this.recorder.stop();
    }
}

// Files: a slot of the box (XEP-0363), an upload with progress, and the address as the message.

import { NS, el, child } from './xmpp/xml.js';

export class Files {
    constructor(account) { this.account = account; }

    /// Whether a file is shown in the page: only from this box, or the name under which it has the files of
    /// all offices. What is elsewhere is a link, followed by who wants it.
    shows(url) {
        try {
            return [location.origin, this.account.box.files].includes(new URL(url).origin);
        } catch {
            return false;
        }
    }

    async #service() {
        if (this.service) return this.service;
        const own = this.account.jid.split('@')[1];
        for (const candidate of [own, `files.${own}`]) {
            const info = await this.account.connection.get(candidate, el('query', { xmlns: NS.disco })).catch(() => null);
            const features = [...child(info, 'query')?.children ?? []].map(one => one.getAttribute('var'));
            if (features.includes(NS.upload)) return this.service = candidate;
        }
        throw new Error('no-upload');
    }

    /// Uploads a file; `progress` gets values from 0 to 1. Resolves with its address.
    async upload(file, progress, signal) {
        const type = file.type || 'application/octet-stream';
        const answer = await this.account.connection.get(await this.#service(), el('request', {
            xmlns: NS.upload, filename: file.name || 'file', size: file.size, 'content-type': type,
        }));
        const slot = child(answer, 'slot', NS.upload);
        const put = child(slot, 'put');
        const headers = [...put.children].map(header => [header.getAttribute('name'), header.textContent]);
        await this.#put(put.getAttribute('url'), file, type, headers, progress, signal);
        return child(slot, 'get').getAttribute('url');
    }

    /// A line that breaks is tried again, in the same slot, as long as it is good.
    async #put(url, file, type, headers, progress, signal) {
        for (let attempt = 0; ; attempt += 1) {
            try {
                return await this.#putOnce(url, file, type, headers, progress, signal);
            } catch (error) {
                if (!error.again || attempt === 5 || signal?.aborted) throw error;
                await new Promise(good => setTimeout(good, 1000 * 2 ** attempt));
            }
        }
    }

    #putOnce(url, file, type, headers, progress, signal) {
        return new Promise((good, bad) => {
            const request = new XMLHttpRequest();
            const fail = (text, again) => bad(Object.assign(new Error(text), { again }));
            request.open('PUT', url);
            request.setRequestHeader('Content-Type', type);
            for (const [name, value] of headers) request.setRequestHeader(name, value);
            request.upload.onprogress = event => { if (event.lengthComputable) progress(event.loaded / event.total); };
            request.onload = () => (request.status === 201 || request.status === 200
                ? good() : fail(request.responseText.trim() || String(request.status), request.status >= 500));
            request.onerror = () => fail('broken', true);
            request.onabort = () => fail('cancelled', false);
            signal?.addEventListener('abort', () => request.abort());
            request.send(file);
        });
    }
}

/// The name that an address shows. Characters that turn the direction of text could make a program look
/// like a picture.
export function nameOf(url) {
    try {
        const name = decodeURIComponent(new URL(url).pathname.split('/').pop());
        return name.replace(/[\u0000-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '') || url;
    } catch {
        return url;
    }
}

export const isPicture = url => /\.(png|jpe?g|gif|webp|avif)$/i.test(nameOf(url));
export const isSound = url => /\.(ogg|oga|opus|mp3|m4a|weba|wav)$/i.test(nameOf(url));

// SCRAM-SHA-256 (RFC 7677) with the browser's own cryptography.
//
// What is kept for the next time is the salted password as a key that no script can read out, never
// the password.

const encoder = new TextEncoder();
const utf8 = text => encoder.encode(text);
export const toBase64 = bytes => btoa(String.fromCharCode(...bytes));
export const fromBase64 = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));

const hmac = async (key, data) => new Uint8Array(await crypto.subtle.sign('HMAC', key, data));
const hmacKey = bytes =>
    crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

/// Iterations that we take from a server: fewer would make guessing cheap, more would hang the page.
const FEWEST = 4096;
const MOST = 1_000_000;

export class ScramError extends Error { }

/// Derives the key of a password: {key, salt, iterations}. `password` is prepared by NFKC only, which
/// is what SASLprep comes to for text that people type.
export async function derive(password, salt, iterations) {
    const material = await crypto.subtle.importKey(
        'raw', utf8(password.normalize('NFKC')), 'PBKDF2', false, ['deriveBits']);
    const bits = await crypto.subtle.deriveBits(
        { name: 'PBKDF2', hash: 'SHA-256', salt: fromBase64(salt), iterations }, material, 256);
    return { key: await hmacKey(bits), salt, iterations };
}

/// One login. `secret` is {password} or a kept {key, salt, iterations}.
export class Scram {
    constructor(user, secret, nonce = toBase64(crypto.getRandomValues(new Uint8Array(18)))) {
        this.secret = secret;
        this.nonce = nonce;
        const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
        this.first = `n=${name},r=${nonce}`;
        this.header = 'n,,';
    }

    get initial() { return this.header + this.first; }

    /// The answer to the server's challenge.
    async respond(challenge) {
        const parts = attributes(challenge);
        const iterations = Number(parts.i);
        if (parts.m || !parts.r?.startsWith(this.nonce) || parts.r === this.nonce || !parts.s)
            throw new ScramError('the server broke the rules of SCRAM');
        if (!(iterations >= FEWEST && iterations <= MOST))
            throw new ScramError(`${parts.i} iterations are out of limits`);
        const { password, salt, iterations: kept } = this.secret;
        if (password === undefined && (salt !== parts.s || kept !== iterations))
            throw new ScramError('the password was changed');
        this.kept = password === undefined ? this.secret : await derive(password, parts.s, iterations);

        const last = `c=${btoa(this.header)},r=${parts.r}`;
        const signed = utf8(`${this.first},${challenge},${last}`);
        const clientKey = await hmac(this.kept.key, utf8('Client Key'));
        const stored = await hmacKey(await crypto.subtle.digest('SHA-256', clientKey));
        const signature = await hmac(stored, signed);
        const serverKey = await hmacKey(await hmac(this.kept.key, utf8('Server Key')));
        this.expected = toBase64(await hmac(serverKey, signed));
        return `${last},p=${toBase64(clientKey.map((byte, index) => byte ^ signature[index]))}`;
    }

    /// Whether the server knows the password, too.
    verifies(final) { return this.expected !== undefined && attributes(final).v === this.expected; }
}

function attributes(message) {
    const found = {};
    for (const part of message.split(',')) found[part[0]] = part.slice(2);
    return found;
}

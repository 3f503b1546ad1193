// Keeps the page itself on this device, so that it opens while the box cannot be reached. Messages
// are not its business.

const SHELL = 'shell';

/// All of it is there before it is needed.
self.addEventListener('install', event => event.waitUntil(takeAll().then(() => self.skipWaiting())));
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', event => {
    const url = new URL(event.request.url);
    const isPart = url.origin === location.origin && event.request.method === 'GET'
        && (url.pathname === '/' || /^\/(app|vendor)\/|^\/(icon\.svg|manifest\.webmanifest|style\.css|box\.json)$/.test(url.pathname));
    if (isPart) event.respondWith(fresh(event.request, url.pathname));
});

async function takeAll() {
    const parts = await (await fetch('/shell.json', { cache: 'no-cache' })).json();
    await (await caches.open(SHELL)).addAll(parts.map(part => new Request(part, { cache: 'no-cache' })));
}

/// From the box when it answers, else what it said last.
async function fresh(request, path) {
    const cache = await caches.open(SHELL);
    try {
        const answer = await fetch(request, { cache: 'no-cache' });
        if (answer.ok) await cache.put(path, answer.clone());
        return answer;
    } catch (error) {
        const known = await cache.match(path);
        if (known) return known;
        throw error;
    }
}

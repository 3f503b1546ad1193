// Keeps the page itself on this device, so that it opens while the box cannot be reached. Messages
// are not its business.

const SHELL = 'shell';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', event => {
    const url = new URL(event.request.url);
    const isPart = url.origin === location.origin && event.request.method === 'GET'
        && (url.pathname === '/' || /^\/(app|vendor)\/|^\/(icon\.svg|manifest\.webmanifest|style\.css|box\.json)$/.test(url.pathname));
    if (isPart) event.respondWith(fresh(event.request, url.pathname));
});

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

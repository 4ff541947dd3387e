// The service worker: keeps the pages' own files, so that the board opens without a connection. It never
// keeps an answer of the API: what of the board may stay on a device, the page itself decides (live/kept.ts).
const FILES = self.__FILES__;
const VERSION = self.__VERSION__;
const CACHE = `opsroom-${VERSION}`;
const SERVER = /^\/(api|ws|schema|health|metrics|reference|webhook|v1|mcp)(\/|$)/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith("opsroom-") && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

async function page(request) {
  try {
    const answer = await fetch(request);
    // A proxy's own error page is no reason to show nothing.
    if (answer.status < 500) return answer;
    return (await caches.match("/index.html")) ?? answer;
  } catch (cause) {
    const kept = await caches.match("/index.html");
    if (kept) return kept;
    throw cause;
  }
}

async function file(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  // Their names change with their content: what has been fetched once is right for ever.
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

async function loose(request) {
  try {
    return await fetch(request);
  } catch (cause) {
    const kept = await caches.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw cause;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || SERVER.test(url.pathname)) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
  else event.respondWith(loose(request));
});

// Keeps the page on this phone, so that it opens without a network, and sends what waits when there is one again.
// The server fills in the version (a hash of all files) and the list of files.

importScripts("/p/store.js");

const CACHE = "wurao-village-@VERSION@";
const FILES = ["@FILES@"];
const PAGE = "/p/page.html";

self.addEventListener("install", (event) => {
  const take = async () => {
    const cache = await caches.open(CACHE);
    // All of the new page or none of it.
    await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
    await self.skipWaiting();
  };
  event.waitUntil(take());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith("wurao-village-") && name !== CACHE);
    await Promise.all(names.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  const file = url.pathname === "/p" || url.pathname === "/P" ? PAGE : url.pathname;
  // Everything else (lists, short codes, the office's pages) goes where it always went.
  if (!FILES.includes(file)) return;
  event.respondWith(caches.match(file, { cacheName: CACHE }).then((kept) => kept || fetch(event.request)));
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "say") return;
  const send = async () => {
    const { left } = await self.wuraoStore.send();
    // A failure makes the browser try again later.
    if (left > 0) throw new Error("not sent yet");
    // An open page does not see what goes from here.
    for (const page of await self.clients.matchAll()) page.postMessage("sent");
  };
  event.waitUntil(send());
});

{% load static %}// Keeps one page for when the server can't be reached. Everything else goes to the network, untouched.
const PAGE = "{% url 'chat:offline' %}";
const NEEDED = [
  PAGE,
  "{% static 'chat/icon.svg' %}",
  "{% static 'chat/icons.svg' %}",
  "{% static 'chat/css/layers.css' %}",
  "{% static 'chat/css/base.css' %}",
  "{% static 'chat/css/theme.css' %}",
  "{% static 'chat/css/account.css' %}",
  "{% static 'chat/css/sheet.css' %}",
  "{% static 'chat/js/early.js' %}",
  "{% static 'chat/js/memory.js' %}",
  "{% static 'chat/js/theme.js' %}",
  "{% static 'chat/js/zone.js' %}",
  "{% static 'chat/js/return.js' %}",
];
const CACHE = "{{ version }}";

self.addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(NEEDED))));

self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return; // what was sent is not to be sent again
  const kept = event.request.mode === "navigate" ? PAGE : new URL(event.request.url).pathname;
  if (NEEDED.includes(kept)) event.respondWith(fetch(event.request).catch(() => caches.match(kept)));
});

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

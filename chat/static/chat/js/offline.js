// Has the browser keep a page that says so when the server can't be reached (see chat/service-worker.js).
navigator.serviceWorker?.register("/service-worker.js").catch(() => {}); // private windows may refuse

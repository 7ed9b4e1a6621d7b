// On the page shown without a server: go back to the page that was asked for as soon as there is one.
const EVERY = 3_000; // milliseconds

async function look() {
  const response = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (response?.ok) location.reload();
  else setTimeout(look, EVERY);
}

if (location.pathname !== "/offline/") setTimeout(look, EVERY);

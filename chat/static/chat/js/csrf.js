// Signing in changes the CSRF token; forms drawn before it, in this tab or another, still hold the old one.
document.addEventListener("htmx:configRequest", (event) => {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  if (token && event.detail.verb !== "get") event.detail.parameters.csrfmiddlewaretoken = token;
});

// The single-page app. The tokens are in sessionStorage, which this tab keeps while it is at the identity provider.
const $ = (id) => document.getElementById(id);
const post = (path, body) => fetch(path, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

// [call]
// Calls the API. On a 401, the header WWW-Authenticate says what helps: new tokens, or an SSO login.
async function call(path, method = 'GET', again = true) {
  const headers = { authorization: `Bearer ${sessionStorage.access_token}` };
  const response = await fetch(path, { method, headers });
  if (response.status !== 401) return response;
  if (response.headers.get('www-authenticate')?.includes('insufficient_user_authentication')) {
    offerSsoLogin(await response.json()); // { organization, sso_url, reason, … }
    return response;
  }
  return again && await refresh() ? call(path, method, false) : response;
}
// [/call]

async function refresh() {
  return keep(await post('/auth/refresh', { refresh_token: sessionStorage.refresh_token }));
}

async function keep(response) {
  if (response.ok) Object.assign(sessionStorage, await response.json());
  else sessionStorage.clear();
  return response.ok;
}

// [open]
// Opens an SSO page. The browser sends no bearer token with a page, so it gets the cookie for the SSO pages first.
async function openSsoPage(address) {
  const url = new URL(address, location.origin);
  if (url.origin !== location.origin || !url.pathname.startsWith('/sso/')) throw new Error(`no SSO page: ${url}`);
  const response = await call('/auth/sso-cookie', 'POST');
  if (response.ok) location.assign(url);
  else await show();
}
// [/open]

// [return]
// Comes back to this page after the SSO login.
function logInWithSso(ssoUrl) {
  const url = new URL(ssoUrl);
  url.searchParams.set('return_to', location.pathname + location.search);
  return openSsoPage(url);
}
// [/return]

// A button, not a redirect: what the person was typing would be lost.
function offerSsoLogin({ organization, sso_url }) {
  offer(`Log in with SSO to see ${organization}`, () => logInWithSso(sso_url));
}

function offer(text, action) {
  const button = document.createElement('button');
  button.textContent = text;
  button.onclick = action;
  $('sso').replaceChildren(button);
}

async function show() {
  const response = sessionStorage.access_token && await call('/api/repositories');
  $('sign-in').hidden = Boolean(response?.ok);
  $('app').hidden = !response?.ok;
  if (!response?.ok) return;
  const { repositories, sso_required } = await response.json();
  $('repositories').replaceChildren(...repositories.map(({ name }) => {
    const item = document.createElement('li');
    item.textContent = name;
    return item;
  }));
  $('sso').replaceChildren();
  for (const { name, sso_url } of sso_required) offerSsoLogin({ organization: name, sso_url });
  // [continue]
  // An SSO page was opened without the cookie, and led here.
  const next = new URLSearchParams(location.search).get('continue');
  if (next) offer('Continue to single sign-on', () => openSsoPage(next));
  // [/continue]
}

$('sign-in').onsubmit = async (event) => {
  event.preventDefault();
  await keep(await post('/auth/sign-in', Object.fromEntries(new FormData(event.target))));
  await show();
};
$('sign-out').onclick = async () => {
  await call('/auth/sign-out', 'POST');
  sessionStorage.clear();
  await show();
};
await show();

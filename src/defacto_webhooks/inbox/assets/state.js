// What the page knows, and how it asks.

export const AT_FIRST = 300; // rows in the list at most, until somebody asks for older ones

export const now = {
  inbox: "", rows: [], selected: 0, revision: 0, more: false, state: null, types: new Set(), unread: 0, most: AT_FIRST,
  limits: null, forwardTo: null, needsToken: false, scrolled: 0,
};

export async function ask(path, options = {}) {
  const answer = await fetch(path, options);
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.invalid_params?.[0]?.reason ?? body.detail ?? `HTTP ${answer.status}`), { status: answer.status });
  return body;
}

export const at = (inbox, rest = "") => `/inboxes/${encodeURIComponent(inbox)}${rest}`;

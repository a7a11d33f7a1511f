// Keeps the list as the server has it.
//
// The page asks for news instead of holding a stream: a browser opens six connections to a host, so that a
// seventh tab would hang.

import { $ } from "./dom.js";
import { append, query, row, showCounts, showFilter } from "./list.js";
import { ask, at, now } from "./state.js";

let loading = 0; // only the answer to the latest question counts
let timer = 0;
let asking = null; // the question that is under way

export function status(state) {
  $("live").dataset.state = state;
  $("live").textContent = state === "live" ? "Live" : "Reconnecting";
}

export async function load() {
  const mine = ++loading;
  clearTimeout(timer);
  let answer;
  try {
    answer = await ask(at(now.inbox, `/notifications?${query()}`));
  } catch (error) {
    if (mine !== loading) return;
    status("waiting");
    if (error.status === 404) await ask("/inboxes", { method: "POST", body: JSON.stringify({ name: now.inbox }) }).catch(() => null);
    setTimeout(() => mine === loading && load(), 1000);
    return;
  }
  if (mine !== loading) return;
  Object.assign(now, { rows: [], more: answer.more, revision: answer.revision, state: answer.state, types: new Set(answer.event_types) });
  $("rows").replaceChildren();
  append(answer.notifications, { top: false });
  showFilter();
  showCounts();
  status("live");
  wait(mine);
}

export async function older() {
  const mine = loading;
  const before = now.rows.at(-1)?.seq ?? 0;
  const answer = await ask(at(now.inbox, `/notifications?${query({ before, limit: 100 })}`));
  if (mine !== loading) return;
  now.more = answer.more;
  append(answer.notifications, { top: false });
  showCounts();
}

const wait = (mine, ms = document.hidden ? 3000 : 500) => { clearTimeout(timer); timer = setTimeout(() => { asking = follow(mine); }, ms); };

// Asks now.
export const hurry = () => wait(loading, 0);

// Asks no more until `load`; done once the last answer is there.
export async function pause() {
  loading += 1;
  clearTimeout(timer);
  await asking;
}

async function follow(mine) {
  if (mine !== loading) return;
  let answer;
  try {
    answer = await ask(at(now.inbox, `/changes?${query({ after: now.revision })}`));
  } catch (error) {
    if (mine !== loading) return;
    status("waiting");
    if (error.status === 404) load(); else wait(mine, 1000);
    return;
  }
  if (mine !== loading) return;
  status("live");
  if (answer.reset || answer.state.deleted !== now.state.deleted) { load(); return; }
  now.revision = answer.revision;
  news(answer);
  wait(mine, answer.more ? 0 : undefined);
}

function news({ notifications, state }) {
  now.state = state;
  const kept = now.rows.filter((item) => item.seq >= state.first);
  if (kept.length < now.rows.length) {
    now.rows = kept;
    $("rows").replaceChildren(...kept.map((item) => row(item, false)));
    if (now.more && !kept.length) now.more = false;
  }
  const newest = now.rows[0]?.seq ?? 0;
  const fresh = notifications.filter(({ seq }) => seq > newest);
  append(notifications, { top: true });
  const types = now.types.size;
  for (const item of fresh) if (item.fields.event_type) now.types.add(item.fields.event_type);
  if (now.types.size !== types) showFilter();
  if (fresh.length) {
    if (document.hidden) now.unread += fresh.length;
    $("spoken").textContent = fresh.length === 1 ? `New: ${fresh[0].fields.event_type ?? "a notification"}` : `${fresh.length} new notifications`;
  }
  showCounts();
}

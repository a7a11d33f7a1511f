// Which inbox is open.

import { show, unshow } from "./detail.js";
import { $, el } from "./dom.js";
import { load, pause, status } from "./live.js";
import { ask, at, now } from "./state.js";

export async function listInboxes() {
  const answer = await ask("/inboxes");
  Object.assign(now, { limits: answer.limits, forwardTo: answer.forward_to, needsToken: answer.needs_token });
  $("resend-key").hidden = !now.forwardTo;
  const names = answer.inboxes.map((inbox) => inbox.name);
  $("inboxes").replaceChildren(...names.map((name) => el("option", { value: name, selected: name === now.inbox }, name)));
  return { names, fixed: answer.fixed };
}

export async function create(name) {
  const made = await ask("/inboxes", { method: "POST", body: JSON.stringify(name ? { name } : {}) });
  return made.name;
}

export async function open(name, seq = 0) {
  Object.assign(now, { inbox: name, unread: 0 });
  $("url").value = `${location.origin}/inbox/${name}`;
  $("search").value = "";
  $("filter").replaceChildren();
  unshow();
  await create(name);
  await listInboxes();
  await load();
  if (seq) await show(seq);
}

export async function route() {
  const [name, seq] = location.hash.slice(1).split("/");
  if (name && name === now.inbox) {
    if (Number(seq)) await show(Number(seq)); else unshow();
    return;
  }
  try {
    const { names, fixed } = await listInboxes();
    const wanted = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name) ? name : null;
    await open(wanted ?? fixed ?? names[0] ?? (await create()), wanted ? Number(seq) : 0);
  } catch (error) {
    status("waiting");
    $("empty").hidden = false;
    $("empty").textContent = error.message;
    setTimeout(() => now.inbox || route(), 1000);
  }
}

export async function remove() {
  await pause(); // it would be about an inbox that is gone
  await ask(at(now.inbox), { method: "DELETE" }).catch(() => null);
  now.inbox = "";
  history.replaceState(null, "", "/inbox/");
  await route();
}

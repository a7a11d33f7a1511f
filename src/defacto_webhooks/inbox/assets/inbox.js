// The inbox page. Whatever a notification holds becomes text nodes, never markup.

import { $, copy, el, twice } from "./dom.js";
import { jsonView } from "./json_view.js";
import { calendar, count, curl, moment, number, visible, when } from "./text.js";

const AT_FIRST = 300; // rows in the list at most, until somebody asks for older ones
const PLAIN_FROM = 200_000; // characters of a body from which it is shown without colours
const TONES = {
  good: ["VERIFIED", "VALIDATED", "PAID", "CLOSED", "CREATED"],
  warn: ["TO_EDIT", "TO_REPAY", "TO_REPAY_FEES", "TO_VALIDATE", "ISSUE_DETECTED"],
  bad: ["FAILED", "DECLINED", "CANCELED", "DELETED"],
};
const now = {
  inbox: "", rows: [], selected: 0, revision: 0, more: false, state: null, types: new Set(), unread: 0, most: AT_FIRST,
  limits: null, forwardTo: null, needsToken: false, scrolled: 0,
};

// --- small helpers ---------------------------------------------------------------------------------

async function ask(path, options = {}) {
  const answer = await fetch(path, options);
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.invalid_params?.[0]?.reason ?? body.detail ?? `HTTP ${answer.status}`), { status: answer.status });
  return body;
}

const at = (inbox, rest = "") => `/inboxes/${encodeURIComponent(inbox)}${rest}`;
const narrow = () => matchMedia("(max-width: 800px)").matches;
const tone = (status) => Object.keys(TONES).find((name) => TONES[name].includes(status?.toUpperCase())) ?? "calm";
const succeeded = (forward) => forward.status >= 200 && forward.status < 300;

function bodyView(notification) {
  if (notification.is_json && notification.body.length < PLAIN_FROM) return jsonView(notification.body);
  return el("pre", { tabindex: "0" }, notification.body ? visible(notification.body) : "(empty)");
}

// --- the list ----------------------------------------------------------------------------------------

function title(item) {
  if (item.fields.event_type) return visible(item.fields.event_type);
  return item.problems[0]?.startsWith("the body") ? "Not JSON" : "No event type";
}

function row(item, isNew) {
  const { fields } = item;
  const sample = fields.id === "00000000-0000-0000-0000-000000000000"; // of doctor --probe
  const tags = [item.duplicate_of && "duplicate", item.problems.length && "not valid", sample && "sample"].filter(Boolean).map((text) => el("span", { class: "tag" }, text));
  const forwarded = item.forwards.at(-1);
  if (forwarded) tags.push(el("span", { class: "tag", "data-tone": succeeded(forwarded) ? "good" : "bad", title: "What the callback answered" }, forwarded.status ?? "no answer"));
  const about = fields.number || fields.amount ? [fields.number, fields.amount] : [fields.entity_type, fields.id];
  return el("li", {}, el("button", { type: "button", class: isNew ? "row new" : "row", "data-seq": item.seq, "aria-current": item.seq === now.selected ? "true" : "false", onclick: () => show(item.seq) },
    el("span", { class: "dot", "data-tone": item.problems.length ? "warn" : tone(fields.status) }),
    el("span", { class: "pair" }, el("span", { class: "type" }, title(item)), when(item.received_at)),
    el("span", { class: "pair" }, el("span", { class: "sub" }, about.filter(Boolean).map(visible).join(" · ") || visible(item.problems[0] ?? "")), ...tags)));
}

function showCounts() {
  const filtered = $("search").value.trim() || $("filter").value;
  const total = now.state?.count ?? 0;
  $("count").textContent = filtered && total ? `${number.format(now.rows.length)}${now.more ? "+" : ""} of ${count(total, "notification", "notifications")}` : count(total, "notification", "notifications");
  $("clear").hidden = $("export").hidden = !total;
  $("export").href = at(now.inbox, `/notifications.jsonl?${query()}`);
  $("older").hidden = !now.more;
  const dropped = now.state?.dropped ?? 0;
  $("dropped").hidden = !dropped;
  $("dropped").textContent = dropped ? `The oldest ${dropped === 1 ? "one was" : `${number.format(dropped)} were`} dropped: ${number.format(now.limits.notifications)} notifications or ${number.format(now.limits.bytes / 1e6)} MB are kept.` : "";
  $("empty").hidden = now.rows.length > 0;
  const empty = now.rows.length ? "" : `${Boolean(filtered && total)} ${now.inbox}`;
  if (empty !== $("empty").dataset.shown) { // else somebody is just copying from it
    $("empty").replaceChildren(...(empty ? emptiness(filtered && total) : []));
    $("empty").dataset.shown = empty;
  }
  document.title = `${now.unread ? `(${now.unread}) ` : ""}${now.inbox} · Webhook inbox`;
}

function emptiness(filtered) {
  if (filtered) return [el("h2", {}, "Nothing matches"), "Other words or another filter may."];
  const example = {
    entity_type: "invoice", transition_name: "SUBMIT", status: "SUBMITTED", timestamp: new Date().toISOString(), id: crypto.randomUUID?.() ?? `${Date.now()}`,
    event_type: "Invoice.SUBMITTED", entity_state: { invoice_number: "F-2026-100001", currency: "EUR", total_amount: 123456 },
  };
  const line = curl(JSON.stringify(example), `${$("url").value}${now.needsToken ? "?token=YOUR-TOKEN" : ""}`);
  const button = el("button", { type: "button", class: "quiet", onclick: () => copy(line, button) }, "Copy");
  return [el("h2", {}, "Waiting for the first notification"), "It appears here without a reload. Try it:", el("div", { class: "sample" }, el("pre", { tabindex: "0" }, line), button)];
}

function showFilter() {
  const chosen = $("filter").value;
  const option = (value, text) => el("option", { value, selected: value === chosen }, text);
  const types = [...now.types].sort().map((type) => option(`type:${type}`, visible(type)));
  $("filter").replaceChildren(option("", "All"), option("only:problems", "Not valid"), option("only:duplicates", "Duplicates"), ...types);
}

function query(more = {}) {
  const params = new URLSearchParams(more);
  const [kind, ...value] = $("filter").value.split(":");
  if ($("search").value.trim()) params.set("q", $("search").value.trim());
  if (kind) params.set(kind, value.join(":"));
  return params.toString();
}

function append(items, { top }) {
  const places = new Map(now.rows.map((item, index) => [item.seq, index]));
  const fresh = [];
  for (const item of items) {
    const index = places.get(item.seq);
    if (index === undefined) { fresh.push(item); continue; }
    now.rows[index] = item; // it was forwarded meanwhile
    $("rows").children[index].replaceWith(row(item, false));
    if (item.seq === now.selected) showForwards(item);
  }
  if (top) {
    const newest = now.rows[0]?.seq ?? 0; // a change of one that isn't loaded is no news
    for (const item of fresh.filter(({ seq }) => seq > newest)) { now.rows.unshift(item); $("rows").prepend(row(item, true)); }
    while (now.rows.length > now.most) { now.rows.pop(); $("rows").lastChild.remove(); now.more = true; }
  } else {
    now.rows.push(...fresh);
    now.most = Math.max(AT_FIRST, now.rows.length);
    $("rows").append(...fresh.map((item) => row(item, false)));
  }
}

let loading = 0; // only the answer to the latest question counts

async function load() {
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

async function older() {
  const mine = loading;
  const before = now.rows.at(-1)?.seq ?? 0;
  const answer = await ask(at(now.inbox, `/notifications?${query({ before, limit: 100 })}`));
  if (mine !== loading) return;
  now.more = answer.more;
  append(answer.notifications, { top: false });
  showCounts();
}

// --- live --------------------------------------------------------------------------------------------
// The page asks for news instead of holding a stream: a browser opens six connections to a host, so that a
// seventh tab would hang.

function status(state) {
  $("live").dataset.state = state;
  $("live").textContent = state === "live" ? "Live" : "Reconnecting";
}

let timer = 0;
let asking = null; // the question that is under way
const wait = (mine, ms = document.hidden ? 3000 : 500) => { clearTimeout(timer); timer = setTimeout(() => { asking = follow(mine); }, ms); };

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

// --- one notification --------------------------------------------------------------------------------

function hidden(seq, part, index, label) {
  const dots = "••••••••";
  const button = el("button", { type: "button", class: "secret", "aria-pressed": "false", "aria-label": `Show ${label}`, title: "Click to show" }, dots);
  button.addEventListener("click", async () => {
    const show = button.getAttribute("aria-pressed") === "false";
    button.textContent = show ? visible((await ask(at(now.inbox, `/notifications/${seq}/value?part=${part}&index=${index}`))).value) || "(empty)" : dots;
    button.setAttribute("aria-pressed", String(show));
    button.setAttribute("aria-label", `${show ? "Hide" : "Show"} ${label}`);
  });
  return button;
}

function requestLine(item) {
  const line = el("div", { class: "line mono" }, "POST ", item.path.length ? "" : "/");
  item.path.forEach((part, index) => line.append("/", part.text ?? hidden(item.seq, "path", index, "this part of the path")));
  return line;
}

function pairs(entries) {
  return el("dl", { class: "pairs" }, ...entries.flatMap(([name, value]) => [el("dt", { class: "mono" }, name), el("dd", { class: "mono" }, value)]));
}

function facts(item) {
  const entry = (name, value, kind) => (value ? [el("div", { class: kind }, el("dt", {}, name), el("dd", {}, value))] : []);
  const { fields } = item;
  return el("dl", { class: "facts" },
    ...entry("Number", fields.number && visible(fields.number)), ...entry("Amount", fields.amount && visible(fields.amount)),
    ...entry("Entity", fields.entity_type && visible(fields.entity_type)), ...entry("Id", fields.id && el("span", { class: "mono" }, visible(fields.id)), "wide"),
    ...entry("Transition", fields.transition_name && visible(fields.transition_name)), ...entry("Happened", fields.timestamp && moment(fields.timestamp)),
    ...entry("Received", when(item.received_at, calendar)), ...entry("From", visible(item.source)));
}

function remarks(item) {
  const notes = [];
  if (item.problems.length) notes.push(el("div", { class: "note" }, item.is_json ? "Not a notification as Defacto documents it:" : "Refused with status 400:", el("ul", {}, ...item.problems.map((problem) => el("li", {}, visible(problem))))));
  if (item.duplicate_of) notes.push(el("div", { class: "note" }, "A duplicate: the same entity, id, event type and time came before. ", el("button", { type: "button", class: "quiet", onclick: () => show(item.duplicate_of) }, "Show the first")));
  return notes;
}

function forwardsView(forwards) {
  if (!forwards.length) return [];
  const line = (forward) => [when(forward.at), el("span", { class: "badge", "data-tone": succeeded(forward) ? "good" : "bad" }, forward.error ?? `${forward.status}`), ` in ${number.format(forward.milliseconds)} ms`];
  return [el("h3", {}, "Forwarded"), el("ul", { class: "forwards" }, ...forwards.toReversed().map((forward) => el("li", {}, ...line(forward))))];
}

function showForwards(item) {
  $("forwards")?.replaceChildren(...forwardsView(item.forwards));
}

async function resend(seq, button) {
  if (!now.forwardTo || !seq) return;
  const label = button?.textContent;
  if (button) { button.disabled = true; button.textContent = "Sending"; }
  try {
    const forward = await ask(at(now.inbox, `/notifications/${seq}/resend`), { method: "POST" });
    $("spoken").textContent = `Sent again: ${forward.error ?? forward.status}`;
  } catch (error) {
    $("spoken").textContent = error.message;
  }
  if (button) { button.disabled = false; button.textContent = label; }
  wait(loading, 0); // the result comes with the news, in every tab
}

async function remove(seq) {
  await ask(at(now.inbox, `/notifications/${seq}`), { method: "DELETE" });
  const index = now.rows.findIndex((item) => item.seq === seq);
  now.state.count -= 1;
  now.state.deleted += 1;
  if (index >= 0) { now.rows.splice(index, 1); $("rows").children[index].remove(); }
  showCounts();
  const next = now.rows[Math.min(index, now.rows.length - 1)];
  if (next && !narrow()) { show(next.seq); rowOf(next.seq)?.focus(); } else unshow();
}

function actions(item) {
  const { seq } = item;
  const again = now.forwardTo ? el("button", { type: "button", id: "resend", title: `To ${now.forwardTo}`, onclick: () => resend(seq, again) }, "Resend") : null;
  const line = el("button", { type: "button", onclick: () => copy(curl(item.body, now.forwardTo ?? $("url").value), line) }, "Copy as curl");
  const gone = el("button", { type: "button" }, "Delete");
  twice(gone, "Delete it?", () => remove(seq));
  return el("div", { class: "buttons" }, again, line, gone);
}

async function show(seq, { focus = false } = {}) {
  if (!now.selected) now.scrolled = scrollY;
  now.selected = seq;
  for (const button of $("rows").querySelectorAll(".row")) button.setAttribute("aria-current", String(Number(button.dataset.seq) === seq));
  const opening = narrow() && !document.body.classList.contains("reading");
  history[opening ? "pushState" : "replaceState"](null, "", `#${now.inbox}/${seq}`);
  let item;
  try {
    item = await ask(at(now.inbox, `/notifications/${seq}`));
  } catch (error) {
    if (now.selected === seq) $("detail").replaceChildren(back(), el("p", { class: "empty" }, error.message));
    return;
  }
  if (now.selected !== seq) return;
  const copyBody = el("button", { type: "button", class: "quiet", onclick: () => copy(item.body, copyBody) }, "Copy");
  const queryPairs = item.query.map((part, index) => [part.key ?? "•••", hidden(seq, "query", index, `the value of ${part.key ?? "this part of the query"}`)]);
  const headerPairs = item.headers.map((part, index) => [visible(part.name), part.value === null ? hidden(seq, "header", index, `the value of ${visible(part.name)}`) : visible(part.value)]);
  $("detail").replaceChildren(
    back(),
    el("div", { class: "head" }, el("h2", {}, title(item)), el("span", { class: "id", title: "Its number, for listen --resend" }, `#${seq}`), item.fields.status ? el("span", { class: "badge", "data-tone": tone(item.fields.status) }, visible(item.fields.status)) : null, actions(item)),
    ...remarks(item), facts(item),
    el("div", { id: "forwards" }, ...forwardsView(item.forwards)),
    el("h3", {}, "Body", copyBody), bodyView(item),
    el("h3", {}, "Request"), requestLine(item),
    ...(queryPairs.length ? [el("h3", {}, "Query"), pairs(queryPairs)] : []),
    el("h3", {}, "Headers"), pairs(headerPairs));
  document.body.classList.add("reading");
  $("detail").scrollTop = 0;
  if (opening) scrollTo(0, 0);
  if (focus || opening) $("detail").focus({ preventScroll: true });
}

const rowOf = (seq) => $("rows").querySelector(`[data-seq="${seq}"]`);
const back = () => el("button", { type: "button", class: "back", onclick: unshow }, "← All notifications");

function unshow() {
  const seq = now.selected;
  now.selected = 0;
  document.body.classList.remove("reading");
  history.replaceState(null, "", `#${now.inbox}`);
  $("detail").replaceChildren(el("div", { class: "empty" }, el("h2", {}, "Nothing selected"), "Choose a notification to read it."));
  for (const button of $("rows").querySelectorAll(".row")) button.setAttribute("aria-current", "false");
  rowOf(seq)?.focus({ preventScroll: true });
  if (narrow()) scrollTo(0, now.scrolled);
}

function step(by) {
  const index = now.rows.findIndex((item) => item.seq === now.selected);
  const item = now.rows[index < 0 ? 0 : Math.min(Math.max(index + by, 0), now.rows.length - 1)];
  if (!item) return;
  show(item.seq);
  rowOf(item.seq)?.focus({ preventScroll: true });
  rowOf(item.seq)?.scrollIntoView({ block: "nearest" });
}

// --- inboxes -----------------------------------------------------------------------------------------

async function listInboxes() {
  const answer = await ask("/inboxes");
  Object.assign(now, { limits: answer.limits, forwardTo: answer.forward_to, needsToken: answer.needs_token });
  $("resend-key").hidden = !now.forwardTo;
  const names = answer.inboxes.map((inbox) => inbox.name);
  $("inboxes").replaceChildren(...names.map((name) => el("option", { value: name, selected: name === now.inbox }, name)));
  return { names, fixed: answer.fixed };
}

async function create(name) {
  const made = await ask("/inboxes", { method: "POST", body: JSON.stringify(name ? { name } : {}) });
  return made.name;
}

async function open(name, seq = 0) {
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

async function route() {
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

// --- what a person does ------------------------------------------------------------------------------

$("copy").addEventListener("click", () => copy($("url").value, $("copy")));
$("url").addEventListener("focus", () => $("url").select());
$("older").addEventListener("click", older);
$("inboxes").addEventListener("change", () => open($("inboxes").value));
$("inboxes").addEventListener("focus", () => listInboxes().catch(() => null));
$("filter").addEventListener("change", load);
let typing = 0;
$("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(load, 150); });
$("new").addEventListener("click", () => { $("name").value = ""; $("creation-error").textContent = ""; $("creation").showModal(); });
$("cancel").addEventListener("click", () => $("creation").close());
$("creation-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const name = await create($("name").value.trim());
    $("creation").close();
    await open(name);
  } catch (error) {
    $("creation-error").textContent = `The name ${error.message}.`;
  }
});
twice($("clear"), "Clear all?", async () => { await ask(at(now.inbox, "/notifications"), { method: "DELETE" }); unshow(); });
twice($("delete"), "Delete it?", async () => {
  loading += 1;
  clearTimeout(timer);
  await asking; // it would be about an inbox that is gone
  await ask(at(now.inbox), { method: "DELETE" }).catch(() => null);
  now.inbox = "";
  history.replaceState(null, "", "/inbox/");
  await route();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("creation").open) return;
  const inField = event.target.matches("input:not([readonly]), select, textarea");
  if (event.key === "Escape") {
    if (event.target === $("search") && $("search").value) { $("search").value = ""; load(); } else if (inField) event.target.blur(); else if (now.selected) unshow();
    return;
  }
  if (inField) return;
  const inList = $("rows").contains(event.target);
  if (event.key === "j" || (inList && event.key === "ArrowDown")) step(1);
  else if (event.key === "k" || (inList && event.key === "ArrowUp")) step(-1);
  else if (event.key === "r") resend(now.selected, $("resend"));
  else if (event.key === "/") $("search").focus();
  else if (event.key === "c") copy($("url").value, $("copy"));
  else return;
  event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  now.unread = 0;
  showCounts();
  wait(loading, 0);
});
addEventListener("hashchange", route);
addEventListener("popstate", route);
route();

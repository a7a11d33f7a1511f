// One notification, in full.

import { $, copy, el, twice } from "./dom.js";
import { forwardsView } from "./forwards.js";
import { jsonView } from "./json_view.js";
import { mark, rowOf, showCounts, title } from "./list.js";
import { hurry } from "./live.js";
import { ask, at, now } from "./state.js";
import { calendar, curl, moment, visible, when } from "./text.js";
import { tone } from "./tones.js";

const PLAIN_FROM = 200_000; // characters of a body from which it is shown without colours
const narrow = () => matchMedia("(max-width: 800px)").matches;

function bodyView(notification) {
  if (notification.is_json && notification.body.length < PLAIN_FROM) return jsonView(notification.body);
  return el("pre", { tabindex: "0" }, notification.body ? visible(notification.body) : "(empty)");
}

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

export async function resend(seq, button) {
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
  hurry(); // the result comes with the news, in every tab
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

export async function show(seq, { focus = false } = {}) {
  if (!now.selected) now.scrolled = scrollY;
  now.selected = seq;
  mark(seq);
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
    el("div", { class: "head" }, el("h2", {}, ...title(item)), el("span", { class: "id", title: "Its number, for listen --resend" }, `#${seq}`), item.fields.status ? el("span", { class: "badge", "data-tone": tone(item.fields.status) }, visible(item.fields.status)) : null, actions(item)),
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

const back = () => el("button", { type: "button", class: "back", onclick: unshow }, "← All notifications");

export function unshow() {
  const seq = now.selected;
  now.selected = 0;
  document.body.classList.remove("reading");
  history.replaceState(null, "", `#${now.inbox}`);
  $("detail").replaceChildren(el("div", { class: "empty" }, el("h2", {}, "Nothing selected"), "Choose a notification to read it."));
  mark(0);
  rowOf(seq)?.focus({ preventScroll: true });
  if (narrow()) scrollTo(0, now.scrolled);
}

export function step(by) {
  const index = now.rows.findIndex((item) => item.seq === now.selected);
  const item = now.rows[index < 0 ? 0 : Math.min(Math.max(index + by, 0), now.rows.length - 1)];
  if (!item) return;
  show(item.seq);
  rowOf(item.seq)?.focus({ preventScroll: true });
  rowOf(item.seq)?.scrollIntoView({ block: "nearest" });
}

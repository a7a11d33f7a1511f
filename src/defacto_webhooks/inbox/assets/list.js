// The list of notifications.

import { $, copy, el } from "./dom.js";
import { showForwards } from "./forwards.js";
import { AT_FIRST, at, now } from "./state.js";
import { breakable, count, curl, number, visible, when } from "./text.js";
import { succeeded, tone } from "./tones.js";

export const rowOf = (seq) => $("rows").querySelector(`[data-seq="${seq}"]`);

export function title(item) {
  if (item.fields.event_type) return breakable(item.fields.event_type);
  return [item.problems[0]?.startsWith("the body") ? "Not JSON" : "No event type"];
}

export function row(item, isNew) {
  const { fields } = item;
  const sample = fields.id === "00000000-0000-0000-0000-000000000000"; // of doctor --probe
  const tags = [item.duplicate_of && "duplicate", item.problems.length && "not valid", sample && "sample"].filter(Boolean).map((text) => el("span", { class: "tag" }, text));
  const forwarded = item.forwards.at(-1);
  if (forwarded) tags.push(el("span", { class: "tag", "data-tone": succeeded(forwarded) ? "good" : "bad", title: "What the callback answered" }, forwarded.status ?? "no answer"));
  const about = fields.number || fields.amount ? [fields.number, fields.amount] : [fields.entity_type, fields.id];
  return el("li", {}, el("button", { type: "button", class: isNew ? "row new" : "row", "data-seq": item.seq, "aria-current": item.seq === now.selected ? "true" : "false" },
    el("span", { class: "dot", "data-tone": item.problems.length ? "warn" : tone(fields.status) }),
    el("span", { class: "pair" }, el("span", { class: "type" }, ...title(item)), when(item.received_at)),
    el("span", { class: "pair" }, el("span", { class: "sub" }, about.filter(Boolean).map(visible).join(" · ") || visible(item.problems[0] ?? "")), ...tags)));
}

export function showCounts() {
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
  if (filtered) return [el("h2", {}, "No matches"), "Try other words or another filter."];
  const example = {
    entity_type: "invoice", transition_name: "SUBMIT", status: "SUBMITTED", timestamp: new Date().toISOString(), id: crypto.randomUUID?.() ?? `${Date.now()}`,
    event_type: "Invoice.SUBMITTED", entity_state: { invoice_number: "F-2026-100001", currency: "EUR", total_amount: 123456 },
  };
  const line = curl(JSON.stringify(example), `${$("url").value}${now.needsToken ? "?token=YOUR-TOKEN" : ""}`);
  const button = el("button", { type: "button", class: "quiet", onclick: () => copy(line, button) }, "Copy");
  return [el("h2", {}, "Waiting for the first notification"), "It appears here without a reload. Try it:", el("div", { class: "sample" }, el("pre", { tabindex: "0" }, line), button)];
}

export function showFilter() {
  const chosen = $("filter").value;
  const option = (value, text) => el("option", { value, selected: value === chosen }, text);
  const types = [...now.types].sort().map((type) => option(`type:${type}`, visible(type)));
  $("filter").replaceChildren(option("", "All"), option("only:problems", "Not valid"), option("only:duplicates", "Duplicates"), ...types);
}

export function query(more = {}) {
  const params = new URLSearchParams(more);
  const [kind, ...value] = $("filter").value.split(":");
  if ($("search").value.trim()) params.set("q", $("search").value.trim());
  if (kind) params.set(kind, value.join(":"));
  return params.toString();
}

export function append(items, { top }) {
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

// The one that is read is marked; the others are not.
export function mark(seq) {
  for (const button of $("rows").querySelectorAll(".row")) button.setAttribute("aria-current", String(Number(button.dataset.seq) === seq));
}

// The inbox page: what a person does. Whatever a notification holds becomes text nodes, never markup.

import { resend, show, step, unshow } from "./detail.js";
import { $, copy, twice } from "./dom.js";
import { create, listInboxes, open, remove, route } from "./inboxes.js";
import { showCounts } from "./list.js";
import { hurry, load, older } from "./live.js";
import { ask, at, now } from "./state.js";

$("rows").addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row) show(Number(row.dataset.seq));
});
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
twice($("delete"), "Delete it?", remove);

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
  hurry();
});
addEventListener("hashchange", route);
addEventListener("popstate", route);
route();

// What the callback answered to a notification that was passed on.

import { $, el } from "./dom.js";
import { number, when } from "./text.js";
import { succeeded } from "./tones.js";

export function forwardsView(forwards) {
  if (!forwards.length) return [];
  const line = (forward) => [when(forward.at), el("span", { class: "badge", "data-tone": succeeded(forward) ? "good" : "bad" }, forward.error ?? `${forward.status}`), ` in ${number.format(forward.milliseconds)} ms`];
  return [el("h3", {}, "Forwarded"), el("ul", { class: "forwards" }, ...forwards.toReversed().map((forward) => el("li", {}, ...line(forward))))];
}

export function showForwards(item) {
  $("forwards")?.replaceChildren(...forwardsView(item.forwards));
}

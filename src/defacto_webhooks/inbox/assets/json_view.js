// JSON as a tree, without losing a digit or a repeated key.

import { el } from "./dom.js";
import { count, visible } from "./text.js";

export function jsonView(text) {
  const tokens = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/gs) ?? [];
  let next = 0;
  const string = (token) => visible(JSON.stringify(JSON.parse(token)));
  const scalar = (token) => el("span", { class: token[0] === '"' ? "string" : /[-\d]/.test(token[0]) ? "number" : "word" }, token[0] === '"' ? string(token) : token);
  const value = (key) => {
    const token = tokens[next++];
    const name = key ? [el("span", { class: "key" }, string(key)), ": "] : [];
    if (token !== "{" && token !== "[") return { node: el("div", {}, ...name, scalar(token)), tail: null };
    const close = token === "{" ? "}" : "]";
    const inside = el("div");
    let entries = 0;
    while (tokens[next] !== close) {
      const inner = token === "{" ? tokens[next] : null;
      if (inner) next += 2;
      const child = value(inner);
      if (tokens[next] === ",") { next += 1; (child.tail ?? child.node).append(","); }
      inside.append(child.node);
      entries += 1;
    }
    next += 1;
    if (!entries) return { node: el("div", {}, ...name, token + close), tail: null };
    const hint = ` ${count(entries, token === "{" ? "field" : "entry", token === "{" ? "fields" : "entries")} ${close}`;
    const tail = el("span", {}, close);
    return { node: el("details", { open: true }, el("summary", {}, ...name, token, el("span", { class: "fold" }, hint)), inside, tail), tail };
  };
  return el("div", { class: "json", tabindex: "0", role: "group", "aria-label": "Body" }, value(null).node);
}

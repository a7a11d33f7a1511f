// How values are shown.

import { el } from "./dom.js";

// What can't be seen would drive a terminal, reorder what a reader sees, or make two texts look the same.
const UNSEEN = /(?![\t\n ])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/gu;
const hex = (number, digits) => number.toString(16).padStart(digits, "0");
const shown = (c) => (c.codePointAt(0) < 0x10000 ? `\\u${hex(c.codePointAt(0), 4)}` : `\\u{${hex(c.codePointAt(0), 1)}}`);
export const visible = (text) => text.replace(UNSEEN, shown);

// A name that may go on in the next line between its words.
export const breakable = (name) => visible(name).split(/(?<=[._])|(?<=[a-z])(?=[A-Z])/u).flatMap((part) => [part, el("wbr")]);

// A word for the shell; what can't be seen is written out, so that pasting it can't do anything.
const bytes = (c) => [...new TextEncoder().encode(c)].map((byte) => `\\x${hex(byte, 2)}`).join("");
export function word(text) {
  if (text.search(UNSEEN) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${text.replace(/[\\']/g, "\\$&").replace(UNSEEN, bytes)}'`;
}

export const curl = (body, url) => `curl ${word(url)} -H 'content-type: application/json' \\\n  --data-raw ${word(body)}`;

export const number = new Intl.NumberFormat();
export const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
export const count = (many, one, more) => `${number.format(many)} ${many === 1 ? one : more}`;

export function when(seconds, older = day) {
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === new Date().toDateString();
  return el("time", { datetime: date.toISOString(), title: calendar.format(date) }, today ? clock.format(date) : older.format(date));
}

export function moment(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? visible(text) : el("time", { datetime: date.toISOString(), title: visible(text) }, calendar.format(date));
}

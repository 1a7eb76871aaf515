// Days and times, as people say them. Pure. Times are seconds since 1970; `locale` is a language of the page.

import { t } from "./words.js";

const DAY = 86_400_000;

/** @param {string} locale */
const tag = (locale) => (locale === "zh" ? "zh-Hans-CN" : locale === "zh-hant" ? "zh-Hant-TW" : "en-GB");

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** Making one takes long, and each message needs one. @param {string} locale @param {Intl.DateTimeFormatOptions} options */
function format(locale, options) {
  const key = locale + JSON.stringify(options);
  let cached = formats.get(key);
  if (!cached) formats.set(key, (cached = new Intl.DateTimeFormat(tag(locale), options)));
  return cached;
}

/** Hours and minutes. @param {number} time @param {string} locale */
export const clock = (time, locale) =>
  format(locale, { hour: "2-digit", minute: "2-digit", hour12: false }).format(time * 1000);

/** Everything. @param {number} time @param {string} locale */
export const moment = (time, locale) =>
  format(locale, { dateStyle: "full", timeStyle: "medium", hour12: false }).format(time * 1000);

/** Which day it is, for comparing. @param {number} time */
export const dayOf = (time) => new Date(time * 1000).toDateString();

/** The day's name. @param {number} time @param {string} locale @param {number} [now] milliseconds */
export function day(time, locale, now = Date.now()) {
  const ago = daysBetween(time * 1000, now);
  if (ago === 0) return t("Today");
  if (ago === 1) return t("Yesterday");
  if (ago > 1 && ago < 7) return format(locale, { weekday: "long" }).format(time * 1000);
  const isThisYear = new Date(time * 1000).getFullYear() === new Date(now).getFullYear();
  return format(locale, { day: "numeric", month: "long", ...(!isThisYear && { year: "numeric" }) }).format(
    time * 1000,
  );
}

/** When something ends. @param {number} time @param {string} locale @param {number} [now] milliseconds */
export function ending(time, locale, now = Date.now()) {
  const ahead = daysBetween(now, time * 1000);
  const isNear = ahead === 0 || ahead === 1;
  const dayText = isNear ? new Intl.RelativeTimeFormat(tag(locale), { numeric: "auto" }).format(ahead, "day") : day(time, locale, now);
  const hour = clock(time, locale);
  if (locale.startsWith("zh")) return `${dayText} ${hour}`;
  return isNear ? `${hour} ${dayText}` : `${hour} on ${dayText}`;
}

/** As short as a list has room for. @param {number} time @param {string} locale @param {number} [now] */
export function brief(time, locale, now = Date.now()) {
  const ago = daysBetween(time * 1000, now);
  if (ago <= 0) return clock(time, locale);
  if (ago === 1) return t("Yesterday");
  if (ago < 7) return format(locale, { weekday: "short" }).format(time * 1000);
  return format(locale, { day: "numeric", month: "numeric", year: "2-digit" }).format(time * 1000);
}

/** @param {number} then @param {number} now */
function daysBetween(then, now) {
  return Math.round((midnight(now) - midnight(then)) / DAY);
}

/** @param {number} at */
const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);

/** How long it takes, as `1:05` or `1:00:00`. @param {number} seconds */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor(left / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
}

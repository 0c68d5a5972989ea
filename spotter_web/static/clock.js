// The server's clock, and times as people read them. Ages never go by the browser's clock alone.

import { t } from "./text.js";

let offset_s = 0;

/** Take in what the server's clock said just now. */
export function setNow(now_s) {
  if (Number.isFinite(now_s)) offset_s = now_s - Date.now() / 1000;
}

/** Seconds since 1970 by the server's clock. */
export function now() {
  return Date.now() / 1000 + offset_s;
}

const SECOND = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** The time of day, with the day where it is not today. */
export function clockTime(at_s) {
  const date = new Date(at_s * 1000);
  const isToday = date.toDateString() === new Date(now() * 1000).toDateString();
  return isToday ? SECOND.format(date) : `${DAY.format(date)} ${SECOND.format(date)}`;
}

/** A length of time in words, in two units at most. */
export function length(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return t("time.seconds", { count: whole });
  if (whole < 3600 && whole % 60 === 0) return t("time.minutes-even", { minutes: whole / 60 });
  if (whole < 3600) return t("time.minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
  if (whole < 86400) return t("time.hours", { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60) });
  return t("time.days", { count: Math.floor(whole / 86400) });
}

/** How long ago something was. */
export function age(at_s) {
  return length(now() - at_s);
}

/** Do something now and every second until the signal. */
export function everySecond(signal, action) {
  action();
  const timer = setInterval(action, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
}

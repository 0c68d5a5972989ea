// One's own watch: decisions, pace, time, vigilance; and one's own password and tokens.

import { getJson, segment, send } from "./api.js";
import { clockTime, length } from "./clock.js";
import { h, put } from "./dom.js";
import * as notices from "./notices.js";
import { t } from "./text.js";
import { vigilanceCard } from "./vigilance.js";

const EVERY_MS = 30_000;

export function mount(main, { session }, signal) {
  const figures = h("section", { class: "figures-row" });
  const vigilance = h("section", { class: "box-card" });
  put(main, h("header", { class: "head" }, h("h1", {}, t("page.session"))), figures, vigilance,
    h("div", { class: "columns" }, passwordForm(), tokens(signal)));

  async function load() {
    try {
      const found = await getJson("session/figures", { signal });
      put(figures, drawFigures(found, session));
      put(vigilance, vigilanceCard(found.vigilance));
    } catch (error) {
      if (!signal.aborted) notices.sayError(error);
    }
  }

  const timer = setInterval(load, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  load();
}

function drawFigures(found, session) {
  const isRest = found.on_watch_s >= session.rest_after_s;
  const verdicts = ["clear", "unsure", "suspicious"].map((one) => `${found.by_verdict[one] ?? 0} ${t(`verdict.${one}`).toLowerCase()}`).join(", ");
  return [
    figure(t("session.decisions"), String(found.decisions), verdicts),
    figure(t("session.pace"), t("session.per-minute", { count: found.per_minute.toFixed(1) }), t("session.pace.what")),
    figure(t("session.on-watch"), length(found.on_watch_s), isRest ? t("session.rest") : t("session.rest.at", { time: length(session.rest_after_s) })),
  ];
}

function figure(title, value, words) {
  return h("div", { class: "figure" }, h("h2", {}, title), h("p", { class: "value" }, value), h("p", { class: "muted" }, words));
}

function passwordForm() {
  const field = (id, words, complete) => [h("label", { for: id }, words), h("input", { id, name: id, type: "password", autocomplete: complete, required: true, minlength: id === "password" ? null : 12, maxlength: 1024 })];
  const form = h("form", { class: "box-card stack" }, h("h2", {}, t("session.password")),
    field("password", t("session.password.old"), "current-password"), field("new_password", t("session.password.new"), "new-password"),
    h("button", { type: "submit", class: "button" }, t("session.password.change")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await send("POST", "session/password", Object.fromEntries(new FormData(form)));
      form.reset();
      notices.say(t("session.password.done"), { kind: "good" });
    } catch (error) {
      notices.sayError(error);
    }
  });
  return form;
}

function tokens(signal) {
  const list = h("ul", { class: "tokens" });
  const secret = h("p", { class: "secret", role: "status" });
  const label = h("input", { id: "label", name: "label", required: true, maxlength: 64 });
  const days = h("input", { id: "days", name: "days", type: "number", min: 1, max: 3650, value: 365, required: true });
  const form = h("form", { class: "row fields" }, h("label", {}, h("span", {}, t("session.token.label")), label), h("label", {}, h("span", {}, t("session.token.days")), days),
    h("button", { type: "submit", class: "button" }, t("session.token.make")));

  async function load() {
    const found = await getJson("tokens", { signal });
    put(list, found.map((token) => h("li", {}, h("strong", {}, token.label), h("span", { class: "muted" }, t("session.token.until", { time: clockTime(token.expires_s) })),
      h("button", { type: "button", class: "button small danger", onclick: () => act(() => send("DELETE", `tokens/${segment(token.label)}`)) }, t("session.token.remove")))));
    if (!found.length) put(list, h("li", { class: "muted" }, t("session.token.none")));
  }

  async function act(action) {
    try {
      const made = await action();
      put(secret, made?.secret ? [t("session.token.once"), h("code", {}, made.secret)] : null);
      await load();
    } catch (error) {
      if (!signal.aborted) notices.sayError(error);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(() => send("POST", "tokens", { label: label.value, lasts_days: Number(days.value) })).then(() => form.reset());
  });
  act(async () => null);
  return h("section", { class: "box-card stack" }, h("h2", {}, t("session.tokens")), h("p", { class: "muted" }, t("session.tokens.what")), list, secret, form);
}

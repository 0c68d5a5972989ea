// The way in: name and password, or the secret of a one-time link.

import { Refused, send } from "./api.js";
import { length } from "./clock.js";
import { h, put, write } from "./dom.js";
import * as kept from "./kept.js";
import { t } from "./text.js";

/** Show it; `why` says what brought the person here. */
export function mount(main, { why, name, enter }) {
  const words = h("p", { class: "words", role: "alert" });
  const user = h("input", { id: "name", name: "name", autocomplete: "username", required: true, maxlength: 64, autocapitalize: "none", spellcheck: "false", value: name });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 1024 });
  const button = h("button", { type: "submit", class: "button main" }, t("sign-in.do"));
  const form = h("form", { class: "card" },
    h("h1", {}, t("sign-in.title")), words,
    h("label", { for: "name" }, t("sign-in.name")), user,
    h("label", { for: "password" }, t("sign-in.password")), password, button);
  put(main, form);
  if (why === "ended") write(words, name && kept.count() ? `${t("sign-in.ended")} ${t("sign-in.kept", { count: kept.count(), name })}` : t("sign-in.ended"));
  (name ? password : user).focus();

  async function tryIn(path, body, wrong) {
    button.disabled = true;
    try {
      enter(await send("POST", path, body, { isQuiet: true }));
    } catch (error) {
      write(words, sayWhy(error, wrong));
      button.disabled = false;
      password.value = "";
      (user.value ? password : user).focus();
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tryIn("session", { name: user.value, password: password.value }, t("sign-in.wrong"));
  });
  if (why !== "link") return;
  const secret = decodeURIComponent(location.hash.slice("#link=".length));
  // Out of the address before anything else: addresses are kept, shown and sent on.
  history.replaceState(null, "", location.pathname);
  write(words, t("sign-in.link"));
  tryIn("session/link", { secret }, t("sign-in.link-used"));
}

function sayWhy(error, wrong) {
  if (!(error instanceof Refused)) return t("lost.short");
  if (error.status === 429) return t("sign-in.slow", { time: length(error.retryAfter_s || 1) });
  return [400, 401, 403, 404].includes(error.status) ? wrong : error.message;
}

// Who may what: users, their roles and the cameras that they may see.

import { getJson, segment, send } from "./api.js";
import { clockTime } from "./clock.js";
import { h, put } from "./dom.js";
import * as notices from "./notices.js";
import { t } from "./text.js";

const ROLES = ["spotter", "supervisor", "admin"];

export function mount(main, { session }, signal) {
  const list = h("ul", { class: "users" });
  const adding = h("div", {});
  put(main, h("header", { class: "head" }, h("h1", {}, t("page.people"))),
    h("section", { class: "box-card stack" }, h("h2", {}, t("people.add")), adding), list,
    h("p", { class: "muted" }, t("people.tokens"), " ", h("a", { href: "/session" }, t("page.session"))));
  let cameras = [];

  async function load() {
    try {
      const [users, wall] = await Promise.all([getJson("users", { signal }), getJson("wall", { signal })]);
      cameras = wall.tiles.map((tile) => tile.camera).sort();
      put(list, users.map(row));
      if (!adding.children.length) put(adding, addForm());
    } catch (error) {
      if (!signal.aborted) notices.sayError(error);
    }
  }

  async function act(action, words) {
    try {
      await action();
      await load();
      notices.say(words, { kind: "good" });
    } catch (error) {
      notices.sayError(error);
    }
  }

  function addForm() {
    const scope = scopeFields(null, []);
    const form = h("form", {}, h("div", { class: "row fields" },
      field(t("sign-in.name"), h("input", { name: "name", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "none" })),
      field(t("people.password"), h("input", { name: "password", type: "password", required: true, minlength: 12, maxlength: 1024, autocomplete: "new-password" })),
      field(t("people.role"), h("select", { name: "role" }, roles("spotter")))),
      scope.element,
      h("button", { type: "submit", class: "button main" }, t("people.add.do")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { name, password, role } = Object.fromEntries(new FormData(form));
      act(async () => { await send("POST", "users", { name, password, role, scope: scope.chosen() }); put(adding); }, t("people.added", { name }));
    });
    return form;
  }

  function row(user) {
    const path = `users/${segment(user.name)}`;
    const role = h("select", { onchange: () => act(() => send("PATCH", path, { role: role.value }), t("people.changed", { name: user.name })) }, roles(user.role));
    const password = h("input", { type: "password", minlength: 12, maxlength: 1024, required: true, autocomplete: "new-password" });
    const form = h("form", { class: "row fields" }, field(t("people.password.new"), password), h("button", { type: "submit", class: "button" }, t("people.password.set")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(() => send("PATCH", path, { password: password.value }), t("people.changed", { name: user.name }));
    });
    const isMe = user.name === session.name;
    return h("li", { class: "user" }, h("div", { class: "user-head" },
      h("div", {}, h("strong", {}, user.name), isMe ? h("span", { class: "muted" }, ` ${t("people.you")}`) : null, h("p", { class: "entry-sub" }, t("people.since", { time: clockTime(user.made_s) }))),
      field(t("people.role"), role),
      h("p", { class: "user-scope" }, h("span", { class: "muted" }, t("people.scope")), " ", user.scope === null ? t("people.scope.all") : user.scope.join(", ") || t("people.scope.none")),
      user.tokens ? h("p", { class: "muted" }, t(user.tokens === 1 ? "people.tokens.one" : "people.tokens.count", { count: user.tokens })) : null,
      details(path, scopeForm(user, path), form, user.tokens ? tokenList() : null, isMe ? null : removeButton(user, path))));
  }

  function details(path, ...parts) {
    const tokens = parts.find((part) => part?.classList.contains("tokens"));
    return h("details", { ontoggle: (event) => event.target.open && tokens && loadTokens(tokens, path) }, h("summary", { class: "button small" }, t("people.change")), parts);
  }

  function tokenList() {
    return h("ul", { class: "tokens", "aria-label": t("session.tokens") });
  }

  async function loadTokens(list, path) {
    try {
      const found = await getJson(`${path}/tokens`, { signal });
      put(list, found.map((token) => h("li", {}, h("strong", {}, token.label), h("span", { class: "muted" }, t("session.token.until", { time: clockTime(token.expires_s) })),
        h("button", { type: "button", class: "button small danger", onclick: () => removeToken(list, path, token) }, t("session.token.remove")))));
    } catch (error) {
      if (!signal.aborted) notices.sayError(error);
    }
  }

  async function removeToken(list, path, token) {
    try {
      await send("DELETE", `${path}/tokens/${segment(token.label)}`);
      await loadTokens(list, path);
      notices.say(t("people.token.removed", { label: token.label, name: token.user }), { kind: "good" });
    } catch (error) {
      notices.sayError(error);
    }
  }

  function scopeForm(user, path) {
    const scope = scopeFields(user.scope, user.scope ?? []);
    const form = h("form", {}, scope.element, h("button", { type: "submit", class: "button" }, t("save")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(() => send("PATCH", path, { scope: scope.chosen() }), t("people.changed", { name: user.name }));
    });
    return form;
  }

  /** All cameras, or these; also such as are in a scope and not here any more. */
  function scopeFields(scope, more) {
    const names = [...new Set(cameras.concat(more))];
    const all = h("input", { type: "checkbox", checked: scope === null });
    const boxes = names.map((name) => h("input", { type: "checkbox", value: name, checked: scope === null || scope.includes(name) }));
    const follow = () => { for (const box of boxes) box.disabled = all.checked; };
    all.addEventListener("change", follow);
    follow();
    const element = h("fieldset", { class: "scope" }, h("legend", {}, t("people.scope")),
      h("label", { class: "switch" }, all, t("people.scope.all")), boxes.map((box) => h("label", { class: "switch" }, box, box.value)));
    return { element, chosen: () => (all.checked ? null : boxes.filter((box) => box.checked).map((box) => box.value)) };
  }

  function removeButton(user, path) {
    const button = h("button", { type: "button", class: "button danger" }, t("people.remove"));
    button.addEventListener("click", () => {
      if (button.dataset.asked) return act(() => send("DELETE", path), t("people.removed", { name: user.name }));
      button.dataset.asked = "yes";
      put(button, t("people.remove.sure", { name: user.name }));
    });
    return button;
  }

  load();
}

function field(words, element) {
  return h("label", {}, h("span", {}, words), element);
}

function roles(chosen) {
  return ROLES.map((role) => h("option", { value: role, selected: role === chosen }, t(`role.${role}`)));
}

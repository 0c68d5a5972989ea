// Frames whose answer is known: added from a file, withdrawn; and what they say of everybody's watch.

import { getJson, query, segment, send } from "./api.js";
import { clockTime } from "./clock.js";
import { h, put } from "./dom.js";
import * as notices from "./notices.js";
import { t } from "./text.js";
import { vigilanceCard } from "./vigilance.js";

export function mount(main, _context, signal) {
  const list = h("ul", { class: "known" });
  const vigilance = h("section", { class: "box-card" });
  const form = uploadForm(signal, load);
  put(main, h("header", { class: "head" }, h("h1", {}, t("page.test-frames")), h("p", { class: "summary" }, t("known.what"))),
    vigilance, h("section", { class: "box-card stack" }, h("h2", {}, t("known.add")), form, h("p", { class: "muted" }, t("known.from-history"))), list);

  async function load() {
    try {
      const found = await getJson("test-frames", { signal });
      put(list, found.map((one) => known(one, load)));
      if (!found.length) put(list, h("li", { class: "empty" }, t("known.none")));
      const rows = await getJson("vigilance", { signal });
      put(vigilance, vigilanceCard(rows, { hasNames: true }));
    } catch (error) {
      if (!signal.aborted) notices.sayError(error);
    }
  }

  load();
}

function known(one, load) {
  const withdraw = async () => {
    try {
      await send("DELETE", `test-frames/${segment(one.frame_id)}`);
      load();
    } catch (error) {
      notices.sayError(error);
    }
  };
  return h("li", { class: "known-frame" },
    h("img", { src: `/api/v1/frames/${segment(one.frame_id)}`, alt: t("known.picture", { camera: one.camera }), loading: "lazy", width: 240, height: 135 }),
    h("p", { class: "entry-title" }, h("strong", {}, one.camera), h("span", { class: "remark" }, t(one.is_target ? "known.target" : "known.nothing"))),
    h("p", { class: "entry-sub" }, t("known.by", { person: one.added_by, time: clockTime(one.added_s) })),
    h("p", { class: "entry-sub" }, t("known.answers", { count: one.answers })),
    h("button", { type: "button", class: "button small", onclick: withdraw }, t("known.withdraw")));
}

function uploadForm(signal, load) {
  const camera = h("select", { id: "camera", required: true });
  const file = h("input", { id: "file", type: "file", accept: "image/jpeg", required: true });
  const threat = h("input", { id: "threat", type: "number", min: 0, max: 1, step: 0.05, value: 0.5, required: true });
  const target = h("select", { id: "target" }, h("option", { value: "true" }, t("known.target")), h("option", { value: "false" }, t("known.nothing")));
  const field = (words, element) => h("label", {}, h("span", {}, words), element);
  const form = h("form", { class: "row fields" }, field(t("known.file"), file), field(t("history.camera"), camera), field(t("known.answer"), target), field(t("known.threat"), threat),
    h("button", { type: "submit", class: "button main" }, t("known.upload")));
  getJson("wall", { signal }).then(({ tiles }) => put(camera, tiles.map((tile) => h("option", {}, tile.camera)).sort((one, other) => (one.value < other.value ? -1 : 1)))).catch(() => {});
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await send("POST", `test-frames${query({ camera: camera.value, is_target: target.value, threat: threat.value })}`, file.files[0], { type: "image/jpeg" });
      form.reset();
      load();
    } catch (error) {
      notices.sayError(error);
    }
  });
  return form;
}

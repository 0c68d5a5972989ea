// How the machinery does: every stage and camera, what is wrong first, in words.

import { getJson } from "./api.js";
import { length } from "./clock.js";
import { h, put, shape } from "./dom.js";
import { t } from "./text.js";

const EVERY_MS = 2_000;

export function mount(main, _context, signal) {
  const wrong = h("section", { class: "box-card", hidden: true });
  const stages = h("section", { class: "box-card" });
  const cameras = h("section", { class: "box-card" });
  const disks = h("section", { class: "box-card" });
  const problem = h("p", { class: "warning", hidden: true, role: "status" });
  put(main, h("header", { class: "head" }, h("h1", {}, t("page.system"))), problem, wrong, stages, cameras, disks);

  async function load() {
    try {
      const [overview, views] = await Promise.all([getJson("stages", { signal }), getJson("cameras", { signal })]);
      const found = [...Object.entries(overview.full_disks), ...troubles(overview.stages, views)];
      wrong.hidden = !found.length;
      put(wrong, h("h2", {}, t("system.wrong")), h("ul", { class: "troubles" }, found.map(([name, words]) => h("li", {}, shape("alarming"), h("strong", {}, name), h("span", {}, words)))));
      put(stages, h("h2", {}, t("system.stages")), stagesTable(overview.stages));
      put(cameras, h("h2", {}, t("system.cameras")), camerasTable(views));
      put(disks, h("h2", {}, t("system.disks")), disksTable(overview.disks));
      problem.hidden = !overview.problem;
      put(problem, overview.problem);
    } catch (error) {
      if (signal.aborted) return;
      problem.hidden = false;
      put(problem, error.status ? error.message : t("system.silent"));
    }
  }

  (async () => {
    while (!signal.aborted) {
      await load();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
}

function troubles(stages, cameras) {
  const found = [];
  for (const stage of stages) {
    if (stage.state !== "serving") found.push([stage.stage, t(`system.stage.${stage.state}`)]);
    if (stage.figures?.trouble) found.push([stage.stage, stage.figures.trouble]);
  }
  for (const camera of cameras) {
    if (camera.state !== "live") found.push([camera.camera, `${t(`state.${camera.state}`)}. ${camera.why}`]);
    for (const remark of Object.values(camera.remarks)) found.push([camera.camera, remark]);
  }
  return found;
}

function table(heads, rows, label) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, h("table", {},
    h("thead", {}, h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, rows)));
}

function stagesTable(stages) {
  const heads = ["stage", "state", "queue", "queue-age", "handlers", "done", "dropped", "restarts"].map((name) => t(`system.${name}`));
  return table(heads, stages.map((stage) => {
    const figures = stage.figures;
    const cells = figures
      ? [figures.queue_events, length(figures.queue_age_s), `${figures.handlers.length} / ${figures.handlers_max}`, figures.events.done ?? 0, drops(figures), `${sum(figures.restarts)} + ${stage.controller_restarts ?? "–"}`]
      : Array(6).fill("–");
    return h("tr", { class: stage.state === "serving" ? "" : "is-wrong" }, h("th", { scope: "row" }, stage.stage), h("td", {}, t(`system.stage.${stage.state}`)),
      cells.map((value) => h("td", { class: "number" }, String(value))));
  }), t("system.stages"));
}

function disksTable(disks) {
  const heads = ["directory", "free", "floor", "state"].map((name) => t(`system.${name}`));
  return table(heads, disks.map((disk) => h("tr", { class: disk.why ? "is-wrong" : "" }, h("th", { scope: "row" }, disk.directory),
    h("td", { class: "number" }, size(disk.free_bytes)), h("td", { class: "number" }, size(disk.floor_bytes)), h("td", { class: "wide-cell" }, disk.why || t("system.has-room")))), t("system.disks"));
}

function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  for (; bytes >= 1024 && place < units.length - 1; place += 1) bytes /= 1024;
  return `${Number(bytes.toPrecision(3))} ${units[place]}`;
}

/** Nothing is dropped in silence: how many, and why. */
function drops(figures) {
  const reasons = Object.entries(figures.drops).map(([reason, keys]) => `${sum(keys)} ${inWords(reason)}`);
  return reasons.join(", ") || "0";
}

/** Return what a page says of a reason; one without words of ours stands as it is counted. */
function inWords(reason) {
  const name = reason.replaceAll(" ", "-");
  return t.has(`drop.${name}`) ? t(`drop.${name}`) : reason;
}

function sum(counts) {
  return Object.values(counts).reduce((total, one) => total + one, 0);
}

function camerasTable(cameras) {
  const heads = ["camera", "state", "for", "picture-age", "rate", "size", "reconnects", "why"].map((name) => t(`system.${name}`));
  return table(heads, cameras.map((camera) => h("tr", { class: camera.state === "live" ? "" : "is-wrong" },
    h("th", { scope: "row" }, camera.camera), h("td", {}, t(`state.${camera.state}`)), h("td", { class: "number" }, length(camera.state_for_s)),
    h("td", { class: "number" }, camera.picture_age_s === null ? "–" : length(camera.picture_age_s)),
    h("td", { class: "number" }, camera.frames_per_s === null ? "–" : camera.frames_per_s.toFixed(1)),
    h("td", { class: "number" }, camera.width_px ? `${camera.width_px}×${camera.height_px}` : "–"),
    h("td", { class: "number" }, String(camera.reconnects)), h("td", { class: "wide-cell" }, camera.why || (camera.last_error ? h("span", { class: "muted" }, t("system.earlier", { error: camera.last_error })) : "–")))), t("system.cameras"));
}

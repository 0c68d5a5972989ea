// How well somebody finds what is there, in words and as a table: shown from so many test frames on.

import { h } from "./dom.js";
import { t } from "./text.js";

/** Say and draw rows of vigilance; with names where they are of several people. */
export function vigilanceCard(rows, { hasNames = false } = {}) {
  const words = rows.length ? ["vigilance.what", "vigilance.d-prime.what"] : ["vigilance.what", "vigilance.none"];
  return [h("h2", {}, t("vigilance.title")), words.map((name) => h("p", { class: "muted" }, t(name))), rows.length ? table(rows, hasNames) : null];
}

function table(rows, hasNames) {
  const heads = [hasNames ? t("vigilance.person") : null, t("vigilance.band"), t("vigilance.cases"), t("vigilance.hits"), t("vigilance.false-alarms"), t("vigilance.d-prime")];
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("vigilance.title") }, h("table", {},
    h("thead", {}, h("tr", {}, heads.filter(Boolean).map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", {}, rows.map((row) => h("tr", {},
      hasNames ? h("th", { scope: "row" }, row.person) : null,
      h("td", {}, row.band ? t(`band.${row.band}`) : t("vigilance.all")),
      h("td", { class: "number" }, String(row.cases)), figures(row))))));
}

function figures(row) {
  if (row.cases < row.cases_needed) return h("td", { colspan: 3, class: "muted" }, t("vigilance.too-few", { count: row.cases_needed }));
  return [share(row.hit_rate), share(row.false_alarm_rate), interval(row.d_prime, (value) => value.toFixed(1))];
}

function share(estimate) {
  return interval(estimate, (value) => `${Math.round(value * 100)} %`);
}

function interval(estimate, say) {
  if (!estimate) return h("td", {}, "–");
  return h("td", { class: "number" }, h("strong", {}, say(estimate.value)), h("span", { class: "muted" }, ` ${say(estimate.low)} – ${say(estimate.high)}`));
}

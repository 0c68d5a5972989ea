// Alarms on every page: how many nobody has taken, a word when one is raised, and a tone if wished.

import { getJson } from "./api.js";
import { now } from "./clock.js";
import * as events from "./events.js";
import { hasLocks } from "./hub/locks.js";
import * as notices from "./notices.js";
import { dropQuestion, putQuestion, showAlarms } from "./shell.js";
import { t } from "./text.js";
import { askAndHear } from "./told.js";
import { play } from "./tones.js";

/** A stream begins with what is open already; only what was just raised is news. */
const NEWS_S = 15;
const SOUND = "seda.sound";

const open = new Set();
const known = new Set();
let me = "";

/** Count what is open and listen from now on. */
export async function begin(name) {
  me = name;
  open.clear();
  try {
    const { answer, told } = await askAndHear("alarm", (alarm) => alarm.alarm_id, () => getJson("alarms?state=raised&limit=200"));
    for (const alarm of answer.alarms) if (!told.has(alarm.alarm_id)) note(alarm, true);
  } catch {
    // The stream tells of what is raised from now on; the page says that the connection is lost.
  }
  showAlarms(open.size);
  askForSound();
}

// Asked in another tab.
addEventListener("storage", ({ key }) => key === SOUND && dropQuestion());

events.on("alarm", (alarm) => {
  note(alarm, false);
  showAlarms(open.size);
});

function note(alarm, isQuiet) {
  const isNew = alarm.state === "raised" && !known.has(alarm.alarm_id);
  known.add(alarm.alarm_id);
  if (alarm.state === "raised") open.add(alarm.alarm_id);
  else open.delete(alarm.alarm_id);
  // Whoever raised it has been told already.
  if (!isNew || isQuiet || alarm.raised_by === me || now() - alarm.raised_s > NEWS_S) return;
  if (location.pathname !== "/alarms") notices.say(`${alarm.camera || t("alarms.no-camera")}: ${alarm.sentence}`, { kind: "alarm", shown_ms: 12_000, link: { href: "/alarms", says: t("alarms.show") } });
  if (sound() === "on") playOnce(alarm.alarm_id);
}

/** One tab of a browser plays it, however many are open. */
function playOnce(alarm_id) {
  if (!hasLocks) return play();
  navigator.locks.request(`sound-${alarm_id}`, { ifAvailable: true }, (lock) => {
    if (!lock) return null;
    play();
    return new Promise((resolve) => setTimeout(resolve, NEWS_S * 1000));
  });
}

/** "on", "off", or null where nobody was asked; "off" where nothing can be kept. */
function sound() {
  try {
    return localStorage.getItem(SOUND);
  } catch {
    return "off";
  }
}

/** Ask once in this browser; a browser plays only what somebody has asked for. */
function askForSound() {
  if (sound() !== null) return;
  const answer = (value) => () => {
    localStorage.setItem(SOUND, value);
    dropQuestion();
    if (value === "on") play();
  };
  putQuestion(t("sound.short"), t("sound.ask"), [[t("sound.yes"), answer("on")], [t("sound.no"), answer("off")]]);
}

"""Fills a site with what an evening leaves: decisions, alarms, notes, test frames, people."""

import time
from typing import Any, get_args

import attrs

from seda.decisions import VerdictWord
from spotter_web import views
from testing.console.site import Site

VERDICTS: tuple[VerdictWord, ...] = get_args(VerdictWord)
DECISIONS = 24


def populate(site: Site) -> None:
    """Let people have worked for a while."""
    for number in range(DECISIONS):
        found = site.next_frame("page-of-an-hour-ago", set(), 0)
        assert isinstance(found, tuple)
        held, _ = found
        verdict = "suspicious" if held.case.threat > 0.7 else VERDICTS[(number % 5 == 0) * 2]
        note = "Two people by the bins, the same as yesterday." if number % 6 == 0 else ""
        site.decide(held.lease_id, verdict, note, "anna" if number % 3 else "ben")
    site.leave("page-of-an-hour-ago")
    _age_history(site)
    _age_alarms(site)
    now_s = time.time()
    site.notes = [
        views.NoteView(
            "ben", "Delivery at the dock until 23:00, white van, is known.", now_s - 900
        ),
        views.NoteView("anna", "Gate: barrier stays up, technician is ordered.", now_s - 30_000),
    ]
    site.test_frames = [
        views.TestFrame(entry.lease_id, entry.camera, entry.threat, number % 2 == 0, "anna",
                        now_s - 86_400 * number, number * 7)
        for number, entry in enumerate(site.history[:4])
    ]  # fmt: skip
    site.tokens = [views.Token("nightly report", "anna", now_s - 90_000, now_s + 9e6)]
    site.roles["carla"] = "supervisor"
    cameras = sorted({case.camera for case in site.cases})
    site.users["ben"] = views.User("ben", "spotter", tuple(cameras[:2]), now_s - 4e6)
    site.users["carla"] = views.User("carla", "supervisor", None, now_s - 6e6)
    site.states = {cameras[0]: "offline", cameras[1]: "frozen"}
    site.gone.clear()
    site.sent.clear()


def _age_history(site: Site) -> None:
    for place, entry in enumerate(site.history):
        by_s = 40.0 * place + 3
        site.history[place] = attrs.evolve(
            entry,
            decided_s=entry.decided_s - by_s,
            captured_s=entry.captured_s - by_s,
            undo_until_s=entry.undo_until_s - by_s,
        )


def _age_alarms(site: Site) -> None:
    now_s = time.time()
    changes: list[dict[str, Any]] = [
        {"state": "acknowledged", "holder": "ben",
         "notes": (views.NoteView("ben", "Guard is on the way.", now_s - 200),)},
        {"deliveries": (views.DeliveryView("duty phone", now_s, 3, None, now_s + 20, "503"),)},
        {},
        {"state": "resolved", "outcome": "real", "holder": "anna"},
        {"state": "resolved", "outcome": "false", "holder": "ben"},
    ]  # fmt: skip
    for place, (alarm_id, alarm) in enumerate(list(site.alarms.items())):
        aged = attrs.evolve(alarm, raised_s=now_s - 60 - 300 * place, changed_s=now_s - 30 * place)
        fallback: dict[str, Any] = {"state": "resolved", "outcome": "unclear"}
        more = changes[place] if place < len(changes) else fallback
        site.alarms[alarm_id] = attrs.evolve(aged, **more)

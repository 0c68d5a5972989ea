"""The assignment stage in real processes: frames in, pairs out."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from conf.schema import Maintenance
from seda.codec import decode_body
from seda.decisions import Unheld, VerdictWord
from tests.stages.assignment.running_stage import (
    HEAT,
    JPEG,
    USUAL,
    running,
    session_of,
    settings_with,
)


def test_a_frame_goes_to_who_asks_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    """The picture, its facts and a sealed lease reach the reply stage with the connection (R28)."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        shown = place.take("anna", "page-of-anna")
        assert shown.picture == JPEG
        assert shown.frame["camera"] == shown.lease.camera == "gate"
        assert shown.frame["instructions"] == "Look at the gate."
        assert (shown.frame["band"], shown.lease.spotter) == ("unusual", "anna")
        assert shown.frame["boxes"][0]["label"] == "person"
        folder = place.directory / "frames" / shown.frame["frame_id"]
        assert (folder / "frame.jpg").read_bytes() == JPEG
        assert (folder / "heat.png").read_bytes() == HEAT
        assert (folder / "usual.jpg").read_bytes() == USUAL
        assert json.loads((folder / "facts.json").read_text())["camera"] == "gate"


def test_no_two_people_hold_a_frame(tmp_path: Path) -> None:
    """The second one gets another frame, or hears that there is none (R29, R30)."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        place.add("yard", 0.4)
        cameras = [place.take(who, f"page-of-{who}").frame["camera"] for who in ("anna", "bert")]
        assert cameras == ["gate", "yard"], "the worst one first"
        assert place.status(place.ask("carl", "page-of-carl")) == 204


def test_a_request_that_waits_gets_the_next_frame(tmp_path: Path) -> None:
    """A long poll is answered on its own connection as soon as there is a frame (R34)."""
    with running(tmp_path) as place:
        asked = place.ask("anna", "page-of-anna", wait="30")
        assert place.settle(asked).outcome == "done", "who waits holds no place of the stage"
        place.add("gate", 0.3)
        assert place.shown(place.answered(asked), asked).frame["camera"] == "gate"


def test_a_request_that_waits_in_vain_is_told_so(tmp_path: Path) -> None:
    """204 after the time that the page allowed, and the newer one of two is served (R34)."""
    with running(tmp_path) as place:
        first = place.ask("anna", "page-of-anna", wait="30")
        place.settle(first)
        second = place.ask("anna", "page-of-anna", wait="1")
        assert place.status(first) == 204
        assert place.status(second) == 204


def test_who_hangs_up_while_waiting_waits_no_more(tmp_path: Path) -> None:
    """The frame that comes then goes to somebody who is there; no connection is kept."""
    with running(tmp_path) as place:
        asked = place.ask("anna", "page-of-anna", wait="50")
        place.settle(asked)
        place.clients.pop(asked).close()
        place.wait(lambda: place.count("hung_up"))
        place.add("gate", 0.3)
        assert place.take("bert", "page-of-bert").frame["camera"] == "gate"
        assert place.find(asked) is None


def test_a_person_with_too_many_waiting_pages_is_told_so(tmp_path: Path) -> None:
    """429 for the pages beyond, and everybody else is served as ever."""
    with running(tmp_path) as place:
        asked = [place.ask("anna", f"page-of-anna-{n}", wait="30") for n in range(12)]
        assert [place.status(event_id) for event_id in asked[8:]] == [429] * 4
        assert place.status(place.ask("bert", "page-of-bert", wait="1")) == 204


def test_a_page_that_leaves_gives_its_frames_back_at_once(tmp_path: Path) -> None:
    """Somebody who waits gets what the page had, long before its lease runs out (R29)."""
    with running(tmp_path, settings_with(lease_s=600.0)) as place:
        place.add("gate", 0.6)
        left = place.take("anna", "page-of-anna")
        waiting = place.ask("bert", "page-of-bert", wait="30")
        place.settle(waiting)
        place.leave("anna", "page-of-anna")
        again = place.shown(place.answered(waiting), waiting)
        assert again.frame["frame_id"] == left.frame["frame_id"]
        assert again.lease.lease_id != left.lease.lease_id


def test_another_persons_page_of_the_same_name_gets_nothing_of_this_one(tmp_path: Path) -> None:
    """A page's name alone is nobody's key to what it holds."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        place.take("anna", "page-of-anna")
        assert place.status(place.ask("bert", "page-of-anna")) == 204


def test_who_borrows_the_name_of_a_page_takes_nothing_from_it(tmp_path: Path) -> None:
    """The name stands in addresses; a page of that name in another session leaves for itself."""
    with running(tmp_path, settings_with(lease_s=600.0)) as place:
        place.add("gate", 0.6)
        held = place.take("anna", "page-of-anna")
        place.settle(place.leave("bert", "page-of-anna"))
        assert place.status(place.ask("bert", "page-of-bert")) == 204
        assert place.take("anna", "page-of-anna").lease == held.lease


def test_a_lease_that_runs_out_goes_to_somebody_else_and_the_page_is_told(tmp_path: Path) -> None:
    """A frame on a screen that is not decided does not stay there (R29)."""
    with running(tmp_path, settings_with(lease_s=1.0)) as place:
        place.add("gate", 0.6)
        first = place.take("anna", "page-of-anna")
        second = place.ask("bert", "page-of-bert", wait="30")
        assert place.shown(place.answered(second), second).frame["frame_id"] == first.lease.frame_id
        [told] = place.live.take_all("unheld")
        unheld = Unheld("page-of-anna", session_of("anna"), first.lease.lease_id)
        assert decode_body(told.event.body, Unheld) == unheld


def test_a_pair_that_could_not_be_written_goes_back(tmp_path: Path) -> None:
    """Nobody has seen it, so the same person may have it again."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        lost = place.take("anna", "page-of-anna")
        place.settle(place.lose(lost.lease.lease_id))
        assert place.take("anna", "other-page-of-anna").lease.frame_id == lost.lease.frame_id


def test_a_page_that_did_not_get_its_frame_is_given_it_again(tmp_path: Path) -> None:
    """Who asks says what it holds; a lease that it does not know of is the answer once more."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        lost = place.take("anna", "page-of-anna")
        again = place.take("anna", "page-of-anna")
        assert again.lease == lost.lease
        assert again.picture == lost.picture
        held = place.ask("anna", "page-of-anna", shown=lost.lease.lease_id)
        assert place.status(held) == 204


def test_a_decided_frame_is_shown_to_nobody_again(tmp_path: Path) -> None:
    """Unless the verdict is taken back; then it is its spotter's again."""
    with running(tmp_path) as place:
        place.add("gate", 0.3)
        shown = place.take("anna", "page-of-anna")
        place.decide(shown)
        assert place.status(place.ask("bert", "page-of-bert")) == 204
        place.decide(shown, "undone")
        assert place.take("anna", "page-of-anna").lease.lease_id == shown.lease.lease_id


def test_what_is_not_let_in_is_counted_with_its_camera_and_leaves_no_files(tmp_path: Path) -> None:
    """Nothing goes in silence: the reason is the event's, and `live` hears it by camera (R33)."""
    with running(tmp_path) as place:
        place.add("gate", 0.2, 1)
        refused = place.settle(place.score("gate", 0.1, 2))
        assert (refused.outcome, refused.reason) == ("dropped", "worse waits")
        place.add("gate", 0.22)
        assert len(list((place.directory / "frames").iterdir())) == 2, "the older one has its grace"
        facts = place.waiting_facts(lambda it: it.let_go == {"worse waits": 1, "newer": 1})
        assert facts[-1].frames == 0, "a sample is not work that waits"


def test_live_hears_what_waits_when_that_changes(tmp_path: Path) -> None:
    """A fact a camera, with the worst and the oldest; nothing while nothing changes."""
    with running(tmp_path) as place:
        place.add("gate", 0.6, captured_s=1000.0)
        place.add("gate", 0.3, captured_s=2000.0)
        place.add("yard", 0.4, captured_s=3000.0)
        facts = place.waiting_facts(lambda it: it.camera == "yard")
        gate = next(it for it in reversed(facts) if it.camera == "gate")
        assert (gate.frames, gate.worst, gate.oldest_s) == (2, 0.6, 1000.0)
        place.pump_for(2.5)
        assert place.live.take_all("waiting_fact") == []
        place.take("anna", "page-of-anna")
        facts = place.waiting_facts(lambda it: it.camera == "gate")
        assert (facts[-1].frames, facts[-1].worst) == (1, 0.3)


def test_a_frame_of_the_top_band_that_nobody_takes_is_an_alarm_until_somebody_judges_it(
    tmp_path: Path,
) -> None:
    """Said once, under an id that follows from the incident; its end is said, too."""
    with running(tmp_path, settings_with(top_target_s=1.0)) as place:
        place.add("gate", 0.95)
        incident = place.incident()
        assert (incident.cause, incident.camera, incident.is_over) == (
            "frame overdue",
            "gate",
            False,
        )
        shown = place.take("anna", "page-of-anna")
        assert incident.root == f"{shown.lease.root}-overdue"
        assert incident.frame_id == shown.lease.frame_id
        place.decide(shown)
        assert attrs.evolve(place.incident(), at_s=0.0, sentence="") == attrs.evolve(
            incident, at_s=0.0, sentence="", is_over=True
        )


@pytest.mark.parametrize(
    ("first", "other", "cause"),
    [("clear", "suspicious", "spotters disagree"), ("unsure", "unsure", "nobody sure")],
)
def test_what_two_spotters_can_not_settle_is_referred_to_a_supervisor(
    tmp_path: Path, first: VerdictWord, other: VerdictWord, cause: str
) -> None:
    """A second person is asked, blind to the first; the alarm says why it is one."""
    with running(tmp_path) as place:
        place.add("gate", 0.95)
        place.decide(place.take("anna", "page-of-anna"), first)
        assert place.status(place.ask("anna", "page-of-anna")) == 204
        second = place.take("bert", "page-of-bert")
        place.decide(second, other)
        incident = place.incident()
        assert incident.cause == cause
        assert incident.root == f"{second.lease.root}-referred"


def test_of_a_camera_in_maintenance_frames_are_shown_and_no_alarm_is_raised(tmp_path: Path) -> None:
    """Its frames say so."""
    settings = settings_with(top_target_s=1.0)
    until = datetime.now(UTC) + timedelta(hours=1)
    maintained = attrs.evolve(settings.camera[0], maintenance=Maintenance("new lens", until))
    settings = attrs.evolve(settings, camera=(maintained, *settings.camera[1:]))
    with running(tmp_path, settings) as place:
        place.add("gate", 0.95)
        place.wait(lambda: place.count("alarms_held_back"))
        shown = place.take("anna", "page-of-anna")
        assert "new lens" in shown.frame["problems"][0]
        assert place.alarm.take_all("incident") == []


def test_pictures_before_and_after_an_incident_are_kept_with_it(tmp_path: Path) -> None:
    """From the picture store, around the frame; those after it as they come (R28)."""
    with running(tmp_path) as place:
        captured_s = round(time.time(), 3)
        place.store("gate", *(captured_s - 0.5 * number for number in range(1, 20)))
        place.add("gate", 0.6, captured_s=captured_s)
        place.add("yard", 0.1, captured_s=captured_s)
        folder = place.directory / "frames" / place.take("anna", "page-of-anna").lease.frame_id
        place.wait(lambda: len(list(folder.glob("strip-*.jpg"))) == 6)
        place.store("gate", *(captured_s + 0.5 * number for number in range(1, 20)))
        place.wait(lambda: len(list(folder.glob("strip-*.jpg"))) == 12)
        times = sorted(int(it.stem.removeprefix("strip-")) for it in folder.glob("strip-*.jpg"))
        expected = [round((captured_s + 0.5 * number) * 1000) for number in range(-6, 7) if number]
        assert times == expected
        assert len(list((place.directory / "frames").glob("*/strip-*.jpg"))) == 12


def test_a_test_frame_looks_like_any_other(tmp_path: Path) -> None:
    """It comes between real ones with its camera's words, new, and under a name that tells nothing.

    It yields to what is of weight, and it does not come twice to the same person (R35).
    """
    with running(tmp_path, settings_with(test_every=1)) as place:
        assert place.settle(place.know("0123456789abcdef01234567", "gate", 0.7)).outcome == "done"
        place.add("gate", 0.1, words="A dog.")
        first = place.take("anna", "page-of-anna")
        assert first.frame["threat"] == 0.1, "real ones first; then one is due"
        place.decide(first)
        place.add("yard", 0.6)
        urgent = place.take("anna", "page-of-anna")
        assert urgent.frame["camera"] == "yard"
        place.decide(urgent)
        known = place.take("anna", "page-of-anna")
        assert known.picture == b"\xff\xd8 known"
        assert (known.frame["threat"], known.frame["band"]) == (0.7, "unusual")
        assert known.frame["words"] == first.frame["words"] == "A dog."
        assert 1.0 < known.frame["now_s"] - known.frame["captured_s"] < 7.0
        assert known.frame.keys() == first.frame.keys()
        folder = place.directory / "frames" / known.lease.frame_id
        assert (folder / "usual.jpg").read_bytes() == USUAL
        assert len(known.lease.frame_id) == len(first.lease.frame_id)
        assert place.take("anna", "page-of-anna").frame["captured_s"] == known.frame["captured_s"]
        place.decide(known)
        assert place.status(place.ask("anna", "page-of-anna")) == 204


def test_a_withdrawn_test_frame_is_used_no_more(tmp_path: Path) -> None:
    """Neither now nor after it was offered again under a name that is none."""
    with running(tmp_path, settings_with(test_every=1)) as place:
        place.settle(place.know("known-frame", "gate", 0.7))
        place.settle(place.know("known-frame", "gate", 0.7, is_withdrawn=True))
        assert place.settle(place.know("../../etc", "gate", 0.7)).outcome == "quarantined"
        place.add("gate", 0.1)
        place.decide(place.take("anna", "page-of-anna"))
        assert place.status(place.ask("anna", "page-of-anna")) == 204


def test_what_a_page_may_not_ask_is_refused(tmp_path: Path) -> None:
    """Where the parser let it through all the same; HEAD takes no frame from anybody."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        assert place.status(place.ask("anna", "page-of-anna", wait="for ever")) == 400
        assert place.status(place.ask("anna", "short")) == 400
        head = place.ask("anna", "page-of-anna", method="HEAD")
        assert place.status(head) == 204
        assert place.take("bert", "page-of-bert").frame["camera"] == "gate"


def test_a_spotter_gets_the_cameras_of_their_scope_alone(tmp_path: Path) -> None:
    """Whatever waits elsewhere."""
    with running(tmp_path) as place:
        place.add("gate", 0.9)
        scope = frozenset({"yard"})
        assert place.status(place.ask("anna", "page-of-anna", scope)) == 204
        waiting = place.ask("anna", "page-of-anna", scope, wait="30")
        place.add("yard", 0.1)
        assert place.shown(place.answered(waiting), waiting).frame["camera"] == "yard"


def test_words_of_every_script_fit_a_header(tmp_path: Path) -> None:
    """A camera's name and a detector's words are anybody's text."""
    with running(tmp_path) as place:
        words = 'Zu schnell \N{EM DASH} "\u0442\u043e\u0440" \x7f\r\nEvil: yes'
        place.add("gate", 0.6, words=words)
        shown = place.take("anna", "page-of-anna")
        header = dict(shown.answer.headers)["Seda-Frame"]
        assert header.isascii()
        assert header.isprintable()
        assert shown.frame["words"] == words


def test_a_frame_whose_picture_is_not_in_memory_is_read_from_its_file(tmp_path: Path) -> None:
    """As all are after a restart."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        place.kill_handler()
        shown = place.take("anna", "page-of-anna")
        assert shown.answer.file
        assert shown.picture == JPEG


def test_how_old_a_frame_is_on_its_first_screen_is_counted_once(tmp_path: Path) -> None:
    """Capture to screen, for `seda_frame_latency_seconds`: not of one that is only fetched (R35).

    Nor of what somebody else looks at once more.
    """
    with running(tmp_path, settings_with(second_threat=0.5)) as place:
        place.add("gate", 0.9, captured_s=time.time() - 40)
        place.add("yard", 0.3, captured_s=time.time() - 150)
        first = place.take("anna", "page-of-anna")
        place.wait(lambda: place.count("latency/screen/60"))
        page = {"shown": first.lease.lease_id, "holds": first.lease.lease_id}
        fetched = place.take("anna", "page-of-anna", **page)
        place.decide(first)
        place.wait(lambda: place.count("latency/screen/300"))
        second = place.take("bert", "page-of-bert")
        assert second.lease.frame_id == first.lease.frame_id
        place.decide(second)
        place.decide(fetched)
        place.add("dock", 0.3, captured_s=time.time() - 400)
        place.take("carl", "page-of-carl")
        place.wait(lambda: place.count("latency/screen/900"))
        counted = {bound: place.count(f"latency/screen/{bound}") for bound in (60, 120, 300, 900)}
        assert counted == {60: 1, 120: 0, 300: 1, 900: 1}
        assert 590 <= place.count("latency/screen/sum") < 650


def test_what_nobody_decided_in_time_is_decided_in_review(tmp_path: Path) -> None:
    """Told to `live`, kept from who watches, and given to who asks for it (R30)."""
    with running(tmp_path, settings_with(review_after_s=1.0)) as place:
        place.add("gate", 0.6)
        place.waiting_facts(lambda it: (it.camera, it.frames, it.review) == ("gate", 0, 1))
        assert place.status(place.ask("anna", "page-of-anna")) == 204
        shown = place.take("anna", "review-of-anna", is_review="true")
        assert (shown.frame["camera"], shown.frame["kind"]) == ("gate", "review")
        place.decide(shown)
        place.waiting_facts(lambda it: it.camera == "gate" and not it.review)


def test_a_frame_says_whether_it_is_work_or_a_sample(tmp_path: Path) -> None:
    """What a rule names is work; samples come at a rate, and nothing waits that is one."""
    settings = settings_with(incident_threat=0.5, sample_every_s=600.0)
    with running(tmp_path, settings) as place:
        place.add("gate", 0.3, breaks_rule=True)
        place.add("yard", 0.3)
        place.add("dock", 0.2)
        kinds = [place.take("anna", "page-of-anna").frame["kind"]]
        place.waiting_facts(lambda it: (it.camera, it.frames) == ("yard", 0))
        kinds.append(place.take("anna", "another-of-anna").frame["kind"])
        assert kinds == ["work", "sample"]
        assert place.status(place.ask("anna", "third-of-anna")) == 204

"""Hypothesis plays whatever can happen, in any order, and looks for what must never be."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from seda.decisions import VerdictWord
from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.choice import Viewer
from stages.assignment.policy.index import Index, band_of
from stages.assignment.policy.limits import LEASES_PER_SESSION, Limits
from stages.assignment.policy.records import Incident
from testing.people.killable_policy import KillablePolicy
from tests.stages.assignment.scripted import make_frame

LIMITS = Limits(
    waiting_max=8,
    busy_waiting=5,
    camera_waiting_max=2,
    incident_frames_max=3,
    lease_s=5.0,
    prefetch_s=8.0,
    undo_s=6.0,
    stranded_s=20.0,
    sample_every_s=3.0,
    review_after_s=12.0,
    review_max=2,
    review_lease_s=9.0,
    top_target_s=4.0,
    requests_max=3,
    second_clear_share=0.3,
    second_max=2,
    ended_max=50,
    test_every=3,
    common_cameras=2,
    common_within_s=6.0,
    common_look_s=1.0,
    common_company_s=2.0,
    common_quiet_s=2.0,
    common_hold_s=3.0,
    common_late_s=5.0,
    common_span_s=15.0,
)
"""Small, so that every limit is met."""

cameras = st.sampled_from(["gate", "yard", "hall"])
spotters = st.sampled_from(["anna", "bert"])
tabs = st.sampled_from(["1", "2"])
threats = st.sampled_from([0.0, 0.01, 0.1, 0.26, 0.5, 0.92, 1.0])
scopes = st.sampled_from([None, frozenset({"gate"}), frozenset({"yard", "hall"}), frozenset[str]()])
verdicts = st.sampled_from(["clear", "suspicious", "unsure"])


class Watch(RuleBasedStateMachine):
    """A watch of two spotters with two tabs each and three cameras, journalled and killed."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = TemporaryDirectory()
        self.killable = KillablePolicy(Path(self._directory.name) / "journal", LIMITS, 0)
        self.now_s = self.ticked_s = 0.0
        self.sequences: dict[str, int] = {}
        self.requests = 0
        self.leases: dict[str, c.Leased] = {}
        self.attempts: dict[str, int] = {}
        self.scopes: dict[str, frozenset[str] | None] = {}
        self.seen: set[tuple[str, str]] = set()
        self.admitted: set[str] = set()
        self.let_go: set[str] = set()

    def teardown(self) -> None:
        self.killable.close()
        self._directory.cleanup()

    def tell(self, happening: h.Happening) -> None:
        for command in self.killable.handle(happening, self.now_s):
            match command:
                case c.Leased():
                    self.check_lease(command)
                case c.Shown(lease_id) if lease_id in self.leases:
                    self.check_shown(self.leases[lease_id])
                case c.Returned(lease_id, "undelivered") if lease_id in self.leases:
                    leased = self.leases[lease_id]
                    self.seen -= {(leased.spotter, name) for name in item_of(leased)}
                case c.Admitted(incident_id=incident_id):
                    self.admitted.add(incident_id)
                case c.Dropped(incident_id) | c.Forgotten(incident_id):
                    self.let_go.add(incident_id)
                case _:
                    pass

    def check_lease(self, leased: c.Leased) -> None:
        assert leased.lease_id not in self.leases, "a lease id occurs once"
        self.leases[leased.lease_id] = leased
        incidents = self.killable.policy.pool.records.incidents
        scope = self.scopes[leased.request_id]
        for name in item_of(leased):
            assert scope is None or incidents[name].camera in scope
            assert incidents[name].is_deferred == (leased.turn == "review")
            assert leased.turn == "review" or (leased.spotter, name) not in self.seen
        if leased.turn == "urgent":
            self.check_first(incidents[leased.incident_id], Viewer(leased.spotter, scope))
        self.check_item([incidents[name] for name in item_of(leased)])

    def check_first(self, chosen: Incident, viewer: Viewer) -> None:
        """Nothing of a higher band waits by the clock while this is given."""
        pool = self.killable.policy.pool
        others = [pool.records.incidents[name] for name in pool.index.urgent]
        bands = [band_of(it.weight) for it in others if viewer.may_see(it)]
        assert chosen.is_work
        assert not chosen.is_deferred
        assert all(band <= band_of(chosen.weight) for band in bands)

    def check_item(self, item: list[Incident]) -> None:
        if len(item) > 1:
            assert len({it.gathering for it in item}) == 1
            assert {frame.common for it in item for frame in it.frames} == {"light"}
            assert max(it.weight for it in item) < LIMITS.top_threat

    def check_shown(self, leased: c.Leased) -> None:
        self.seen |= {(leased.spotter, name) for name in item_of(leased)}

    @rule(camera=cameras, threat=threats, step=st.integers(1, 3))
    def score(self, camera: str, threat: float, step: int) -> None:
        self.sequences[camera] = self.sequences.get(camera, 0) + step
        self.tell(h.Scored(make_frame(camera, threat, self.sequences[camera])))

    @rule(camera=cameras, threat=threats, step=st.integers(1, 3))
    def darken(self, camera: str, threat: float, step: int) -> None:
        self.sequences[camera] = self.sequences.get(camera, 0) + step
        self.tell(h.Scored(make_frame(camera, threat, self.sequences[camera], common="light")))

    @rule(threat=threats)
    def darken_all(self, threat: float) -> None:
        for camera in ("gate", "yard", "hall"):
            self.darken(camera, threat, 3)

    @rule(camera=cameras)
    def score_again(self, camera: str) -> None:
        if camera in self.sequences:
            self.tell(h.Scored(make_frame(camera, 0.5, self.sequences[camera])))

    @rule(number=st.integers(0, 3))
    def add_test(self, number: int) -> None:
        self.tell(h.TestFrameAdded(make_frame("gate", 0.5, number, epoch=99)))

    @rule(number=st.integers(0, 3))
    def remove_test(self, number: int) -> None:
        self.tell(h.TestFrameRemoved(f"gate-99-{number}"))

    @rule(spotter=spotters, tab=tabs, scope=scopes, wait_s=st.sampled_from([0.0, 9.0]))
    def ask(self, spotter: str, tab: str, scope: frozenset[str] | None, wait_s: float) -> None:
        session = f"{spotter} {tab}"
        held = self.killable.policy.pool.leases_of(session)
        self.send(spotter, session, scope, wait_s, [lease.lease_id for lease in held])

    @rule(spotter=spotters, scope=scopes)
    def review(self, spotter: str, scope: frozenset[str] | None) -> None:
        session = f"{spotter} review"
        held = self.killable.policy.pool.leases_of(session)
        self.send(spotter, session, scope, 9.0, [it.lease_id for it in held])

    @precondition(lambda self: self.leases)
    @rule(spotter=spotters, tab=tabs, data=st.data())
    def ask_with_odd_claims(self, spotter: str, tab: str, data: st.DataObject) -> None:
        claims = data.draw(st.lists(st.sampled_from(sorted(self.leases)), min_size=1, max_size=2))
        yields = data.draw(st.none() | st.sampled_from(sorted(self.leases)))
        self.send(spotter, f"{spotter} {tab}", None, 9.0, claims, yields)

    @rule(spotter=spotters, tab=tabs)
    def give_up(self, spotter: str, tab: str) -> None:
        """Give the frame ahead up, asked or not."""
        session = f"{spotter} {tab}"
        held = [lease.lease_id for lease in self.killable.policy.pool.leases_of(session)]
        self.send(spotter, session, None, 9.0, held[:-1], held[-1] if held else None)

    def send(
        self,
        spotter: str,
        session: str,
        scope: frozenset[str] | None,
        wait_s: float,
        holds: list[str],
        yields: str | None = None,
    ) -> None:
        self.requests += 1
        request_id = f"r{self.requests}"
        self.scopes[request_id] = scope
        self.tell(
            h.Requested(
                request_id=request_id,
                spotter=spotter,
                session=session,
                wait_s=wait_s,
                scope=scope,
                shown=holds[0] if holds else None,
                holds=frozenset(holds),
                is_review=session.endswith(" review"),
                yields=yields,
            )
        )

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), verdict=verdicts, is_whole=st.booleans())
    def decide(self, data: st.DataObject, verdict: VerdictWord, *, is_whole: bool) -> None:
        lease_id = data.draw(st.sampled_from(sorted(self.leases)))
        item = self.killable.policy.pool.item_of(lease_id)
        joined = tuple(it.face.frame_id for it in item[1 if is_whole else 2 :])
        attempt = self.attempts.get(lease_id, 1)
        self.tell(h.Decided(lease_id, verdict, attempt, joined=joined))

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        lease_id = data.draw(st.sampled_from(sorted(self.leases)))
        attempt = self.attempts.get(lease_id, 1)
        ended = self.killable.policy.pool.records.ended.get(lease_id)
        self.tell(h.Undone(lease_id, attempt))
        if ended is not None and lease_id not in self.killable.policy.pool.records.ended:
            self.attempts[lease_id] = attempt + 1

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def undeliver(self, data: st.DataObject) -> None:
        self.tell(h.Undelivered(data.draw(st.sampled_from(sorted(self.leases)))))

    @rule(spotter=spotters, tab=tabs)
    def leave(self, spotter: str, tab: str) -> None:
        self.tell(h.Gone(f"{spotter} {tab}"))

    @rule(number=st.integers(1, 50))
    def hang_up(self, number: int) -> None:
        self.tell(h.HungUp((f"r{number}",)))

    @rule(seconds=st.sampled_from([0.5, 1.0, 7.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.tell(h.Ticked())
        self.ticked_s = self.now_s

    @rule(camera=cameras, threat=threats)
    def die(self, camera: str, threat: float) -> None:
        """Die while a frame is taken; the desk compares what comes back with what was written."""
        self.sequences[camera] = self.sequences.get(camera, 0) + 1
        frame = make_frame(camera, threat, self.sequences[camera])
        self.killable.handle_and_die(h.Scored(frame), self.now_s)
        self.learn_from_journal()
        self.tell(h.Scored(frame))

    def learn_from_journal(self) -> None:
        """Count a batch that was written whole although nobody was told of it."""
        records = self.killable.policy.pool.records
        self.admitted |= {i.incident_id for i in records.incidents.values() if not i.is_test}
        self.let_go |= self.admitted - records.incidents.keys()
        for lease in records.leases.values():
            if lease.shown_s is not None:
                names = (lease.incident_id, *lease.joined)
                self.seen |= {(lease.spotter, name) for name in names}

    @rule()
    def compact(self) -> None:
        self.killable.compact(self.now_s)

    @invariant()
    def no_frame_is_held_by_two(self) -> None:
        records = self.killable.policy.pool.records
        leases = records.leases.values()
        held = [name for lease in leases for name in (lease.incident_id, *lease.joined)]
        assert len(held) == len(set(held))
        for lease in leases:
            for name in (lease.incident_id, *lease.joined):
                incident = records.incidents.get(name)
                assert incident is None or incident.lease_id == lease.lease_id
        in_hands = {it.lease_id for it in records.incidents.values() if it.lease_id is not None}
        assert in_hands <= records.leases.keys()

    @invariant()
    def nothing_is_held_back_for_long(self) -> None:
        longest_s = max(LIMITS.common_hold_s, LIMITS.common_late_s, LIMITS.common_within_s)
        for incident in self.killable.policy.pool.records.incidents.values():
            if incident.is_held:
                assert incident.common
                assert self.now_s - incident.came_s < 2 * longest_s

    @invariant()
    def no_camera_keeps_a_turn_that_is_over(self) -> None:
        records = self.killable.policy.pool.records
        given = {lease.turn_given for lease in records.leases.values()}
        for camera in records.cameras.values():
            assert set(camera.held_turns) <= given

    @invariant()
    def a_session_holds_at_most_two(self) -> None:
        for held in self.killable.policy.pool.index.sessions.values():
            assert 1 <= len(held) <= LEASES_PER_SESSION

    @invariant()
    def everything_is_bounded(self) -> None:
        pool = self.killable.policy.pool
        assert len(pool.index.worst) <= LIMITS.waiting_max
        assert len(pool.index.review) <= LIMITS.review_max
        assert self.killable.policy.requests_waiting <= LIMITS.requests_max
        assert len(pool.records.ended) <= LIMITS.ended_max
        for incident in pool.records.incidents.values():
            assert len(incident.frames) <= LIMITS.incident_frames_max

    @invariant()
    def nothing_old_stands_before_what_is_fresh(self) -> None:
        """At the latest a tick after it grew too old it is in review, or dropped if a sample."""
        pool = self.killable.policy.pool
        for name in pool.index.worst:
            incident = pool.records.incidents[name]
            age_s = self.ticked_s - (incident.fresh_s or incident.came_s)
            is_back = incident.back_s is not None and incident.back_s >= self.ticked_s
            assert incident.opinions or is_back or age_s < LIMITS.review_after_s

    @invariant()
    def no_incident_vanishes(self) -> None:
        """Whatever was admitted is in the pool or was dropped with a reason."""
        here = self.killable.policy.pool.records.incidents.keys()
        assert self.admitted - here <= self.let_go

    @invariant()
    def the_orders_follow_from_the_records(self) -> None:
        pool = self.killable.policy.pool
        rebuilt = Index(pool.records, LIMITS)
        assert list(rebuilt.urgent) == list(pool.index.urgent)
        assert list(rebuilt.worst) == list(pool.index.worst)
        assert list(rebuilt.rotation) == list(pool.index.rotation)
        assert rebuilt.waiting == pool.index.waiting
        assert list(rebuilt.review) == list(pool.index.review)
        assert rebuilt.closed == pool.index.closed
        assert rebuilt.tests == pool.index.tests
        assert rebuilt.common == pool.index.common
        assert rebuilt.sessions.keys() == pool.index.sessions.keys()


def item_of(leased: c.Leased) -> tuple[str, ...]:
    return (leased.incident_id, *leased.joined)


Watch.TestCase.settings = settings(max_examples=60, stateful_step_count=60)
TestWatch = Watch.TestCase

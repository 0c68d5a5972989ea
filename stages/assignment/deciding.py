"""Turns events into happenings, lets the policy decide, and carries out every command.

All of it in one place and at one time: there is no wait in between. Not here: when the journal is
opened and compacted, and what waits for that (`stage`).
"""

import re
import time
from collections.abc import Iterable
from hashlib import sha256

import attrs
import msgspec
import trio

from conf.schema import Settings
from runtime.asynchronous import AsyncContext
from runtime.latency import count_latency
from runtime.rhythm import sleep_until_next
from runtime.work import Draft, Input, Product
from seda import decisions, logs
from seda.disk import room
from seda.keys import lease_key
from seda.keys.sealing import opaque_id
from seda.messages import ScoredFacts
from seda.requests import Ask, Undelivered
from spotter_web.forms import NextQuery
from stages.assignment.answering import Answering, Current, session_of
from stages.assignment.emitting import Emitter
from stages.assignment.frame_details import FrameDetails, details_of, encode_details
from stages.assignment.items import common_cause
from stages.assignment.journaled_policy import JournaledPolicy
from stages.assignment.leases import Leases, empty, plain_facts, refusal
from stages.assignment.pictures.files import FRAME, HEAT, USUAL, to_around
from stages.assignment.pictures.frames import Frames
from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.records import Incident
from stages.assignment.reporting import Reporting
from stages.assignment.waiting_facts import WaitingFacts

FRAMES = "frames"
FILES_EVERY_S = 0.5
_TEST_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PICTURES = (FRAME, HEAT, USUAL)
_STORE = "transcoder"
DISK_FULL = "disk full"
NO_ROOM = "The disk is full, so that no frame can be given out: tell whoever runs seda."

_log = logs.get(__name__)
_asks = msgspec.msgpack.Decoder(Ask)
_scores = msgspec.msgpack.Decoder(ScoredFacts)


class Stage:
    """One handler that has the journal."""

    def __init__(
        self, context: AsyncContext, policy: JournaledPolicy, nursery: trio.Nursery
    ) -> None:
        settings = context.content(Settings)
        data = context.directory.parent
        self._context = context
        self._policy = policy
        self._key = lease_key.read(str(data))
        watch = settings.watch
        self._frames = Frames(context.directory / FRAMES, data / _STORE, watch.incident_threat)
        self._leases = Leases(self._key, settings.camera, policy.clock, watch.incident_threat)
        self._facts = WaitingFacts(policy.clock.wall_s())
        self._emitter = emitter = Emitter(context, nursery)
        self._answering = Answering(context, policy, self._frames, self._leases, emitter)
        self._reporting = Reporting(context, policy, self._leases, emitter, watch.top_target_s)
        self._open()

    def _open(self) -> None:
        """Go on from where the journal ended."""
        incidents = self._policy.pool.records.incidents.values()
        clock = self._policy.clock
        self._frames.open(incidents, clock.now_s(), clock.wall_s())
        for incident in incidents:
            if not incident.is_test:
                self._leases.note_look(details_of(incident.face).facts)
        for fact in self._policy.unsaid:
            self._reporting.carry(fact)

        if self._policy.damage:
            self._reporting.tell_damage(self._policy.damage)

    def lose_pictures(self, frame_ids: Iterable[str]) -> None:
        """Drop frames that cannot be shown, because their pictures did not outlive a power cut."""
        for frame_id in frame_ids:
            _log.error("a frame is dropped: its picture is not on the disk", frame=frame_id)
            self._handle(h.PictureLost(frame_id))

    # --- events ---------------------------------------------------------------------------------

    def take(self, event: Input) -> Product | None:
        """Take an event in, at once."""
        if not self.has_room and (refused := self._refuse(event)) is not None:
            return refused
        match event.header.kind:
            case "request":
                return self._take_request(event)
            case "scored_frame":
                return self._take_scored(event)
            case "decided":
                self._take_decided(event.body(decisions.Decided))
            case "gone":
                self._take_gone(event.body(decisions.Gone))
            case "camera_state":
                self._leases.camera_states.note(event.body(decisions.CameraStateFact))
            case "undelivered":
                self._handle(h.Undelivered(event.body(Undelivered).lease_id))
            case "test_frame":
                return self._take_test(event, event.body(decisions.KnownFrame))
            case kind:
                raise ValueError(f"assignment takes no {kind!r}")
        return None

    @property
    def has_room(self) -> bool:
        """Return whether what is decided now can be written down."""
        return self._policy.reserve.has_room

    def _refuse(self, event: Input) -> Product | None:
        """Refuse what nobody could write down, where that harms nobody's decision."""
        match event.header.kind:
            case "scored_frame":
                self._context.count(room.REFUSED)
                return event.drop(DISK_FULL)
            case "request":
                client = _asks.decode(event.header.body).client
                answer = refusal(client, 503, NO_ROOM, ("Retry-After", "2"))
                return event.output("answer", answer, [event.payloads[0]])
            case _:
                return None

    def _take_request(self, event: Input) -> Draft | None:
        ask = _asks.decode(event.header.body)
        client, person, connection = ask.client, ask.person, event.payloads[0]
        if person is None:
            return event.output("answer", refusal(client, 401, "Sign in first."), [connection])
        if client.method == "HEAD":
            return event.output("answer", empty(client), [connection])
        try:
            query = msgspec.convert(ask.query, NextQuery, strict=False)
        except msgspec.ValidationError as error:
            return event.output("answer", refusal(client, 400, str(error)), [connection])
        held = frozenset(filter(None, (query.shown, *query.holds.split(","))))
        current = Current(event, client)
        request = h.Requested(
            request_id=event.header.id,
            spotter=person.name,
            session=session_of(query.page, person.session),
            wait_s=query.wait,
            scope=person.scope,
            shown=query.shown or None,
            holds=held,
            is_review=query.is_review,
            yields=query.yields or None,
        )
        self._handle(request, current)
        if current.product is None:
            self._answering.requests.keep(event, request.session, client)
        return current.product

    def _take_scored(self, event: Input) -> Product | None:
        facts = _scores.decode(event.header.body)
        if facts.camera != event.header.key:
            raise ValueError(f'a frame of camera "{facts.camera}" under "{event.header.key}"')
        frame = h.Frame(
            frame_id=opaque_id(self._key, event.header.id),
            camera=facts.camera,
            epoch=facts.epoch,
            sequence=facts.sequence,
            threat=facts.threat,
            common=common_cause(facts),
            breaks_rule=facts.breaks_rule,
            lag_s=_lag_s(event.header.born_s),
        )
        self._leases.note_look(facts)
        if self._policy.would_take(frame):
            kept = self._keep(event, frame, facts)
            if kept is None:
                return event.drop(DISK_FULL)
            frame = kept
        commands = self._handle(h.Scored(frame))
        refused = next((it for it in commands if isinstance(it, c.Refused)), None)
        return event.drop(refused.reason) if refused else None

    def _keep(
        self, event: Input, frame: h.Frame, facts: ScoredFacts, names: tuple[str, ...] = _PICTURES
    ) -> h.Frame | None:
        """Keep a frame's pictures before anything is said of it; return it with its facts.

        None where neither disk nor memory takes them.
        """
        contents = [payload.view() for payload in event.payloads]
        pictures = dict(zip(names, contents, strict=False))
        try:
            if not self._frames.keep(frame.frame_id, facts, pictures):
                self._context.count(room.REFUSED)
        except OSError as error:
            if not room.is_full(error):
                raise
            self._context.count(room.REFUSED)
            return None
        self._frames.keep_hot(frame.frame_id, event.payloads[0])
        kept = FrameDetails(facts, sha256(contents[0]).hexdigest())
        return attrs.evolve(frame, header=encode_details(kept))

    def _take_test(self, event: Input, known: decisions.KnownFrame) -> Product | None:
        name = known.frame_id
        if not _TEST_NAME.fullmatch(name):
            raise ValueError(f"a test frame cannot be called {name!r}")
        if known.is_withdrawn:
            self._handle(h.TestFrameRemoved(name))
            return None
        if name in self._policy.pool.records.incidents:
            return None
        facts = known.facts or plain_facts(known.camera, known.threat, self._policy.clock.wall_s())
        names = tuple(to_around(it, facts.captured_s) for it in known.pictures)
        if names[:1] != (FRAME,) or facts.camera != known.camera:
            raise ValueError(f"test frame {name} lacks its picture, or is of two cameras")
        frame = h.Frame(
            frame_id=name, camera=known.camera, epoch=0, sequence=0, threat=known.threat
        )
        kept = self._keep(event, frame, facts, names)
        if kept is None:
            return event.drop(DISK_FULL)
        if not self._handle(h.TestFrameAdded(kept)):
            self._frames.discard(name)
            return event.drop("too many test frames")
        return None

    def _take_decided(self, decided: decisions.Decided) -> None:
        if decided.verdict == "undone":
            self._handle(h.Undone(decided.lease_id, decided.attempt))
        else:
            self._handle(
                h.Decided(
                    decided.lease_id,
                    decided.verdict,
                    decided.attempt,
                    decided.frame_id,
                    decided.spotter,
                    decided.joined,
                )
            )

    def _take_gone(self, gone: decisions.Gone) -> None:
        """Give back what a page had: that of its own session, whoever knows its name."""
        session = session_of(gone.page, gone.session)
        self._handle(h.Gone(session))
        self._answering.end_waiting(session)

    # --- commands -------------------------------------------------------------------------------

    def _handle(self, happening: h.Happening, current: Current | None = None) -> list[c.Command]:
        """Decide, write down, and carry out."""
        try:
            commands = self._policy.handle(happening)
        except OSError as error:
            # The pool in memory is ahead of the journal: only starting anew makes them one.
            raise SystemExit(f"the journal cannot be written: {error}") from error
        for command in commands:
            self._carry(command, current)
        return commands

    def _carry(self, command: c.Command, current: Current | None) -> None:
        now_s = self._policy.clock.now_s()
        match command:
            case c.Admitted(frame=frame):
                self._frames.note_admitted(command, details_of(frame).facts.captured_s, now_s)
            case c.TestAdded(frame):
                self._frames.note_test(frame.frame_id, frame.camera)
            case c.Refused(_, camera, reason):
                self._count_dropped(camera, reason)
            case c.Dropped(incident_id, reason):
                camera = self._frames.drop(incident_id, now_s, was_seen=reason == "stranded")
                self._count_dropped(camera, reason)
            case c.PictureDropped():
                self._frames.drop_picture(command, now_s)
                self._context.count("pictures_lost")
            case c.Forgotten(incident_id) | c.TestRemoved(incident_id):
                self._frames.drop(incident_id, now_s, was_seen=True)
            case c.Gathered(gathering_id, cause):
                _log.info("many cameras have a cause in common", cause=cause, first=gathering_id)
                self._context.count("common_causes")
            case c.Shown(lease_id):
                self._count_shown(self._policy.pool.incident_of(lease_id))
            case _:
                if isinstance(command, c.Leased):
                    incident = self._policy.pool.records.incidents[command.incident_id]
                    self._note_leased(command, incident, now_s)
                self._answering.carry(command, current)
                self._reporting.carry(command)

    def _note_leased(self, leased: c.Leased, incident: Incident, now_s: float) -> None:
        """Have a frame's strip ready for the person who is to see it."""
        if not incident.is_test:
            self._frames.note_leased(incident, now_s)
            return
        lease = self._policy.pool.records.leases[leased.lease_id]
        facts = self._leases.disguised(details_of(incident.face).facts, lease)
        wall_s = self._policy.clock.wall_s()
        self._frames.note_test_leased(incident, facts.captured_s, now_s, wall_s)

    def _count_shown(self, incident: Incident | None) -> None:
        """Count how old a frame was on its first screen; a test frame has no age to tell of."""
        is_old = incident is not None and incident.is_deferred
        if incident and not incident.is_test and not is_old and len(incident.seen_by) == 1:
            captured_s = details_of(incident.face).facts.captured_s
            age_s = self._policy.clock.wall_s() - captured_s
            count_latency(self._context.count, "screen", age_s)

    def _count_dropped(self, camera: str, reason: c.Reason) -> None:
        self._facts.note_dropped(camera, reason)
        name = "worse_frame" if reason == "worse waits" else reason.replace(" ", "_")
        self._context.count(f"let_go_{name}")

    # --- time -----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let a second pass, and tell `live` what waits."""
        self._handle(h.Ticked())
        for fact in self._facts.look(self._policy.pool, self._policy.clock.now_s()):
            draft = self._context.output(
                "waiting_fact", self._emitter.next_fact(), fact, key=fact.camera
            )
            if not self._context.emit_nowait(draft):
                return
            self._facts.note_told(fact)

    async def wait_hang_up(self) -> None:
        """Wait until somebody who waits hangs up."""
        await trio.lowlevel.wait_readable(self._answering.requests)

    def free_hung_up(self) -> None:
        """Free the requests of whoever hung up while they waited."""
        gone = self._answering.requests.take_hung_up()
        self._context.count("hung_up", len(gone))
        self._handle(h.HungUp(tuple(gone)))

    async def mind_files(self) -> None:
        """Remove what is over and gather strips."""
        while True:
            ended, strips = self._frames.take_due(self._policy.clock.now_s())
            if ended or strips:
                wall_s = self._policy.clock.wall_s()
                refused = await trio.to_thread.run_sync(
                    self._frames.work_off, ended, strips, wall_s
                )
                self._context.count(room.REFUSED, refused)
            self._frames.write_late()
            await sleep_until_next(FILES_EVERY_S)

    def close(self) -> None:
        """Answer who waits, so that they ask the next handler."""
        self._answering.close()
        self._policy.close()


def _lag_s(born_s: float) -> float:
    """Return how long ago a frame left its camera, monotonic time; none where nobody says."""
    return max(0.0, time.monotonic() - born_s) if born_s > 0 else 0.0

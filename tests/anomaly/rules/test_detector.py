"""Rules through the whole detector, from the first minute on: painted people on a street."""

import attrs
import msgspec
import pytest

from anomaly.facts import facts_of
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, MemoryStateError, pack_memory, unpack_memory
from anomaly.memory_file import PAYLOAD_BYTES
from anomaly.rules.records import MOST_RECORDS, Record
from anomaly.types import Cause, ScoredFrame
from conf import schema
from conf.rule_keys import MOST_RULES
from conf.schema import Rule, Zone
from seda.messages import Band
from tests.anomaly.judged import LEARNED_CHUNKS, judge, recall
from tests.anomaly.rules.painted import CHUNK_S, STRIP, Street, Way, going, rules, walking
from tests.anomaly.street import ORDINARY, draw_street, make_batch

ENTER = Rule(kind="enter", name="no one below", corners=STRIP, band="alarming")
WAY = Rule(kind="direction", name="one way", corners=STRIP, arrow=((0.1, 0.9), (0.9, 0.9)))
LINE = Rule(kind="line", name="the line", line=((0.5, 0.84), (0.5, 1.0)))
STAY = Rule(kind="stay", name="no standing", corners=STRIP, longest_s=20.0)
STANDS = going((2, 0, 94), (5, 60, 94), (60, 60, 94))
PERSON, BAG = (6, 16), (8, 8)


def told(frames: list[ScoredFrame], rule: Rule) -> list[int]:
    """Number the chunks that name a rule."""
    words = f'Rule "{rule.name}": '
    return [number for number, one in enumerate(frames) if words in one.evidence.words]


@pytest.fixture(params=["young", "learned"])
def street(request: pytest.FixtureRequest, learned: bytes, graph: MotionGraph) -> Street:
    """Give a camera that has seen nothing, and one that has seen the street for a while."""
    if request.param == "young":
        return Street(graph, CameraMemory("gate"), rules())
    return Street(graph, recall(learned), rules(), LEARNED_CHUNKS)


def watch(street: Street, rule: Rule, seconds: float, *ways: Way) -> list[int]:
    """Say in which chunks a rule is named; the camera has it from now on."""
    street.settings = rules(rule)
    return told(street.watch(seconds, *ways), rule)


@pytest.mark.parametrize("rule", [ENTER, WAY, LINE], ids=lambda rule: rule.kind)
def test_who_breaks_a_rule_is_told_once_within_a_chunk_or_two(street: Street, rule: Rule) -> None:
    """From the first chunk of a new camera on (R23)."""
    (chunk,) = watch(street, rule, 12, walking(20))
    reaches_s = {"enter": 1.5, "direction": 1.5, "line": 4.6}[rule.kind]
    assert chunk * CHUNK_S <= reaches_s + CHUNK_S


def test_a_way_that_is_allowed_is_not_told(street: Street) -> None:
    """The same person, the other way."""
    assert watch(street, WAY, 12, walking(-20, 170)) == []


def test_ordinary_traffic_breaks_no_rule(street: Street) -> None:
    """Four people who walk up and down above the place."""
    street.settings = rules(ENTER, WAY, LINE, STAY)
    frames = street.watch(60)
    assert [told(frames, rule) for rule in (ENTER, WAY, LINE, STAY)] == [[], [], [], []]
    assert not any(one.breaks_rule for one in frames)


def test_the_frame_is_that_of_the_breach_with_name_band_and_box(street: Street) -> None:
    """The box is around the thing, in the picture that is shown (R23)."""
    street.settings = rules(ENTER)
    scored = next(one for one in street.watch(8, walking(20)) if told([one], ENTER))
    assert (scored.band, scored.evidence.cause) == (Band.ALARMING, Cause.RULE)
    assert facts_of(scored).breaks_rule, "so that it is somebody's work, whatever its threat"
    assert scored.evidence.words.startswith('Rule "no one below": a person entered, at the bottom ')
    (box,) = [box for box in scored.evidence.boxes if box.label == ENTER.name]
    walker_px = 20 * (scored.at_s - 1e6 - (street.sequence - 4) * CHUNK_S) + 3
    assert box.left - 0.05 <= walker_px / 180 <= box.right + 0.05
    assert (box.top, box.bottom) == pytest.approx((94 / 120, 110 / 120), abs=0.12)


def test_who_stands_for_too_long_is_told_once(street: Street) -> None:
    """Also where others pass in front, and the usual view takes in who stands."""
    street.settings = rules(STAY, ENTER)
    frames = street.watch(40, STANDS)
    (stays,), (entered,) = told(frames, STAY), told(frames, ENTER)
    assert entered * CHUNK_S <= 4
    assert 22 <= (stays + 1) * CHUNK_S <= 28


def test_the_hole_that_somebody_leaves_does_not_stay(learned: bytes, graph: MotionGraph) -> None:
    """Who stood for a while is in the usual view when it goes, and its track stays at the hole."""
    street = Street(graph, recall(learned), rules(), LEARNED_CHUNKS)
    leaves = going((2, 0, 94), (5, 60, 94), (20, 60, 94), (21, 60, 60), (28, 200, 60))
    assert watch(street, STAY, 40, leaves) == []


def test_at_one_picture_a_second_rules_hold_as_well(graph: MotionGraph) -> None:
    """From the first minute on, and told once."""
    street = Street(graph, CameraMemory("gate"), rules(ENTER), every=10)
    frames = street.watch(20)
    assert told(frames, ENTER) == []
    frames = street.watch(20, walking(10))
    (chunk,) = told(frames, ENTER)
    assert chunk <= 3


def test_what_was_left_is_told_and_who_left_it_is_not(learned: bytes, graph: MotionGraph) -> None:
    """The place was passed in seconds; the bag stays."""
    street = Street(graph, recall(learned), rules(STAY), LEARNED_CHUNKS)
    bag = going((4, 60, 102), (90, 60, 102))
    frames = street.watch(50, walking(20), bag, sizes=(PERSON, BAG))
    (chunk,) = told(frames, STAY)
    assert 24 <= (chunk + 1) * CHUNK_S <= 30
    assert "something has stayed for" in frames[chunk].evidence.words


def test_what_was_taken_away_is_not_there(graph: MotionGraph) -> None:
    """A hole in the usual view stands still, and nothing came."""
    street = Street(graph, CameraMemory("gate"), rules(ENTER, STAY))
    found = street.watch(90, going((-1, 60, 102), (900, 60, 102)), sizes=(BAG,))
    found += street.watch(40)
    assert told(found, ENTER) == told(found, STAY) == []


def test_nothing_is_told_of_a_view_that_is_lost(graph: MotionGraph) -> None:
    """Something is put before half of the lens: it is nobody who entered."""
    street = Street(graph, CameraMemory("gate"), rules(ENTER))
    found = street.watch(20)
    for _ in range(4):
        pictures = []
        for number in range(street.sequence * 20, street.sequence * 20 + 20):
            picture = draw_street(ORDINARY, number).copy()
            picture[40 : 40 + 6 * max(0, number - 210), :140] = 20
            pictures.append(picture)
        batch = make_batch(pictures, street.sequence)
        found.append(judge(batch, street.memory, street.graph, street.settings))
        street.sequence += 1
    assert told(found, ENTER) == []
    assert Cause.OVERALL in {one.evidence.cause for one in found}


@pytest.mark.parametrize(
    "masks",
    [{"privacy": (STRIP,)}, {"zone": (schema.Zone("mask", STRIP, 0.0),)}],
    ids=["privacy", "zone of weight 0"],
)
def test_masks_win_over_rules(street: Street, masks: dict[str, object]) -> None:
    """Also over who only stands in one and looks out."""
    zones = (Zone("mask", STRIP, 0.0),) if "zone" in masks else ()
    street.settings = attrs.evolve(rules(ENTER, **masks), zones=zones)
    assert told(street.watch(12, walking(20)), ENTER) == []


def test_a_rule_is_named_where_the_frame_is_as_threatening_without_it(
    learned: bytes, graph: MotionGraph
) -> None:
    """The band is that of the worse one, the frame too, and both are said."""
    low = attrs.evolve(ENTER, band="noticeable")
    street = Street(graph, recall(learned), rules(low), LEARNED_CHUNKS)
    plain = Street(graph, recall(learned), rules(), LEARNED_CHUNKS)
    pairs = zip(street.watch(8, walking(40)), plain.watch(8, walking(40)), strict=True)
    (with_rule, without) = next(pair for pair in pairs if told([pair[0]], low))
    assert without.band is not Band.ORDINARY
    assert (with_rule.threat, with_rule.index) == (without.threat, without.index)
    assert with_rule.evidence.words.endswith(without.evidence.words)


def test_scores_without_a_breach_are_as_without_rules(learned: bytes, graph: MotionGraph) -> None:
    """A rule changes nothing but the frames in which it is broken."""
    every = rules(ENTER, WAY, LINE, STAY)
    street = Street(graph, recall(learned), every, LEARNED_CHUNKS)
    plain = Street(graph, recall(learned), rules(), LEARNED_CHUNKS)
    for one, other in zip(street.watch(10), plain.watch(10), strict=True):
        assert (one.threat, one.index, one.evidence.words) == (
            other.threat,
            other.index,
            other.evidence.words,
        )


def test_what_is_remembered_survives_from_chunk_to_chunk(
    learned: bytes, graph: MotionGraph
) -> None:
    """Packed and unpacked after each, the same is told at the same time."""
    every = rules(ENTER, WAY, LINE, STAY)
    street = Street(graph, recall(learned), every, LEARNED_CHUNKS)
    packed = Street(graph, recall(learned), every, LEARNED_CHUNKS)
    for start in range(0, 40, 2):
        way = going(*((at - start, x, y) for at, x, y in ((2, 0, 94), (5, 60, 94), (60, 60, 94))))
        (one,), (other,) = street.watch(2, way), packed.watch(2, way)
        assert (one.threat, one.evidence.words) == (other.threat, other.evidence.words)
        packed.memory = unpack_memory(pack_memory(packed.memory), "gate")
    assert packed.memory.rules == street.memory.rules
    assert any(packed.memory.rules.values())


def test_a_memory_from_before_there_were_rules_is_read(learned: bytes) -> None:
    """Whoever adds the first rule does not have the camera learn anew."""
    memory = recall(learned)
    content = pack_memory(memory)
    state = msgspec.msgpack.decode(content)
    del state["rules"]
    assert unpack_memory(msgspec.msgpack.encode(state), "gate").rules == {}


def test_a_damaged_record_is_refused(learned: bytes) -> None:
    """As any other part of a memory."""
    memory = recall(learned)
    memory.rules = {"rule": [Record(1, float("nan"), (0.0, 0.0, 1.0, 1.0))]}
    with pytest.raises(MemoryStateError, match="concern a rule"):
        unpack_memory(pack_memory(memory), "gate")


def test_what_is_remembered_is_small_and_forgotten(learned: bytes, graph: MotionGraph) -> None:
    """The most that there can be fits into a memory; of a rule that is gone nothing is left."""
    records = [
        Record(n, 1e9, (0.1, 0.2, 0.3, 0.4), (1.1, 2.2), 3.3, 4.4, 1e9, rest=(5.5, 6.6), rest_s=1e9)
        for n in range(MOST_RECORDS)
    ]
    memory = recall(learned)
    memory.rules = {f"rule {number}": list(records) for number in range(MOST_RULES)}
    assert len(pack_memory(memory)) < PAYLOAD_BYTES
    judge(make_batch([draw_street([], n) for n in range(20)], LEARNED_CHUNKS), memory, graph)
    assert memory.rules == {}

"""How a queue's bounds are shared out: nobody without room, and never more than there is."""

import attrs
from hypothesis import given
from hypothesis import strategies as st

from conf.schema import StageSettings
from controller.peers.windows import windows_of
from seda.pipeline import HTTP_REPLY, PIPELINE
from seda.supervisor import stage_configs
from tests.seda.test_stage_config import CONFIG


@given(st.integers(0, 6), st.integers(1, 9), st.integers(100, 10_000))
def test_all_windows_together_stay_within_the_queue(streams: int, others: int, places: int) -> None:
    """So a sender that keeps to its window is never refused; and each has a window."""
    settings = StageSettings(queue_events=places, queue_descriptors=places)
    names = tuple(map(str, range(streams)))
    told = attrs.evolve(CONFIG, settings=settings, streams=names, others=others)
    windows = windows_of(told)
    all_of_them = [windows.window(name) for name in names]
    all_of_them += [windows.window("another")] * others
    assert sum(it.events for it in all_of_them) <= places
    assert sum(it.descriptors for it in all_of_them) <= places
    assert min(it.events for it in all_of_them) >= 1


def test_an_answer_of_each_page_that_waits_has_room_on_its_way() -> None:
    """512 pages that are answered in the same moment, as shipped."""
    told = attrs.evolve(
        CONFIG,
        settings=HTTP_REPLY.settings,
        streams=stage_configs.streams(PIPELINE, HTTP_REPLY),
        others=stage_configs.others(PIPELINE, HTTP_REPLY),
    )
    assert windows_of(told).window("assignment").descriptors >= 512

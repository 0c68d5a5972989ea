"""Who listens and watches, and what waits for them, in Prometheus' format. Pure."""

from collections.abc import Iterable, Iterator

import attrs
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from seda.decisions import WaitingFact


@attrs.frozen
class WatchFigures:
    """How many there are now."""

    streams: int = 0
    people: int = 0
    alarms: dict[str, int] = attrs.Factory(dict)
    """Open ones, by state."""


def families(figures: WatchFigures, waiting: Iterable[WaitingFact]) -> Iterator[Metric]:
    """Return all families."""
    yield GaugeMetricFamily("seda_event_streams", "Pages that listen", value=figures.streams)
    yield GaugeMetricFamily("seda_people_on_watch", "People on watch", value=figures.people)
    alarms = GaugeMetricFamily("seda_alarms_open", "Alarms that are not over", labels=["state"])
    for state, count in figures.alarms.items():
        alarms.add_metric([state], count)
    yield alarms
    yield from _frames(tuple(waiting))


def _frames(waiting: Iterable[WaitingFact]) -> Iterator[Metric]:
    frames = GaugeMetricFamily(
        "seda_frames_waiting", "Frames that wait for a person", labels=["camera"]
    )
    let_go = CounterMetricFamily(
        "seda_frames_let_go", "Frames that nobody was shown", labels=["camera", "reason"]
    )
    for fact in waiting:
        frames.add_metric([fact.camera], fact.frames + bool(fact.joined))
        for reason, count in fact.let_go.items():
            let_go.add_metric([fact.camera, reason], count)
    yield frames
    yield let_go

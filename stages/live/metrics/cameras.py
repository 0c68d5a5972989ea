"""The cameras in Prometheus' exposition format. Pure, apart from prometheus-client."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from seda.overview import CameraView
from stages.live.cameras.states import STATES

_COUNTERS: tuple[tuple[str, str, Callable[[CameraView], int]], ...] = (
    ("seda_camera_reconnects", "How often it came back", lambda it: it.reconnects),
    ("seda_camera_tries", "Tries to connect", lambda it: it.tries),
    ("seda_camera_chunks", "Chunks that were cut", lambda it: it.chunks),
    (
        "seda_camera_chunks_dropped",
        "Chunks that the transcoder had no room for",
        lambda it: it.chunks_dropped,
    ),
)


def families(views: Iterable[CameraView]) -> Iterator[Metric]:
    """Return all families of the cameras."""
    cameras = tuple(views)
    yield _states(cameras)
    yield from _by_name(cameras)
    for name, words, value in _COUNTERS:
        family = CounterMetricFamily(name, words, labels=["camera"])
        for view in cameras:
            family.add_metric([view.camera], value(view))
        yield family
    age = GaugeMetricFamily(
        "seda_camera_picture_age_seconds", "Age of the newest picture", labels=["camera"]
    )
    for view in cameras:
        if view.picture_age_s is not None:
            age.add_metric([view.camera], view.picture_age_s)
    yield age


def _states(cameras: Iterable[CameraView]) -> Metric:
    family = GaugeMetricFamily(
        "seda_camera_state", "1 for the state that it is in", labels=["camera", "state"]
    )
    for view in cameras:
        for state in STATES:
            family.add_metric([view.camera, state], state == view.state)
    return family


def _by_name(cameras: Iterable[CameraView]) -> Iterator[Metric]:
    frames = CounterMetricFamily(
        "seda_camera_frames", "What became of its frames", labels=["camera", "outcome"]
    )
    entered = CounterMetricFamily(
        "seda_camera_changes", "How often it came into a state", labels=["camera", "state"]
    )
    for view in cameras:
        for outcome, count in view.frames.items():
            frames.add_metric([view.camera, outcome], count)
        for state, count in view.entered.items():
            entered.add_metric([view.camera, state], count)
    yield frames
    yield entered

"""The gathered figures in Prometheus' exposition format. Pure, apart from prometheus-client.

Gauges of a stage that is missing are left out; its counters stay at what was heard last, because a
counter that vanishes and comes back reads like a reset.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from seda.messages import StageFigures
from stages.live.metrics import cameras, latency, watch
from stages.live.metrics.gathering import Gathering

CONTENT_TYPE = CONTENT_TYPE_LATEST

_GAUGES: tuple[tuple[str, str, Callable[[StageFigures], float]], ...] = (
    ("queue_depth", "Events that wait", lambda it: it.queue_events),
    ("queue_bytes", "Payload bytes of the events that wait", lambda it: it.queue_bytes),
    ("queue_age_seconds", "Age of the event that waits longest", lambda it: it.queue_age_s),
    ("in_flight", "Events that handlers have", lambda it: it.in_flight),
    ("awaiting", "Handled events whose outputs are not settled", lambda it: it.awaiting),
    ("descriptors", "Descriptors held for events", lambda it: it.descriptors),
    ("pressure", "0 to 4, the higher the more is left out", lambda it: it.pressure),
    ("handlers_wanted", "Handlers that the queue calls for", lambda it: it.handlers_wanted),
    ("handlers_max", "Handlers at most", lambda it: it.handlers_max),
    ("events_per_call", "Size that the batching controller chose", lambda it: it.events_per_call),
    (
        "keys_set_aside",
        "Keys that wait after late calls",
        lambda it: len(it.set_aside),
    ),
)


def settled(figures: StageFigures) -> dict[str, int]:
    """Return the events by outcome; that one arrived is none."""
    return {name: count for name, count in figures.events.items() if name != "arrived"}


_COUNTERS: tuple[tuple[str, str, str, Callable[[StageFigures], dict[str, int]]], ...] = (
    ("seda_events", "Settled events", "outcome", settled),
    ("seda_handler_restarts", "Handlers that ended badly", "reason", lambda it: it.restarts),
    ("seda_stage_refused", "Datagrams that were no messages", "reason", lambda it: it.refused),
)
_STATES = ("starting", "serving", "draining", "gave_up", "missing")


def exposition(gathering: Gathering, now_s: float) -> bytes:
    """Return the page."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(gathering, now_s))
    return generate_latest(registry)


class _Snapshot(Collector):
    """The figures at one moment, in prometheus-client's classes."""

    def __init__(self, gathering: Gathering, now_s: float) -> None:
        self._gathering = gathering
        self._now_s = now_s
        self._present: dict[str, StageFigures] = {}
        for name in gathering.names():
            if figures := gathering.present(name, now_s):
                self._present[name] = figures
        self._totals = {name: it.figures for name, it in gathering.stages.items()}

    def collect(self) -> Iterable[Metric]:
        """Return all families."""
        yield from self._gauges()
        yield from self._states()
        yield from self._handlers()
        yield from self._counters()
        yield self._services()
        yield from self._supervisor()
        yield latency.family(self._totals.values())
        gathering = self._gathering
        yield from watch.families(gathering.watch, gathering.waiting.values())
        yield from self._disks()
        yield from cameras.families(self._gathering.cameras.views(self._now_s))

    def _gauges(self) -> Iterator[Metric]:
        for name, words, value in _GAUGES:
            family = GaugeMetricFamily(f"seda_stage_{name}", words, labels=["stage"])
            for stage, figures in self._present.items():
                family.add_metric([stage], value(figures))
            yield family
        rate = GaugeMetricFamily(
            "seda_stage_admitted_per_second",
            "Rate that the overload controller admits, while it refuses anything",
            labels=["stage"],
        )
        for stage, figures in self._present.items():
            if figures.admitted_per_s is not None:
                rate.add_metric([stage], figures.admitted_per_s)
        yield rate

    def _states(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "seda_stage_state", "1 for the state that it is in", labels=["stage", "state"]
        )
        missing = GaugeMetricFamily(
            "seda_stage_missing", "1 while a stage's figures do not arrive", labels=["stage"]
        )
        for stage in self._gathering.names():
            figures = self._present.get(stage)
            present = figures.state if figures else "missing"
            missing.add_metric([stage], figures is None)
            for state in _STATES:
                family.add_metric([stage, state], state == present)
        yield family
        yield missing

    def _handlers(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "seda_stage_handlers", "Handler processes", labels=["stage", "state"]
        )
        for stage, figures in self._present.items():
            states = [handler.state for handler in figures.handlers]
            for state in ("starting", "idle", "busy", "retiring", "dying"):
                family.add_metric([stage, state], states.count(state))
        yield family

    def _counters(self) -> Iterator[Metric]:
        for name, words, label, value in _COUNTERS:
            family = CounterMetricFamily(name, words, labels=["stage", label])
            for stage, figures in self._totals.items():
                for key, count in value(figures).items():
                    family.add_metric([stage, key], count)
            yield family
        arrived = CounterMetricFamily("seda_events_arrived", "Events taken in", labels=["stage"])
        for stage, figures in self._totals.items():
            arrived.add_metric([stage], figures.events.get("arrived", 0))
        yield arrived
        drops = CounterMetricFamily(
            "seda_drops", "Events dropped", labels=["stage", "reason", "key"]
        )
        counts = CounterMetricFamily(
            "seda_stage_counts", "What a stage's own code counts", labels=["stage", "name"]
        )
        for stage, figures in self._totals.items():
            for reason, keys in figures.drops.items():
                for key, count in keys.items():
                    drops.add_metric([stage, reason, key], count)
            for name, value_counted in figures.counts.items():
                if not latency.is_latency(name):
                    counts.add_metric([stage, name], value_counted)
        yield drops
        yield counts

    def _disks(self) -> Iterator[Metric]:
        free = GaugeMetricFamily(
            "seda_disk_free_bytes", "What may still be written there", labels=["directory"]
        )
        full = GaugeMetricFamily(
            "seda_disk_full", "1 while less is free than should be", labels=["directory"]
        )
        for view in self._gathering.disks.views(self._now_s):
            free.add_metric([view.directory], view.free_bytes)
            full.add_metric([view.directory], bool(view.why))
        yield free
        yield full

    def _services(self) -> Metric:
        family = HistogramMetricFamily(
            "seda_stage_service_seconds", "What a call took", labels=["stage"]
        )
        for stage, figures in self._totals.items():
            family.add_metric([stage], _cumulative(figures), figures.service_sum_s)
        return family

    def _supervisor(self) -> Iterator[Metric]:
        figures = self._gathering.present_supervisor(self._now_s)
        missing = GaugeMetricFamily(
            "seda_supervisor_missing", "1 while the supervisor's figures do not arrive"
        )
        missing.add_metric([], figures is None)
        yield missing
        restarts = CounterMetricFamily(
            "seda_controller_restarts", "Controllers that were replaced", labels=["stage"]
        )
        newest = self._gathering.supervisor
        for process in newest.processes if newest else ():
            restarts.add_metric([process.name], process.restarts)
        yield restarts


def _cumulative(figures: StageFigures) -> list[tuple[str, float]]:
    """Return the buckets as Prometheus wants them: ascending, each with all before, +Inf last."""
    buckets: list[tuple[str, float]] = []
    count = 0
    for bound_s, in_bucket in figures.service_buckets:
        count += in_bucket
        buckets.append((repr(bound_s), count))
    return [*buckets, ("+Inf", count)]

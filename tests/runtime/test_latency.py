"""How old frames are, from counts to the histogram."""

from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from runtime.latency import BOUNDS_S, count_latency
from stages.live.metrics.gathering import Gathering
from stages.live.operations.answers import answer
from testing.messages.figures import stage_figures


def test_the_latencies_of_all_stages_become_one_histogram() -> None:
    """R26: capture to scored and capture to screen, with Prometheus' own parser."""
    counts: dict[str, dict[str, float]] = {"live": {}, "assignment": {}}

    def counting(stage: str) -> Callable[[str, float], None]:
        def count(name: str, amount: float) -> None:
            counts[stage][name] = counts[stage].get(name, 0.0) + amount

        return count

    for latency_s in (-1.0, 0.4, BOUNDS_S[1], 5.0, 10_000.0):
        count_latency(counting("live"), "scored", latency_s)
    count_latency(counting("assignment"), "screen", 2.5)
    gathering = Gathering()
    for stage, counted in counts.items():
        gathering.take_stage(stage_figures(stage, counts=counted), 0.0)
    text = answer("GET", "/metrics", gathering, 0.0).body.decode()
    found = {
        (sample.name, sample.labels.get("reached"), sample.labels.get("le")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name == "seda_frame_latency_seconds"
    }
    name = "seda_frame_latency_seconds"
    assert found[f"{name}_bucket", "scored", "0.5"] == 2
    assert found[f"{name}_bucket", "scored", "1.0"] == 3
    assert found[f"{name}_bucket", "scored", "6.0"] == 4
    assert found[f"{name}_bucket", "scored", "+Inf"] == found[f"{name}_count", "scored", None] == 5
    assert found[f"{name}_sum", "scored", None] == 0.4 + BOUNDS_S[1] + 5.0 + 10_000.0
    assert found[f"{name}_bucket", "screen", "2.0"] == 0
    assert found[f"{name}_bucket", "screen", "3.0"] == 1
    assert "latency/" not in text

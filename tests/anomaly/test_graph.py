"""The motion graph is what its weights make it, and is left for the CPU when the GPU fails."""

from pathlib import Path

import numpy as np
import pytest

from anomaly import features
from anomaly.features import MAPS, STEPS_BACK, MotionGraph, Stack, _subtract_backgrounds
from anomaly.sessions import GraphError
from scripts import build_model, scenes


def stack(count: int = 7) -> Stack:
    """Give a stack of one camera with a dark square that moves right, two pixels a picture."""
    frames = np.full((count + 8, 120, 180), 128, np.uint8)
    for number, frame in enumerate(frames):
        frame[50:66, 40 + 2 * number : 50 + 2 * number] = 20
    return Stack(
        frames,
        np.zeros(len(frames), np.float32),
        np.full((1, 120, 180), 128, np.float32),
        np.zeros(len(frames), np.int64),
        np.arange(8, 8 + count)[:, None] - np.array(STEPS_BACK),
    )


def test_graph_is_built_from_its_weights() -> None:
    """Building again gives the very bytes that are shipped."""
    built = build_model.build_graph(build_model.read_weights(build_model.WEIGHTS))
    assert built.SerializeToString(deterministic=True) == build_model.GRAPH.read_bytes()


def test_names_agree_between_builder_and_runner() -> None:
    """What the graph gives is what the detector reads."""
    assert build_model.MAPS == MAPS
    assert scenes.STEPS_BACK == STEPS_BACK


def test_square_is_seen_where_it_is_and_as_fast_as_it_is() -> None:
    """The network sees a moving square, its direction and its speed; and nothing elsewhere."""
    maps = MotionGraph(why_not_gpu="not asked for").run(stack())
    occupied, u, v = (maps[-1, MAPS.index(name)] for name in ("occupied", "u", "v"))
    x = (40 + 2 * 14 + 5) // 4
    assert occupied[14, x] > 0.8
    assert u[14, x] == pytest.approx(2, abs=0.4)
    assert abs(v[14, x]) < 0.4
    assert occupied[:8].max() < 0.2


def test_small_batches_and_missing_pictures_agree_with_one_run() -> None:
    """Cutting a stack for the cache changes nothing, also where older pictures are missing."""
    whole = stack()
    whole.which[0] = [8, -1, -1, -1, -1]
    graph = MotionGraph(why_not_gpu="not asked for")
    at_once = graph._run(_subtract_backgrounds(whole), whole.which)
    np.testing.assert_allclose(graph.run(whole), at_once, rtol=1e-3, atol=1e-4)


def test_lost_gpu_is_left_for_the_cpu() -> None:
    """A GPU that fails in a call is left, the same call repeated on the CPU, and it is said why."""
    graph = MotionGraph(why_not_gpu="not asked for")
    expected = graph.run(stack())

    class Lost:
        """A session whose device is gone."""

        def run(self, names: None, feeds: object) -> None:
            """Fail."""
            del names, feeds
            raise RuntimeError("CUDA failure 2: out of memory")

        def get_inputs(self) -> list[object]:
            """List nothing."""
            return []

    graph._session, graph._on_gpu, graph.device = Lost(), True, "CUDA"  # type: ignore[assignment]  # a session that fails
    np.testing.assert_array_equal(graph.run(stack()), expected)
    assert graph.device.startswith("CPU (the GPU was left: ")
    assert "out of memory" in graph.device


def test_a_gpu_that_the_runtime_refuses_is_left_for_the_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The runtime itself is asked for CUDA, fails, and says why; the maps are the same."""
    if features.why_no_gpu() is None:
        pytest.skip("this machine has a GPU: nothing refuses")
    monkeypatch.setattr(features, "why_no_gpu", lambda: None)
    graph = MotionGraph()
    assert graph.device.startswith("CPU (the GPU could not be used: ")
    assert "CUDA" in graph.device
    expected = MotionGraph(why_not_gpu="not asked for").run(stack())
    np.testing.assert_array_equal(graph.run(stack()), expected)


def test_other_graph_is_refused(tmp_path: Path) -> None:
    """A graph of other inputs is named for what it has."""
    model = build_model.build_graph(build_model.read_weights(build_model.WEIGHTS))
    model.graph.input[1].name = "brightness"
    model.graph.node[0].input[1] = "brightness"
    path = tmp_path / "other.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(GraphError, match="brightness"):
        MotionGraph(path, why_not_gpu="not asked for")

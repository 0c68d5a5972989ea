"""Build the detector's ONNX graph from the network's weights.

The same weights give the same bytes.

`python -P -m scripts.build_model [WEIGHTS] [GRAPH]`. The weights come from
`scripts.train_model`.

Inputs:

- `differences` float [F, H, W]: small pictures of any cameras of one size, less their backgrounds
  and the light; the last one is empty
- `which` int64 [N, S]: of every judged picture, the ones of each step back; -1 where there is none

Output `maps` float [N, 11, H/4, W/4]: see `MAPS`.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from scripts.scenes import CELL_PX, STEPS_BACK

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "scripts" / "motion_weights.npz"
GRAPH = ROOT / "anomaly" / "motion.onnx"
CONTRAST = 32.0  # grey levels that count as one
MAPS = (
    "occupied", "u", "v", "doubt", "log_height",
    "walker", "rider", "skater", "vehicle", "shape", "change",
)  # fmt: skip
KINDS = 5
OPSET = 17
IR_VERSION = 8  # of the opset's time: read by old and new runtimes alike

Attribute = int | list[int]
Weights = dict[str, NDArray[np.float32]]


class Graph:
    """Collects nodes and constants; each method gives the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add a constant."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, op: str, inputs: list[str], output: str, **attributes: Attribute) -> str:
        """Add a node."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=output))
        self.nodes[-1].attribute.extend(
            helper.make_attribute(name, value) for name, value in attributes.items()
        )
        return output

    def convolve(self, weights: Weights, name: str, x: str, output: str, **how: Attribute) -> str:
        """Add a convolution that keeps the size, but for its stride."""
        kernel = weights[f"{name}.weight"]
        pad = (kernel.shape[-1] - 1) // 2
        names = [
            self.constant(f"{name}.{part}", weights[f"{name}.{part}"].astype(np.float32))
            for part in ("weight", "bias")
        ]
        return self.add("Conv", [x, *names], output, pads=[pad] * 4, **how)


def build_graph(weights: Weights) -> onnx.ModelProto:
    """Make the whole graph."""
    graph = Graph()
    difference = graph.add("Gather", ["differences", "which"], "difference", axis=0)
    logits = _add_network(graph, weights, difference)
    _add_maps(graph, logits, difference)
    floats, ids = TensorProto.FLOAT, TensorProto.INT64
    inputs = [
        helper.make_tensor_value_info("differences", floats, ["F", "H", "W"]),
        helper.make_tensor_value_info("which", ids, ["N", len(STEPS_BACK)]),
    ]
    maps = helper.make_tensor_value_info("maps", floats, ["N", len(MAPS), "h", "w"])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "motion", inputs, [maps], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="seda",
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _add_network(graph: Graph, weights: Weights, x: str) -> str:
    # The first kernel takes grey levels: scaling it once spares a pass over every picture.
    scaled = {**weights, "c1.weight": weights["c1.weight"] / np.float32(CONTRAST)}
    x = graph.convolve(scaled, "c1", x, "c1", strides=[2, 2])
    x = graph.add("Relu", [x], "r1")
    x = graph.convolve(weights, "c2", x, "c2", strides=[2, 2])
    x = graph.add("Relu", [x], "r2")
    blocks = sum(name.endswith(".dw.weight") for name in weights)
    for number in range(blocks):
        name = f"b.{number}"
        width = weights[f"{name}.dw.weight"].shape[0]
        y = graph.convolve(weights, f"{name}.dw", x, f"{name}.deep", group=width)
        y = graph.convolve(weights, f"{name}.pw", y, f"{name}.mixed")
        y = graph.add("Relu", [y], f"{name}.cut")
        y = graph.convolve(weights, f"{name}.p2", y, f"{name}.out")
        x = graph.add("Add", [x, y], f"{name}.sum")
    x = graph.add("Relu", [x], "features")
    return graph.convolve(weights, "h", x, "logits")


def _add_maps(graph: Graph, logits: str, difference: str) -> None:
    sizes = graph.constant("sizes", np.array([1, 2, 1, 1, KINDS], np.int64))
    graph.add("Split", [logits, sizes], "ignored", axis=1)
    parts = ["occupied_l", "velocity", "doubt_l", "height", "kinds_l"]
    del graph.nodes[-1].output[:]
    graph.nodes[-1].output.extend(parts)
    graph.add("Sigmoid", ["occupied_l"], "occupied")
    graph.add("Exp", ["doubt_l"], "doubt")
    # A softmax by hand: onnxruntime's transposes for this axis and takes five times as long.
    graph.constant("channel", np.array([1], np.int64))
    lowest, highest = (
        graph.constant(n, np.array(v, np.float32)) for n, v in (("lo", -30), ("hi", 30))
    )
    graph.add("Clip", ["kinds_l", lowest, highest], "kinds_c")
    graph.add("Exp", ["kinds_c"], "kinds_e")
    graph.add("ReduceSum", ["kinds_e", "channel"], "kinds_sum", keepdims=1)
    graph.add("Div", ["kinds_e", "kinds_sum"], "kinds")
    first = [
        graph.constant(f"first_{n}", np.array([v], np.int64))
        for n, v in zip("abc", (0, 1, 1), strict=True)
    ]
    graph.add("Slice", [difference, *first], "now")
    graph.add("Abs", ["now"], "now_abs")
    side = [CELL_PX, CELL_PX]
    graph.add("AveragePool", ["now_abs"], "change_levels", kernel_shape=side, strides=side)
    contrast = graph.constant("contrast", np.array(1 / CONTRAST, np.float32))
    graph.add("Mul", ["change_levels", contrast], "change")
    graph.add(
        "Concat", ["occupied", "velocity", "doubt", "height", "kinds", "change"], "maps", axis=1
    )


def read_weights(path: Path) -> Weights:
    """Return the network's weights by name."""
    with np.load(path) as file:
        return {name: file[name].astype(np.float32) for name in file.files}


def main(arguments: list[str]) -> int:
    """Build the graph and say how large it is."""
    source = Path(arguments[0]) if arguments else WEIGHTS
    target = Path(arguments[1]) if len(arguments) > 1 else GRAPH
    content = build_graph(read_weights(source)).SerializeToString(deterministic=True)
    target.write_bytes(content)
    print(f"{target}: {len(content)} bytes")  # noqa: T201 - a program's answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

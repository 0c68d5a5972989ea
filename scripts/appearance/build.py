"""Build the appearance network's ONNX graph from its weights.

The same weights give the same bytes.

`python -P -m scripts.appearance.build [WEIGHTS] [GRAPH]`. The weights come from
`scripts.appearance.train`. Input `crops` uint8 [N, 2, 32, 32]: a thing in a larger picture, and
what differs there from the usual view (`anomaly.appearance.crops`). Output `looks` float [N, 8].
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from scripts.build_model import IR_VERSION, OPSET, ROOT, Graph, Weights, read_weights

WEIGHTS = ROOT / "scripts" / "appearance" / "weights.npz"
GRAPH = ROOT / "anomaly" / "appearance.onnx"
SIDE_PX, LOOKS = 32, 8
LEAST_CONTRAST = 6.0
"""Grey levels that are added to a crop's deviation: a sensor's noise is not made a pattern."""
DIFFERENCE_SCALE, DIFFERENCE_SHIFT = 1 / 64, -0.5
STRIDES = {"c1": 2, "c2": 2, "c3": 1, "c4": 2}


def build_graph(weights: Weights) -> onnx.ModelProto:
    """Make the whole graph."""
    graph = Graph()
    graph.add("Cast", ["crops"], "levels", to=TensorProto.FLOAT)
    x = _add_inputs(graph)
    for name, stride in STRIDES.items():
        x = graph.convolve(weights, name, x, name, strides=[stride, stride])
        x = graph.add("Relu", [x], f"{name}.cut")
    x = graph.add("Flatten", [x], "flat")
    for name in ("f1", "f2"):
        parts = [graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in _PARTS]
        x = graph.add("Gemm", [x, *parts], name, transB=1)
        x = graph.add("Relu", [x], f"{name}.cut") if name == "f1" else x
    graph.add("Softmax", [x], "looks", axis=1)
    crops = helper.make_tensor_value_info("crops", TensorProto.UINT8, ["N", 2, SIDE_PX, SIDE_PX])
    looks = helper.make_tensor_value_info("looks", TensorProto.FLOAT, ["N", LOOKS])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "appearance", [crops], [looks], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="seda",
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


_PARTS = ("weight", "bias")


def _add_inputs(graph: Graph) -> str:
    """Bring every crop to the same mean and contrast, and its difference to a common scale."""
    halves = graph.constant("halves", np.array([1, 1], np.int64))
    graph.add("Split", ["levels", halves], "unused", axis=1)
    del graph.nodes[-1].output[:]
    graph.nodes[-1].output.extend(["grey", "differs"])
    graph.add("ReduceMean", ["grey"], "mean", axes=[2, 3], keepdims=1)
    graph.add("Sub", ["grey", "mean"], "centred")
    graph.add("Mul", ["centred", "centred"], "squares")
    graph.add("ReduceMean", ["squares"], "variance", axes=[2, 3], keepdims=1)
    graph.add("Sqrt", ["variance"], "deviation")
    least = graph.constant("least", np.array(LEAST_CONTRAST, np.float32))
    graph.add("Add", ["deviation", least], "contrast")
    graph.add("Div", ["centred", "contrast"], "picture")
    scale = graph.constant("scale", np.array(DIFFERENCE_SCALE, np.float32))
    shift = graph.constant("shift", np.array(DIFFERENCE_SHIFT, np.float32))
    graph.add("Mul", ["differs", scale], "differs_scaled")
    graph.add("Add", ["differs_scaled", shift], "mask")
    return graph.add("Concat", ["picture", "mask"], "x", axis=1)


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

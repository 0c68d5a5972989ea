"""The design note shows code that works and is as short as it claims."""

import re
from pathlib import Path
from typing import Any

import pytest

from runtime import Context, Input, Received
from runtime.results import Collected, Collector
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import Event
from seda.pipeline import Stage, StageOutput
from seda.wire import close_all
from testing.controllers.spoken import Controller

NOTE = Path(__file__).parents[2] / "design" / "writing-a-stage.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", NOTE.read_text(), re.DOTALL)


def example(function: str) -> dict[str, Any]:
    """Run the example that defines this function and return its names."""
    [text] = [text for text in EXAMPLES if f"def {function}(" in text]
    names: dict[str, Any] = {}
    exec(compile(text, NOTE.name, "exec"), names)  # noqa: S102 - our own note
    return names


def given(tmp_path: Path, content: bytes, body: object) -> tuple[Input, Context]:
    """Return an input with one payload, and a context."""
    event = Event("a", "picture", "gate", encode_body(body))
    received = Received("memory", len(content), payload.make(content))
    stage = Stage(
        "example",
        "",
        ("picture",),
        (StageOutput("thumbnail", "wall"), StageOutput("judged", "wall")),
    )
    return Input(event, (received,)), Context(Controller(stage, tmp_path).config)


@pytest.mark.parametrize("text", EXAMPLES)
def test_functions_are_short(text: str) -> None:
    """A CPU stage is one function of at most 20 lines."""
    function = text.rsplit("\n\n\n", maxsplit=1)[-1]
    assert len(function.strip().splitlines()) <= 20


def test_the_function_stage_works(tmp_path: Path) -> None:
    """The example gives a thumbnail, and drops it under pressure."""
    names = example("shrink")
    event, context = given(tmp_path, bytes(range(16)), names["Picture"](4, 4))
    collected = Collected()
    Collector(context.stage).collect(event, names["shrink"](event, context), collected)
    [output] = collected.results[0].outputs
    assert decode_body(output.event.body, names["Picture"]) == names["Picture"](2, 2)
    with payload.view(collected.descriptors[0], 4) as small:
        assert bytes(small) == bytes([0, 2, 8, 10])
    close_all(collected.descriptors)
    assert context.meter.figures().counts == {"pixels": 4}
    context.pressure = 3
    assert names["shrink"](event, context).reason == "pressure"
    event.close()


def test_the_stage_of_several_works(tmp_path: Path) -> None:
    """The example scores each event by all of them."""
    names = example("judge")
    first, context = given(tmp_path, b"\x10\x10", None)
    second, _ = given(tmp_path, b"\x10\x40", None)
    drafts = list(names["judge"].function([first, second], context))
    assert [draft.source for draft in drafts] == [first, second]
    first.close()
    second.close()
    assert drafts[0].header["threat"] < drafts[1].header["threat"]


def test_the_async_example_is_what_the_runtime_takes() -> None:
    """Its function has the name and the arguments that the note says."""
    serve = example("serve")["serve"]
    assert serve.__code__.co_varnames[: serve.__code__.co_argcount] == ("event", "context")
    assert serve.__code__.co_flags & 0x80  # a coroutine function

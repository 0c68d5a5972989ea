"""Messages of every kind, as they travel."""

from hypothesis import strategies as st

from seda import protocol
from seda.messages import Event, HandlerFigures, Output, Payload, Settlement
from seda.protocol import Message

IDS = st.from_regex(r"[!-~]{1,20}", fullmatch=True)
TEXTS = st.text(max_size=10)
COUNTS = st.integers(0, 2**40)
SECONDS = st.floats(0, 1e9)
PRESSURES = st.integers(0, 4)

payloads = st.builds(
    Payload,
    kind=st.sampled_from(["memory", "connection"]),
    size_bytes=COUNTS,
    of_input=st.integers(-1, 3),
)
events = st.builds(
    Event,
    id=IDS,
    kind=TEXTS,
    key=TEXTS,
    body=st.binary(max_size=20),
    payloads=st.lists(payloads, max_size=3).map(tuple),
    priority=st.integers(-5, 5),
    threat=st.none() | st.floats(0, 1),
    units=st.floats(0.001, 1e6),
    born_s=SECONDS,
)
outputs = st.builds(Output, to=TEXTS, event=events)
figures = st.builds(
    HandlerFigures,
    cpu_s=SECONDS,
    memory_bytes=COUNTS,
    counts=st.dictionaries(TEXTS, st.floats(-1e9, 1e9), max_size=3),
)
settlements = st.builds(
    Settlement, id=IDS, outcome=st.sampled_from(["done", "dropped", "quarantined"]), reason=TEXTS
)
results = st.builds(
    protocol.Result,
    id=IDS,
    outcome=st.sampled_from(["done", "dropped", "failed"]),
    reason=TEXTS,
    outputs=st.lists(outputs, max_size=2).map(tuple),
)
windows = st.builds(protocol.Window, events=COUNTS, size_bytes=COUNTS, descriptors=COUNTS)


def _several(one: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(one, max_size=3).map(tuple)


messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(protocol.Hello, stage=TEXTS, pid=COUNTS),
    st.builds(protocol.Welcome, window=windows, pressure=PRESSURES),
    st.builds(protocol.Refused, reason=TEXTS),
    st.builds(protocol.Submit, events=_several(events)),
    st.builds(protocol.Settled, settlements=_several(settlements), pressure=PRESSURES),
    st.builds(protocol.Again, ids=_several(IDS)),
    st.builds(protocol.Warm, pid=COUNTS, problem=TEXTS),
    st.builds(protocol.Fork, handler=COUNTS),
    st.builds(protocol.Born, pid=COUNTS),
    st.builds(protocol.Ready, start_s=SECONDS, notes=_several(TEXTS)),
    st.builds(protocol.Call, call=COUNTS, pressure=PRESSURES, events=_several(events)),
    st.builds(
        protocol.Done, call=COUNTS, service_s=SECONDS, results=_several(results), figures=figures
    ),
    st.builds(protocol.Emit, outputs=_several(outputs), figures=figures),
    st.builds(protocol.Beat, figures=figures),
    st.builds(protocol.Room, outputs=COUNTS),
    st.just(protocol.Stop()),
)

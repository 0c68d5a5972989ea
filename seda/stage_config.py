"""What the supervisor tells a controller, in sealed memory, so that it survives the controller.

A controller that is restarted reads the same configuration again, never a file that
somebody may be editing at that moment. The template and its handlers read it too.
"""

import os

import attrs

from conf.schema import StageSettings
from seda import payload
from seda.codec import decode_body, encode_body
from seda.pipeline import Stage


@attrs.frozen
class StageConfig:
    """Everything that a controller and its handlers have to know."""

    row: Stage
    settings: StageSettings
    """The row's, with what the configuration overrides."""
    successors: dict[str, str]
    """Paths of the sockets of the stages that this one gives to, `live` among them."""
    streams: tuple[str, ...]
    """Who gives more than facts to this stage: they share most of the queue's bounds as windows."""
    others: int
    """How many submit here besides, one of them from outside: supervisor or command line."""
    run_directory: str
    data_directory: str
    listening: int
    """Descriptor of the controller's own listening socket."""
    kept_state: int
    """Descriptor of the mapped memory that the supervisor keeps."""
    sockets: dict[str, int] = attrs.Factory(dict)
    """Descriptors of the supervisor's sockets that the row's `listens` names."""
    granted: tuple[str, ...] = ()
    """Files that the handlers of a function stage may read besides: models."""
    kinds: dict[str, tuple[str, ...]] = attrs.Factory(dict)
    """What each stage may submit here: the outputs of its row, and figures."""
    stopped_earlier: tuple[str, ...] = ()
    """Successors that a stop ends before this stage, because they stand before it in the table."""
    log_is_json: bool = True
    log_level: str = "info"
    quarantine_bytes: int = 256 * 1024 * 1024
    disk_floor_bytes: int = 0
    content: bytes = b""
    """The settings without secrets, encoded; a stage reads what concerns it."""

    def seal(self) -> int:
        """Return a descriptor that holds this configuration."""
        return payload.make(encode_body(self), f"config-{self.row.name}")


def read(descriptor: int) -> StageConfig:
    """Return the configuration in this descriptor, which stays open for the template to inherit."""
    size_bytes = os.fstat(descriptor).st_size
    with payload.view(descriptor, size_bytes) as content:
        return decode_body(bytes(content), StageConfig)

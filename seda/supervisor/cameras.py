"""Submits every configured camera to the stage that watches cameras, once, and sees that it stays.

A camera's event lasts as long as the camera is wanted. While the stage's controller restarts, the
sender keeps it and submits it again. What was settled as done is over: a file that was played to
its end. Any other settlement is not the camera's own, and it is submitted anew under another id.
"""

from collections.abc import Iterable
from urllib.parse import quote

from conf.schema import Camera
from seda.codec import encode_body
from seda.messages import ID_BYTES, Event
from seda.pipeline import Pipeline, Stage
from seda.sender import Sender

KIND = "camera"
_NUMBER_BYTES = 20


def watching_stage(pipeline: Pipeline) -> Stage | None:
    """Return the row that takes cameras, if there is one."""
    return next((stage for stage in pipeline.stages if KIND in stage.takes), None)


class Cameras:
    """A link to the stage that watches cameras."""

    def __init__(self, path: str, cameras: Iterable[Camera]) -> None:
        self._sender = Sender(path, "supervisor")
        self._wanted: dict[str, Camera] = {}
        self._count = 0
        for camera in cameras:
            self._submit(camera)

    def fileno(self) -> int:
        """Return the descriptor to wait for; -1 while there is no link."""
        return self._sender.fileno()

    def pump(self) -> None:
        """Give the stage what it does not have, and hear what it has finished with."""
        for settlement in self._sender.pump():
            camera = self._wanted.pop(settlement.id, None)
            if camera is not None and settlement.outcome != "done":
                self._submit(camera)

    def close(self) -> None:
        """End the link."""
        self._sender.close()

    def _submit(self, camera: Camera) -> None:
        self._count += 1
        name = quote(camera.name, safe="")[: ID_BYTES - _NUMBER_BYTES]
        event = Event(f"camera/{name}/{self._count}", KIND, camera.name, encode_body(camera))
        self._wanted[event.id] = camera
        self._sender.submit(event)

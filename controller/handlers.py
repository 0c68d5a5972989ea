"""All handler processes of this controller, by the engine's numbers for them."""

from controller.core.happenings import Dispatch, Kill
from controller.handler import HandlerContext, HandlerProcess
from controller.handler_sources import Source
from seda import protocol


class Handlers:
    """Carries the engine's commands to the handlers."""

    def __init__(self, context: HandlerContext, source: Source) -> None:
        self._context = context
        self._source = source
        self._handlers: dict[int, HandlerProcess] = {}

    def spawn(self, number: int) -> None:
        """Start a handler under this number."""
        handler = HandlerProcess(number, self._context, self._source, self._handlers.__delitem__)
        self._handlers[number] = handler
        self._source.want(handler)

    def dispatch(self, command: Dispatch) -> None:
        """Give a handler a call."""
        call = protocol.Call(command.call, command.pressure, command.events)
        self._handlers[command.handler].call(call)

    def grant(self, number: int, outputs: int) -> None:
        """Give an async handler room to emit."""
        self._handlers[number].say(protocol.Room(outputs))

    def retire(self, number: int) -> None:
        """Ask a handler to finish and exit."""
        self._handlers[number].say(protocol.Stop())

    def kill(self, command: Kill) -> None:
        """End a handler."""
        self._handlers[command.handler].kill(command.cause)

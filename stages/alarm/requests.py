"""A write as the routes get it: the person, the route and the form."""

from typing import TypeVar

import attrs
import msgspec

from seda.requests import Ask, Person
from stages.alarm.replies import Invalid

T = TypeVar("T")


@attrs.frozen
class Request:
    """An `Ask` with its body, wherever that came."""

    ask: Ask
    content: bytes

    @property
    def person(self) -> Person:
        """Who is signed in; the parser lets nobody else come to a route that needs somebody."""
        if self.ask.person is None:
            raise Invalid(f"{self.ask.route} needs somebody who is signed in")
        return self.ask.person

    @property
    def actor(self) -> str:
        """Their name, for the ledger."""
        return self.person.name

    def form(self, kind: type[T]) -> T:
        """Decode the body."""
        try:
            return msgspec.json.decode(self.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(str(error)) from None

    def query(self, kind: type[T]) -> T:
        """Decode the query."""
        try:
            return msgspec.convert(self.ask.query, kind, strict=False)
        except msgspec.ValidationError as error:
            raise Invalid(str(error)) from None

    def sees(self, camera: str) -> bool:
        """Whether a camera is in the person's scope; what is about none is everybody's."""
        return self.person.scope is None or not camera or camera in self.person.scope

    def covers(self, scope: frozenset[str] | None) -> bool:
        """Whether the person may see every camera of a scope; None is all cameras."""
        own = self.person.scope
        return own is None or (scope is not None and scope <= own)

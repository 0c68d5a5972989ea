"""Whether an answer is what the document of the API says: its code, its kind, its content."""

import email
import json
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec

from spotter_web.openapi import document
from spotter_web.routes import ROUTES, Route


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document()))
    return found


def route_of(name: str) -> Route:
    """Return a row of the table of addresses."""
    return next(route for route in ROUTES if route.name == name)


def faults_of(route: Route, status: int, headers: str, body: bytes) -> list[str]:
    """Return what is not as documented, in words."""
    told = email.message_from_string(headers)
    answers = _document()["paths"][route.path][route.method.lower()]["responses"]
    about = f"{route.method} {route.path}: {status}"
    if str(status) not in answers:
        return [f"{about} is not in the document: {body[:200]!r}"]
    answer = answers[str(status)]
    kind, content = told.get("Content-Type"), answer.get("content", {})
    faults = [
        f"{about}: the header {name}: {words}"
        for name, header in answer.get("headers", {}).items()
        for words in _faults_in(header["content"], "application/json", told.get(name, ""))
    ]
    if not content:
        return faults + ([f"{about}: has a body of {kind}"] if body else [])
    if kind not in content:
        return [*faults, f"{about}: is {kind} and not one of {', '.join(content)}"]
    if kind == "application/json":
        faults += [f"{about}: {words}" for words in _faults_in(content, kind, body.decode())]
    return faults


def _faults_in(content: dict[str, Any], kind: str, text: str) -> list[str]:
    schema = content[kind]["schema"] | {"components": _document()["components"]}
    try:
        found = json.loads(text)
    except ValueError:
        return [f"no JSON: {text[:200]!r}"]
    return [str(it) for it in jsonschema_rs.validator_for(schema).iter_errors(found)]

"""The document of the API: of every route, in one piece, and nothing in it leads nowhere."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from spotter_web.openapi import document
from spotter_web.routes import ROUTES


def references(part: Any) -> Iterator[str]:
    """Return every reference in a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from references(value)


def test_every_route_is_there_with_its_answers() -> None:
    """And nothing that is no route."""
    paths = document()["paths"]
    assert sum(len(methods) for methods in paths.values()) == len(ROUTES)
    for route in ROUTES:
        operation = paths[route.path][route.method.lower()]
        assert operation["operationId"] == route.name
        codes = {int(code) for code in operation["responses"]}
        assert {route.done, *route.others, 400, 500, 503} <= codes
        assert (401 in codes) == (route.least is not None or 401 in route.others)
        assert bool(operation["security"]) == (route.least is not None)
        assert ("requestBody" in operation) == (route.body is not None)


def test_every_place_in_a_path_is_a_parameter() -> None:
    """As the specification demands."""
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            named = {it["name"] for it in operation["parameters"] if it["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path))


def test_what_is_refused_is_a_problem_everywhere() -> None:
    """One form for every error."""
    for methods in document()["paths"].values():
        for operation in methods.values():
            for code, response in operation["responses"].items():
                if int(code) >= 400:
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}


def test_nothing_leads_nowhere() -> None:
    """Every class that is spoken of is described, and the whole is JSON."""
    whole = msgspec.json.decode(msgspec.json.encode(document()))
    known = {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}
    assert set(references(whole)) <= known
    assert "$defs" not in str(whole)


def test_the_facts_of_a_frame_are_described_where_they_travel() -> None:
    """In a header of the picture's own answer."""
    headers = document()["paths"]["/api/v1/next"]["get"]["responses"]["200"]["headers"]
    schema = headers["Seda-Frame"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Frame"}

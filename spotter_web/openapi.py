"""The document of /api/v1 (OpenAPI 3.1), made from the table of routes and its classes. Pure.

What it says is what the stages do, because they go by the same rows; nothing is written here by
hand but what every route has in common.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from spotter_web import views
from spotter_web.routes import ROUTES, Route

Json = dict[str, Any]

_SCHEMAS = "#/components/schemas/{name}"
_PLACE = re.compile(r"\{(\w+)\}")
_COMMON = {
    400: "The request is malformed",
    408: "The request did not come in time",
    421: "The request names another host",
    429: "Too many requests or connections; Retry-After says when to come back",
    431: "The head is too large",
    505: "The request speaks another version of HTTP",
    500: "A stage failed; its log says why",
    503: "A stage does not answer now; Retry-After says when to come back",
}
"""Of every route."""
_SIGNED_IN = {
    401: "Nobody is signed in, or the session has ended",
    403: "The role does not allow it, or the request came from another site",
}
_BODIED = {
    411: "The body's length is missing",
    413: "The body is too large",
    415: "The body has another media type",
    417: "Only Expect: 100-continue is understood",
    422: "The body does not match its form",
}
_OTHERS = {
    204: "Nothing to tell",
    206: "Part of the content",
    304: "What the caller has is still current",
    404: "It does not exist, or is out of scope",
    409: "It conflicts with the present state",
    416: "The range lies outside the content",
}
_WORDS = _COMMON | _SIGNED_IN | _OTHERS
_FEATURES = {
    "next": ("Seda-Frame", "The frame's facts", views.Frame),
    "picture": ("Seda-Captured", "When it was taken, in seconds since 1970", float),
}
"""Headers that belong to an answer."""


def document(routes: Sequence[Route] = ROUTES) -> Json:
    """Return the whole document."""
    kinds = _kinds(routes)
    references, schemas = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS)
    known = dict(zip(kinds, references, strict=True))
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "seda",
            "version": "1",
            "description": "GET stands for HEAD too. With the session's cookie, everything but GET "
            "has to come from the console's own pages (Sec-Fetch-Site or Origin say so).",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "seda_session"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _kinds(routes: Sequence[Route]) -> list[Any]:
    """Return every class that the routes speak of, once."""
    spoken: list[Any] = [views.Problem, *(kind for _, _, kind in _FEATURES.values())]
    for route in routes:
        spoken += [it for it in (route.body, route.gives) if it and not isinstance(it, str)]
    return list(dict.fromkeys(spoken))


def _operation(route: Route, known: dict[Any, Json]) -> Json:
    operation: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.path.removeprefix("/api/v1").strip("/").partition("/")[0]],
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": _responses(route, known),
        "security": _security(route),
    }
    if route.least:
        operation["description"] = f"For the role {route.least} and those above it."
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.body, known)}
    return operation


def _security(route: Route) -> list[Json]:
    """Return what lets somebody in, either of them."""
    if route.least is None:
        return []
    return [{"session": []}] if route.is_personal else [{"session": []}, {"token": []}]


def _path_parameters(route: Route) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 120},
        }
        for name in _PLACE.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    classes = msgspec.json.schema(route.query)["$defs"]
    schema = classes[route.query.__name__]
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _plain(of, classes)}
        for name, of in schema["properties"].items()
    ]


def _plain(schema: Json, classes: Json) -> Json:
    """Leave "nothing" out of what a query may say: there, a parameter is left out instead."""
    kinds = [it for it in schema.get("anyOf", []) if it != {"type": "null"}]
    kind: Json = kinds[0] if len(kinds) == 1 else schema
    name = kind.get("$ref", "").rpartition("/")[2]
    return classes[name] if name else kind


def _responses(route: Route, known: dict[Any, Json]) -> Json:
    problem = _content(views.Problem, known)
    found = {code: {"description": words, "content": problem} for code, words in _COMMON.items()}
    if route.least is not None:
        found |= {it: {"description": of, "content": problem} for it, of in _SIGNED_IN.items()}
    if route.body is not None:
        found |= {it: {"description": of, "content": problem} for it, of in _BODIED.items()}
    for code in route.others:
        found[code] = {"description": _WORDS[code]}
        if code == 206:
            found[code]["content"] = _content(route.gives, known)
        elif code >= 400:
            # What is for operations is text, whatever it says.
            is_text = isinstance(route.gives, str) and route.gives.startswith("text/plain")
            found[code]["content"] = problem | (_content(route.gives, known) if is_text else {})
    found[route.done] = _success(route, known)
    return {str(code): found[code] for code in sorted(found)}


def _success(route: Route, known: dict[Any, Json]) -> Json:
    success: Json = {"description": route.summary}
    if route.gives is not None:
        success["content"] = _content(route.gives, known)
    if route.name in _FEATURES:
        name, words, kind = _FEATURES[route.name]
        facts = {"application/json": {"schema": known[kind]}}
        success["headers"] = {name: {"description": words, "required": True, "content": facts}}
    return success


def _content(kind: Any, known: dict[Any, Json]) -> Json:  # noqa: ANN401 - a class, or a media type
    if not isinstance(kind, str):
        return {"application/json": {"schema": known[kind]}}
    is_text = kind.startswith("text/") or kind == "application/json"
    return {kind: {"schema": {} if is_text else {"type": "string", "format": "binary"}}}

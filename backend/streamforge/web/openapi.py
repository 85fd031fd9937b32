"""Generates the OpenAPI 3.1 document from the routes and their Structs. It validates nothing.

quart-schema walks the routes. Of a msgspec Struct it keeps only one schema and leaves references to
nested Structs dangling (0.25), so the parts about bodies are built here from `msgspec.json`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import msgspec
from quart_schema import DataSource, OpenAPIProvider
from quart_schema.validation import (
    QUART_SCHEMA_QUERYSTRING_ATTRIBUTE,
    QUART_SCHEMA_REQUEST_ATTRIBUTE,
    QUART_SCHEMA_RESPONSE_ATTRIBUTE,
)
from werkzeug.routing import Rule

from streamforge.web.problems import CONTENT_TYPE, Problem

Route = TypeVar("Route", bound=Callable[..., Any])
Schema = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{name}"
IDEMPOTENCY_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A UUID; a repeated request with it gets the first answer.",
    "schema": {"type": "string", "minLength": 16, "maxLength": 255},
}
PREFIX: Final = "/api/"


class Empty(msgspec.Struct, frozen=True):
    """No content."""


def describe_request(route: Callable[..., Any], model: type[msgspec.Struct]) -> None:
    """Note the body that a route takes."""
    setattr(route, QUART_SCHEMA_REQUEST_ATTRIBUTE, (model, DataSource.JSON))


def answers(status: int, model: type[msgspec.Struct]) -> Callable[[Route], Route]:
    """Note what a route answers."""

    def decorate(route: Route) -> Route:
        setattr(route, QUART_SCHEMA_RESPONSE_ATTRIBUTE, {status: (model, None)})
        return route

    return decorate


def takes_query(model: type[msgspec.Struct]) -> Callable[[Route], Route]:
    """Note the query parameters that a route reads."""

    def decorate(route: Route) -> Route:
        setattr(route, QUART_SCHEMA_QUERYSTRING_ATTRIBUTE, model)
        return route

    return decorate


class MsgspecOpenApi(OpenAPIProvider):
    """quart-schema's provider with complete component schemas, for the routes under /api/."""

    def generate_rules(self) -> list[Rule]:
        """Pages, assets and probes are not part of the API."""
        return [rule for rule in super().generate_rules() if rule.rule.startswith(PREFIX)]

    def build_paths(self, rule: Rule) -> tuple[Schema, Schema]:
        """Add to each operation what all of them share."""
        paths, components = cast("tuple[Schema, Schema]", super().build_paths(rule))  # pyright: ignore[reportUnknownMemberType]
        problem, problem_components = _schema_of(Problem)
        for operations in paths.values():
            for method, operation in operations.items():
                if method == "post":
                    operation["parameters"] = [*operation["parameters"], IDEMPOTENCY_KEY]
                operation["responses"] = {
                    **{str(status): answer for status, answer in operation["responses"].items()},
                    "default": {
                        "description": "A problem (RFC 9457) with a stable `code`.",
                        "content": {CONTENT_TYPE: {"schema": problem}},
                    },
                }
        return paths, {**components, **problem_components}

    def build_request_body(
        self,
        model: Any,
        source: DataSource,  # noqa: ARG002
    ) -> tuple[Schema, Schema]:
        """Describe a JSON body."""
        schema, components = _schema_of(model)
        return {"required": True, "content": {"application/json": {"schema": schema}}}, components

    def build_response_object(
        self,
        model: Any,
        headers_model: Any,  # noqa: ARG002
    ) -> tuple[Schema, Schema]:
        """Describe an answer."""
        description = (model.__doc__ or "").strip()
        if model is Empty:
            return {"description": description}, {}
        schema, components = _schema_of(model)
        content = {"application/json": {"schema": schema}}
        return {"description": description, "content": content}, components

    def operation_id(self, method: str, path: str, func: Callable[..., Any]) -> str | None:
        """The name of the route: `create`, `list` … made unique by its noun."""
        nouns = [
            part for part in path.removeprefix("/api/v1/").split("/") if not part.startswith("{")
        ]
        name = getattr(func, "__name__", method)
        return name if name in nouns else "_".join([name, *nouns])


def _schema_of(model: type[msgspec.Struct]) -> tuple[Schema, Schema]:
    """Return a reference to the model's schema, and every schema that it needs."""
    (reference,), components = msgspec.json.schema_components([model], ref_template=REFERENCE)
    return reference, components

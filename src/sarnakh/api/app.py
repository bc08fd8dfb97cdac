"""The API of version 1: which families of endpoints there are, and what wraps them all."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, re_path
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema

from sarnakh.api import refusals
from sarnakh.api.bodies import JsonParser
from sarnakh.api.door import door, known_query, nowhere
from sarnakh.api.endpoints import (
    captures,
    deals,
    facts,
    figures,
    lead_acts,
    leads,
    lists,
    people,
    relations,
    sends,
    talks,
    words,
)
from sarnakh.api.problems import CONTENT_TYPE

DESCRIPTION = """\
One key opens it: `Authorization: Bearer <key>`, made with `sarnakh token create`. What you see and may do is what the
key's user sees and may do, narrowed by the key's scopes.

Lists answer `{"items": […], "next": cursor}`; give `next` back as `cursor` for the page after. Errors are problem+json.
Every POST takes an `Idempotency-Key`: sent again with the same body it does nothing and answers the same; with another
body it is refused (409). Moments are ISO 8601 with their offset; money is a whole number of the smallest unit.
"""

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Up to 200 letters of your own; the same key with the same body acts once.",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[!-~]*$"},
}


class Api(NinjaAPI):
    """ninja, with what its description of us leaves out."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                if method == "post":
                    operation["parameters"] = [*operation.get("parameters", ()), IDEMPOTENCY_KEY]
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {CONTENT_TYPE: answer["content"].popitem()[1]}
        return schema


api = Api(
    title="Sarnakh",
    version="1",
    description=DESCRIPTION,
    parser=JsonParser(),
    docs=Swagger(settings={"persistAuthorization": True, "validatorUrl": None}),
    urls_namespace="api-v1",
)
for family in (leads, lead_acts, deals, talks, facts, figures, captures, words, lists, people, relations, sends):
    api.add_router("", family.router)
api.add_decorator(known_query, mode="operation")
refusals.install(api)


def urlpatterns() -> list[URLPattern]:
    """The API's addresses below /api/v1/, each behind the door."""
    found = [each for each in api.urls[0] if isinstance(each, URLPattern)]
    for each in found:
        # ninja needs its root to know where it stands; nothing is to be seen there.
        each.callback = door(nowhere if each.name == "api-root" or each.callback is None else each.callback)
    return [*found, re_path(r"^(?P<rest>.*)$", door(nowhere), name="nowhere")]

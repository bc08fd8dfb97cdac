"""docs/reference/api.md, written out of the description, so that it says what there is.

`DJANGO_SETTINGS_MODULE=sarnakh.project.settings python -m sarnakh.api.reference docs/reference/api.md`
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HEAD = """\
# API

All addresses are below `/api/v1`. The same as a machine reads it: `/api/v1/openapi.json`; to try it: `/api/v1/docs`.

{description}
| status | when |
|---|---|
| 400 | the body is no JSON, or the address holds what no text holds |
| 401 | no key, a wrong one, an ended one, or its user left |
| 403 | the key or its user lacks a right; `type` ends in its name |
| 404 | there is no such record, or it lies outside what the user sees |
| 405 | the address knows no such method; `Allow` names those it knows |
| 409 | it does not fit how things stand: converted already, name taken, key used for another body |
| 413, 415 | the body is over 2 MB; it is not JSON |
| 422 | values are wrong; `errors` names each: `field`, `code` for machines, `message` in the language of the caller |

The language is the first of `Accept-Language` that we speak (`fa`, `en`), else the user's. A parameter that an address
does not know is refused. Of PATCH, what is not named stays; null empties where that is allowed. A moment in the past
(`at`) needs the right `backdate`. Conditions (`filter`, `when`) are described in [Filter](filter.md).
"""


def markdown(schema: Mapping[str, Any]) -> str:
    """The reference of a description (OpenAPI)."""
    families: defaultdict[str, list[str]] = defaultdict(list)
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            families[operation["tags"][0]].append("\n".join(_operation(method, path, operation, schema)))
    parts = [HEAD.format(description=schema["info"]["description"])]
    for family, operations in families.items():
        parts.append(f"## {family[0].upper()}{family[1:]}\n")
        parts += operations
    return "\n".join(parts)


def _operation(method: str, path: str, operation: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {method.upper()} {path.removeprefix('/api/v1')}\n"
    yield f"{operation.get('description', '').strip()}\n"
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            note = parameter.get("description") or ""
            needed = ", needed" if parameter.get("required") else ""
            yield f"- `?{parameter['name']}`: {_type(parameter['schema'], schema)}{needed}{'; ' + note if note else ''}"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        yield f"- body: {_body(body, schema)}"
    for status, answer in operation["responses"].items():
        if int(status) < 400:
            shape = answer.get("content", {}).get("application/json", {}).get("schema")
            yield f"- {status}: {_body(shape, schema) if shape else 'nothing'}"
    yield ""


def _body(shape: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    found = _resolved(shape, schema)
    if found.get("type") == "array":
        return f"a list of {_body(found['items'], schema)}"
    if "properties" not in found:
        return _type(found, schema)
    needed = set(found.get("required", ())) if found.get("additionalProperties") is False else set()
    fields = (
        f"`{name}`{'*' if name in needed else ''} {_type(part, schema)}" for name, part in found["properties"].items()
    )
    return f"{{{', '.join(fields)}}}"


def _type(part: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> str:
    found = _resolved(part, schema)
    if "anyOf" in found:
        kinds = [_type(each, schema, depth) for each in found["anyOf"]]
        return " or ".join(dict.fromkeys(kind for kind in kinds if kind != "null"))
    if "enum" in found:
        return " \\| ".join(str(value) or '""' for value in found["enum"] if value is not None)
    if "properties" in found:
        return _body(found, schema) if depth < 2 else "object"
    kind = found.get("type", "any")
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    if kind == "array":
        return f"[{_type(found.get('items', {}), schema, depth + 1)}]"
    if found.get("title") == "Filter":
        return "Filter"
    return {"date-time": "moment", "date": "day"}.get(found.get("format", ""), str(kind))


def _resolved(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in part:
        found: Mapping[str, Any] = schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
        return found
    return part


def main(target: str) -> None:
    import django

    django.setup()
    from sarnakh.api.app import api

    Path(target).write_text(markdown(api.get_openapi_schema(path_prefix="/api/v1/")))


if __name__ == "__main__":
    main(sys.argv[1])

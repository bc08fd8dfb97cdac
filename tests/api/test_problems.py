"""Errors: one shape for all of them, in the caller's language; what no endpoint is; the description and its page."""

from __future__ import annotations

import pytest

from sarnakh.api.app import api


def problem(answer, status):
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert {"type", "title", "detail"} <= set(told)
    return told


@pytest.mark.parametrize("path", ["/", "/nothing", "/leads/", "/leads/abc", "/leads/1/nothing", "/LEADS"])
def test_an_address_that_is_none_is_not_found(house, path):
    problem(house.admin.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/leads"), ("DELETE", "/leads"), ("GET", "/leads/merge"), ("HEAD", "/tasks")]
)
def test_a_method_that_is_not_there_names_those_that_are(house, method, path):
    answer = house.admin.send(method, path)
    assert answer.status_code == 405
    assert answer["Allow"]
    assert answer["Content-Type"] == "application/problem+json"


def test_malformed_wrong_and_large_bodies_are_told_apart(house):
    lead = house.lead().id
    problem(house.rep.send("PATCH", f"/leads/{lead}", b"{"), 400)
    problem(house.rep.send("PATCH", f"/leads/{lead}", b"{}", **{"Content-Type": "text/plain"}), 415)
    problem(house.rep.send("PATCH", f"/leads/{lead}", b'"' + b"x" * 3_000_000 + b'"'), 413)
    problem(house.rep.send("PATCH", f"/leads/{lead}", b'{"name": NaN}'), 400)
    assert problem(house.rep.send("POST", "/tasks", b""), 422)["errors"]
    merge_patch = house.rep.send("PATCH", f"/leads/{lead}", b"{}", **{"Content-Type": "application/merge-patch+json"})
    assert merge_patch.status_code == 200


def test_text_that_no_database_stores_is_refused_by_field(house):
    lead = house.lead().id
    told = problem(
        house.rep.send("PATCH", f"/leads/{lead}", b'{"name": "a\\u0000", "custom": {"b": ["\\u0000"]}}'), 422
    )
    assert [each["field"] for each in told["errors"]] == ["name", "custom.b[0]"]
    problem(house.rep.send("PATCH", f"/leads/{lead}", b'{"name": "\\ud800"}'), 400)
    for query in ("search=%00", "search=%ED%A0%80", "search=%FF", "cursor=%00", "segment=%00", "search=%25"):
        assert house.rep.get(f"/leads?{query}").status_code in (200, 400, 422), query
    assert house.rep.get("/segments/%00").status_code in (400, 404)
    # An escaped backslash before u0000 is no U+0000.
    assert house.rep.send("PATCH", f"/leads/{lead}", b'{"name": "\\\\u0000"}').status_code == 200


def test_the_words_are_in_the_language_asked_for_else_the_users(house):
    assert house.rep.get("/leads?limit=0", Accept_Language="fa-IR,fa;q=0.9")["Content-Language"] == "fa"
    house.rep.language = ""
    assert house.rep.get("/leads?limit=0")["Content-Language"] == house.rep.user.language == "en"
    told = house.rep.get("/leads?limit=0").json()
    assert told["errors"][0] == {"field": "limit", "code": "out_of_range", "message": "Not below 1"}


def test_a_parameter_that_is_none_is_named_rather_than_left_out(house):
    told = problem(house.rep.get("/leads?stages=mql&limit=5"), 422)
    assert [(each["field"], each["code"]) for each in told["errors"]] == [("stages", "unknown_parameter")]
    assert "stage" in told["errors"][0]["message"]
    assert house.rep.get("/events?from=2026-01-01T00:00:00Z").status_code == 200
    problem(house.rep.get("/events?start=2026-01-01T00:00:00Z"), 422)


def test_an_id_too_large_for_the_database_is_no_error_of_ours(house):
    problem(house.rep.get(f"/leads/{10**25}"), 422)
    problem(house.rep.get("/leads/" + "9" * 5000), 404)
    problem(house.rep.get(f"/leads?owner={10**25}"), 422)
    problem(house.rep.post("/tasks", {"lead": 10**25, "kind": "call", "due_at": "2030-01-01T00:00:00Z"}), 422)


def test_what_goes_wrong_on_our_side_is_a_problem_without_our_secrets(house, monkeypatch):
    from sarnakh.api.endpoints import leads

    def broken(*args, **kwargs):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(leads, "leads_for", broken)
    told = problem(house.rep.get("/leads"), 500)
    assert "secret" not in str(told)


def test_the_description_and_its_page_need_no_key_and_nothing_from_elsewhere(house):
    schema = house.nobody.get("/openapi.json").json()
    assert schema["info"]["title"] == "Sarnakh"
    page = house.nobody.get("/docs")
    assert page.status_code == 200
    assert b"//cdn" not in page.content
    assert b"/static/ninja/swagger-ui" in page.content


def test_every_operation_declares_the_errors_it_can_answer():
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items():
        for method, operation in methods.items():
            assert {"400", "401", "403", "404", "409", "422"} <= {str(status) for status in operation["responses"]}, (
                path
            )
            names = {each["name"] for each in operation["parameters"]}
            assert ("Idempotency-Key" in names) == (method == "post"), path

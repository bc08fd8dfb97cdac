"""Own fields, products and reasons: named once, then used by leads and conditions."""

import pytest

pytestmark = pytest.mark.django_db


def test_an_own_field_is_filled_by_a_lead_and_asked_for_by_a_condition(house):
    made = house.admin.post(
        "/custom-fields", {"slug": "depots", "name": {"fa": "انبار", "en": "Depots"}, "type": "number"}
    )
    assert (made.status_code, made.json()["type"]) == (201, "number")
    lead = house.admin.post("/leads", {"phones": ["09120001402"], "custom": {"depots": 6}})
    assert lead.status_code == 201
    segment = {"slug": "big", "name": "big", "filter": {"field": "custom.depots", "op": "gte", "value": 5}}
    assert house.admin.post("/segments", segment).status_code == 201
    assert [each["id"] for each in house.admin.get("/leads?segment=big").json()["items"]] == [lead.json()["id"]]


def test_a_field_is_named_once_and_only_choices_have_options(house):
    assert house.admin.post("/custom-fields", {"slug": "size", "name": "x"}).status_code == 201
    for body in ({"slug": "size", "name": "x"}, {"slug": "kind", "name": "x", "type": "choice"}):
        refused = house.admin.post("/custom-fields", body)
        assert (refused.status_code, len(refused.json()["errors"])) == (422, 1)


def test_a_value_that_an_own_field_cannot_hold_is_named(house):
    house.admin.post("/custom-fields", {"slug": "depots", "name": "x", "type": "number"})
    refused = house.admin.post("/leads", {"phones": ["09120001402"], "custom": {"depots": "six", "unheard": 1}})
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} == {"custom.depots", "custom.unheard"}


def test_a_product_is_there_once_someone_names_it_and_its_price_can_follow(house):
    assert house.admin.post("/leads", {"phones": ["09120001402"], "product": "برنج"}).status_code == 201
    saved = house.admin.post("/products", {"slug": "برنج", "name": "Rice", "price": 100, "currency": "IRT"})
    assert (saved.json()["price"], saved.json()["currency"]) == (1000, "IRR")
    assert [each["slug"] for each in house.admin.get("/products").json()["items"]] == ["برنج"]
    assert [each["product"] for each in house.admin.get("/leads").json()["items"]] == ["برنج"]


def test_a_refusal_may_use_words_of_its_own(house):
    lead = house.admin.post("/leads", {"phones": ["09120001402"]}).json()["id"]
    moved = house.admin.post(f"/leads/{lead}/stage", {"to": "disqualified", "reason": "moved abroad"})
    assert (moved.status_code, moved.json()["stage"], moved.json()["reason"]) == (200, "disqualified", "moved abroad")

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarnakh.kit.ids import SignatureError, digest, message_id, new_token, sign, unsign

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_tokens_differ_and_only_their_digest_is_needed() -> None:
    token = new_token()
    assert token != new_token()
    assert len(token) == 43
    assert len(digest(token)) == 64
    assert digest(token) == digest(token)


def test_a_message_id_names_the_host() -> None:
    assert message_id("crm.example.com").endswith("@crm.example.com>")
    assert message_id("a") != message_id("a")


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_what_was_signed_comes_back(payload: str) -> None:
    signed = sign(payload, "key", "unsubscribe")
    assert unsign(signed, "key", "unsubscribe", at=NOW) == payload


@settings(max_examples=50)
@given(place=st.integers(min_value=0), letter=st.sampled_from("Aq7._-"))
def test_a_changed_letter_is_refused(place: int, letter: str) -> None:
    signed = sign("lead 1402", "key", "unsubscribe", expires_at=NOW + timedelta(days=1))
    place %= len(signed)
    forged = signed[:place] + letter + signed[place + 1 :]
    if forged != signed:
        with pytest.raises(SignatureError, match="bad"):
            unsign(forged, "key", "unsubscribe", at=NOW)


@pytest.mark.parametrize("forged", ["", ".", "..", "abc", "YQ..é", "متن", "\ud800", "a.b.\ud800"])
def test_rubbish_is_refused(forged: str) -> None:
    with pytest.raises(SignatureError, match="bad"):
        unsign(forged, "key", "unsubscribe", at=NOW)


def test_a_signature_of_one_purpose_or_key_serves_no_other() -> None:
    signed = sign("1402", "key", "unsubscribe")
    for key, purpose in [("key", "prefill"), ("other", "unsubscribe")]:
        with pytest.raises(SignatureError, match="bad"):
            unsign(signed, key, purpose, at=NOW)


def test_a_signature_runs_out() -> None:
    signed = sign("1402", "key", "live", expires_at=NOW)
    assert unsign(signed, "key", "live", at=NOW - timedelta(seconds=1)) == "1402"
    with pytest.raises(SignatureError, match="expired"):
        unsign(signed, "key", "live", at=NOW)

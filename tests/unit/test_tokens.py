"""Signed texts say what they were made for, and nothing else is believed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plynx_common.domain.errors import Misconfigured, Unauthenticated
from plynx_common.domain.tokens import (
    ATTEMPT,
    POOL,
    TRANSFER,
    AttemptToken,
    PoolToken,
    Signer,
    TransferToken,
    claim_id_hash,
    new_api_token,
    parse_api_token,
)

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
SIGNER = Signer(b"s" * 32)
ATTEMPT_TOKEN = AttemptToken("team", "run_1", "train", 2, claim_id_hash("claim"), ("ab" * 32, "cd" * 32))
POOL_TOKEN = PoolToken("team", "worker-1", ("team/default", "team/gpu"))
TRANSFER_TOKEN = TransferToken("team", "alice", ("ab" * 32,), may_upload=True)


def test_each_token_comes_back_as_it_was_signed() -> None:
    for token in (ATTEMPT_TOKEN, POOL_TOKEN, TRANSFER_TOKEN, replace(ATTEMPT_TOKEN, reads=())):
        text = token.sign(SIGNER, expires_at=LATER)
        assert type(token).verify(SIGNER, text, now=NOW) == token


def test_a_token_is_good_until_the_very_moment_it_expires() -> None:
    text = POOL_TOKEN.sign(SIGNER, expires_at=LATER)
    PoolToken.verify(SIGNER, text, now=LATER - timedelta(microseconds=1))
    with pytest.raises(Unauthenticated, match=r"pool token expired 0 s ago; ask for a new one"):
        PoolToken.verify(SIGNER, text, now=LATER)


def test_a_token_is_worthless_for_another_purpose_or_under_another_secret() -> None:
    text = ATTEMPT_TOKEN.sign(SIGNER, expires_at=LATER)
    for signer, kind in ((SIGNER, PoolToken), (SIGNER, TransferToken), (Signer(b"t" * 32), AttemptToken)):
        with pytest.raises(Unauthenticated, match="wrong signature"):
            kind.verify(signer, text, now=NOW)
    assert [SIGNER.is_signed_for(purpose, text) for purpose in (ATTEMPT, POOL, TRANSFER)] == [True, False, False]


def test_whichever_character_of_a_token_is_changed_it_is_refused() -> None:
    text = ATTEMPT_TOKEN.sign(SIGNER, expires_at=LATER)
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(Unauthenticated):
            AttemptToken.verify(SIGNER, changed, now=NOW)


@pytest.mark.parametrize("text", ["", ".", "x", "a.b", "a.b.c", "é." + "x" * 43, "{}." + "x" * 42])
def test_what_is_no_token_is_called_malformed(text: str) -> None:
    with pytest.raises(Unauthenticated, match="malformed"):
        AttemptToken.verify(SIGNER, text, now=NOW)


@given(st.text())
def test_no_text_at_all_is_anything_but_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        AttemptToken.verify(SIGNER, text, now=NOW)
    with pytest.raises(Unauthenticated):
        parse_api_token(text)
    assert not SIGNER.is_signed_for(ATTEMPT, text)


def test_a_secret_too_short_to_protect_anything_is_refused() -> None:
    with pytest.raises(Misconfigured, match="5 bytes"):
        Signer(b"short")


@dataclass(frozen=True)
class Receipt:
    digest: str = "ab" * 32
    size: int = 7
    type: str = "csv"
    signature: str = ""


def test_a_receipt_holds_for_exactly_its_team_digest_size_and_type() -> None:
    signature = SIGNER.sign_receipt("team", "ab" * 32, 7, "csv")
    receipt = Receipt(signature=signature)
    assert SIGNER.receipt_is_valid("team", receipt)
    assert not SIGNER.receipt_is_valid("other", receipt)
    for changed in (Receipt("cd" * 32), Receipt(size=8), Receipt(type="json")):
        assert not SIGNER.receipt_is_valid("team", replace(changed, signature=signature))
    assert not SIGNER.receipt_is_valid("team", replace(receipt, signature="é"))
    assert not SIGNER.receipt_is_valid("team", replace(receipt, signature=""))


def test_an_api_token_looks_as_documented_and_is_parsed_back() -> None:
    token = new_api_token(os.urandom(37))
    assert token.text.startswith("plx_")
    assert len(token.text) == 4 + 8 + 43 + 6
    assert token.text.isascii()
    assert parse_api_token(token.text) == token
    assert token.secret not in repr(token)


@pytest.mark.parametrize("random", [bytes(37), b"\xff" * 37])
def test_the_extremes_of_randomness_fit_into_an_api_token(random: bytes) -> None:
    assert parse_api_token(new_api_token(random).text) == new_api_token(random)


def test_a_mistyped_api_token_is_noticed_before_any_store_is_asked() -> None:
    text = new_api_token(bytes(range(37))).text
    for place in range(len("plx_"), len(text)):
        wrong = text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]
        with pytest.raises(Unauthenticated, match=r"mistyped.*checksum"):
            parse_api_token(wrong)
    with pytest.raises(Unauthenticated, match="malformed"):
        parse_api_token(text[:-1])


def test_an_api_token_is_stored_as_a_hash_that_only_it_matches() -> None:
    token, other = new_api_token(bytes(range(37))), new_api_token(bytes(range(1, 38)))
    stored = SIGNER.api_token_hash(token)
    assert token.secret not in stored
    assert SIGNER.api_token_matches(token, stored)
    assert not SIGNER.api_token_matches(other, stored)
    assert not Signer(b"t" * 32).api_token_matches(token, stored)


def test_thousands_of_inputs_stay_in_a_token_of_bearable_size() -> None:
    reads = tuple(f"{number:064x}" for number in range(6400))
    text = replace(ATTEMPT_TOKEN, reads=reads).sign(SIGNER, expires_at=LATER)
    assert len(text) < 6400 * 58 + 500
    assert AttemptToken.verify(SIGNER, text, now=NOW).readable == frozenset(reads)

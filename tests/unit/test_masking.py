"""No secret leaves in a log, in whatever pieces and forms it comes."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plynx_worker.masking import MASK, Masker

SECRET = 'p@ss "w\\ord"/é+&='


def masked(secrets: list[str], *pieces: bytes) -> bytes:
    masker = Masker(secrets)
    return b"".join(map(masker.feed, pieces)) + masker.flush()


def test_a_secret_is_masked_and_all_else_stays() -> None:
    assert masked(["hunter2"], b"a hunter2 b hunter2hunter2 hunter") == b"a *** b ****** hunter"


@pytest.mark.parametrize(
    "form",
    [
        SECRET.encode(),
        base64.b64encode(SECRET.encode()),
        base64.b64encode(b"x" + SECRET.encode()),
        base64.b64encode(b"xy" + SECRET.encode() + b"z"),
        base64.b64encode(b"user:" + SECRET.encode()),
        base64.urlsafe_b64encode(b"ab" + SECRET.encode()),
        SECRET.encode().hex().encode(),
        SECRET.encode().hex().upper().encode(),
        quote(SECRET).encode(),
        quote(SECRET, safe="").encode(),
        quote_plus(SECRET).encode(),
        json.dumps(SECRET).encode(),
        json.dumps(SECRET, ensure_ascii=False).encode(),
    ],
)
def test_encoded_forms_are_masked(form: bytes) -> None:
    found = masked([SECRET], b"<", form, b">")
    assert MASK in found
    assert form not in found
    # of base64, the neighbours stay, and the character that a neighbour shares at each end
    assert len(found) <= len(b"<dXNlcjp***==>")


@given(st.data())
def test_a_secret_cut_into_any_pieces_is_masked(data: st.DataObject) -> None:
    text = b"before s3cr3t-t0ken after s3cr3t-t0ke s3cr3t-t0ken"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert masked(["s3cr3t-t0ken"], *pieces) == b"before *** after s3cr3t-t0ke ***"


@given(st.lists(st.binary(max_size=20)), st.lists(st.text(max_size=6), max_size=3))
def test_how_the_text_is_cut_changes_nothing(pieces: list[bytes], secrets: list[str]) -> None:
    assert masked(secrets, *pieces) == masked(secrets, b"".join(pieces))


def test_what_cannot_be_the_beginning_of_a_secret_is_not_held_back() -> None:
    masker = Masker(["hunter2"])
    assert masker.feed(b"a line\n") == b"a line\n"
    assert masker.feed(b"a hun") == b"a "
    assert masker.feed(b"dred") == b"hundred"


@given(st.data())
def test_secrets_that_overlap_are_masked_alike_in_any_pieces(data: st.DataObject) -> None:
    few = st.text("ab", min_size=1, max_size=5)
    secrets = data.draw(st.lists(few, min_size=1, max_size=4))
    pieces = [piece.encode() for piece in data.draw(st.lists(st.text("ab", max_size=6), max_size=8))]
    assert masked(secrets, *pieces) == masked(secrets, b"".join(pieces))


def test_the_longer_of_two_secrets_wins_where_both_fit() -> None:
    assert masked(["abc", "abcdef"], b"abc", b"def abc") == b"*** ***"


def test_lines_of_a_secret_are_secret_too() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----"
    assert masked([key], b"+ MIIEvQIBADANBg\n") == b"+ ***\n"


def test_no_secret_and_an_empty_secret_change_nothing() -> None:
    assert masked([], b"text") == masked([""], b"text") == b"text"

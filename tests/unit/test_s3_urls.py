"""`s3://…` says where the objects lie, or is refused in words; signed URLs are what botocore would have signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from botocore.credentials import Credentials  # pyright: ignore[reportMissingTypeStubs]

from plynx_common.adapters.s3_objects.place import Keys, Place
from plynx_common.adapters.s3_objects.presigning import PresignedUrls
from plynx_common.domain.errors import Misconfigured
from plynx_common.interfaces.objects import PutConditions

FROM_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "envkey",
    "AWS_SECRET_ACCESS_KEY": "envsecret",
    "AWS_SESSION_TOKEN": "token/+=",
}
MINUTE = timedelta(minutes=1)


def test_a_server_of_ones_own_is_named_with_its_keys_and_clients_may_reach_it_elsewhere() -> None:
    url = "s3://k%2Fey:s%40cret@ceph:7480/bucket/a/b/?tls=false&region=eu-1&public=https://objects.example.com:443"
    assert Place.parse(url, FROM_ENVIRONMENT) == Place(
        "bucket", "a/b/", "http://ceph:7480", "https://objects.example.com", "eu-1", Keys("k/ey", "s@cret")
    )


def test_with_tls_and_without_more_it_is_reached_by_https_in_the_region_that_most_servers_have() -> None:
    place = Place.parse("s3://key:secret@[::1]:443/bucket", {})
    assert (place.endpoint, place.public, place.region, place.prefix) == ("https://[::1]",) * 2 + ("us-east-1", "")


def test_a_bucket_of_aws_takes_its_keys_from_the_environment() -> None:
    place = Place.parse("s3://my.bucket/plynx?region=eu-central-1", FROM_ENVIRONMENT)
    assert (place.bucket, place.prefix) == ("my.bucket", "plynx/")
    assert place.endpoint == "https://s3.eu-central-1.amazonaws.com"
    assert place.keys == Keys("envkey", "envsecret", "token/+=")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://key:hidden@host:1", "bucket '' is none"),
        ("s3://key:hidden@host:1/ab", "bucket 'ab'"),
        ("s3://key:hidden@host:1/UPPER", "bucket 'UPPER'"),
        ("s3://key:hidden@host:1/bucket/a b", "prefix"),
        ("s3://key:hidden@host:1/bucket/../x", "prefix"),
        ("s3://key:hidden@host:x/bucket", "is no http"),
        ("s3://key:hidden@:1/bucket", "is no http"),
        ("s3://key@host:1/bucket", "no access key with a secret key"),
        ("s3://bucket", "no access key with a secret key"),
        ("s3://key:hidden@host:1/bucket?tls=no", "tls is 'no'"),
        ("s3://key:hidden@host:1/bucket?region=a/b", "region 'a/b'"),
        ("s3://key:hidden@host:1/bucket?insecure=1", "no option 'insecure'"),
        ("s3://key:hidden@host:1/bucket?public=host:1", "'host:1' is no http"),
        ("s3://key:hidden@host:1/bucket?public=http://h/below", "is no http"),
        ("s3://key:hidden@host:1/bucket?public=http://u:hidden@h", "an '@' stands behind its host"),
        ("s3://key:hid/hidden@host:1/bucket", "percent-encode '/'"),
        ("s3://key:hid?hidden@host:1/bucket", "percent-encode '/'"),
        ("s3://key:hid#hidden@host:1/bucket", "percent-encode '/'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words_without_the_secret(url: str, words: str) -> None:
    with pytest.raises(Misconfigured, match="PLYNX_OBJECTS_URL") as refused:
        Place.parse(url, {})
    assert words in refused.value.message
    assert "hidden" not in refused.value.message
    assert "s3://<access key>:<secret key>@<host>" in refused.value.message


def test_a_secret_is_in_no_repr() -> None:
    assert "hidden" not in repr(Place.parse("s3://key:hidden@host:1/bucket", {}))


@pytest.mark.parametrize("url", ["s3://k%2Fey:secret@host:7480/bucket/p?tls=false&region=eu-1", "s3://bucket/p"])
def test_a_signed_get_is_what_botocore_signs(url: str) -> None:
    place = Place.parse(url, FROM_ENVIRONMENT)
    query = {"response-content-disposition": "attachment; filename*=UTF-8''n%C3%A4me", "response-content-type": "a/b"}
    request = cast("Any", AWSRequest("GET", f"{place.public}/bucket/p/team/x_y", params=query))
    keys = Credentials(place.keys.access, place.keys.secret, place.keys.session or None)
    S3SigV4QueryAuth(keys, "s3", place.region, expires=60).add_auth(request)  # pyright: ignore[reportUnknownMemberType]
    theirs = parse_qs(urlsplit(str(request.url)).query)
    second = datetime.strptime(theirs["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    ours = PresignedUrls(place, now=lambda: second).presign_get(
        "team/x_y", expires=MINUTE, content_type="a/b", filename="näme"
    )
    assert parse_qs(urlsplit(ours.url).query) == theirs


def test_each_request_is_signed_for_the_second_in_which_it_is_asked_for() -> None:
    place = Place.parse("s3://key:secret@host:1/bucket", {})
    seconds = iter([0.0, 86_399.9, 86_400.0])
    urls = PresignedUrls(place, now=lambda: next(seconds))
    conditions = PutConditions(1, "a/b", "ab")
    queries = [parse_qs(urlsplit(urls.presign_put("k", conditions, expires=MINUTE).url).query) for _ in range(3)]
    assert [query["X-Amz-Date"][0] for query in queries] == ["19700101T000000Z", "19700101T235959Z", "19700102T000000Z"]
    assert [query["X-Amz-Credential"][0][4:12] for query in queries] == ["19700101", "19700101", "19700102"]


def test_what_a_put_must_carry_is_signed_and_said() -> None:
    put = PresignedUrls(Place.parse("s3://key:secret@host:1/bucket", {})).presign_put(
        "k", PutConditions(7, "text/csv", "ab" * 32), expires=timedelta(days=30)
    )
    query = parse_qs(urlsplit(put.url).query)
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host;if-none-match;x-amz-content-sha256"]
    assert query["X-Amz-Expires"] == ["604800"], "the longest that S3 takes"
    assert put.headers == {"Content-Type": "text/csv", "If-None-Match": "*", "X-Amz-Content-Sha256": "ab" * 32}

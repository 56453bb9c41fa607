"""The real servers of the test kit start, keep their data when killed, lose it when wiped, and live side by side."""

from __future__ import annotations


def test_each_test_has_a_vhost_a_database_and_a_bucket_of_its_own(amqp_url: str, mongodb_url: str, s3_url: str) -> None:
    assert "/test-vhost-" in amqp_url
    assert "/test-database-" in mongodb_url
    assert "/test-bucket-" in s3_url

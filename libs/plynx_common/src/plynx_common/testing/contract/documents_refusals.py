"""What document stores refuse in words, before anything of the batch is stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from plynx_common.domain.errors import InvalidInput, StoreUnavailable
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    DocumentStore,
    Has,
    In,
    Index,
    Insert,
    Lt,
    Prefix,
    Sort,
    Write,
)

NO_JSON: list[Any] = [datetime(2026, 11, 25, tzinfo=UTC), {1, 2}, b"bytes", object(), 1j, {1: "x"}, 2**70, "\ud800"]
REFUSED_ARGUMENTS: list[dict[str, Any]] = [
    {"limit": -1},
    {"after": ([], "a")},
    {"after": (1, 1)},
    {"sort": Sort("x; --'")},
    {"fields": ('"',)},
    {"fields": ("in.x",)},
    {"after": ("\ud800", "a"), "sort": Sort("x")},
]


def refused_writes() -> list[tuple[Write, str]]:
    return [
        (Insert("things", {}), "_id"),
        (Insert("things", {"_id": 5}), "_id"),
        (Insert("things", {"_id": ""}), "_id"),
        (Insert("Things", {"_id": "a"}), "Things"),
        (Insert("things; --", {"_id": "a"}), "things; --"),
        (Insert("", {"_id": "a"}), "collection"),
        (CompareAndSet("things", "a", {}, {"_id": "b"}), "_id"),
        (CompareAndSet("things", "a", {}, {"_id.x": "b"}), "_id"),
        (CompareAndSet("things", "a", {}, {"": 1}), "field path"),
        (CompareAndSet("things", "a", {}, {"x.": 1}), "x."),
        (CompareAndSet("things", "a", {}, {'x"': 1}), 'x"'),
        (CompareAndSet("things", "a", {}, {"$set": 1}), r"\$set"),
        (CompareAndSet("things", "a", {}, {"x": 1}, {"x": 1}), "'x'"),
        (CompareAndSet("things", "a", {}, {"x": {}, "x.y": 1}), "'x'"),
        (CompareAndSet("things", "a", {}, {"x.y": {}}, {"x.y.z": 1}), "'x.y'"),
        (CompareAndSet("things", "a", {"x": [1]}), "'x'"),
        (CompareAndSet("things", "a", {"x": {"y": 1}}), "'x'"),
        (CompareAndSet("things", "a", {"x'": 1}), "x'"),
        (CompareAndSet("things", "a", {"x": In(([],))}), "'x'"),
        (Delete("things", "a", {"x": {1}}), "'x'"),
        (Delete("no collection", "a"), "no collection"),
    ]


class RefusalsContract:
    @pytest.mark.parametrize(("write", "words"), refused_writes(), ids=range(len(refused_writes())))
    async def test_a_batch_with_a_write_that_makes_no_sense_is_refused_as_a_whole(
        self, store: DocumentStore, write: Write, words: str
    ) -> None:
        await store.write([Insert("things", {"_id": "a"})])
        with pytest.raises(InvalidInput, match=words):
            await store.write([Insert("things", {"_id": "before"}), write, Insert("things", {"_id": "after"})])
        assert await store.find("things", {}) == [{"_id": "a"}]

    @pytest.mark.parametrize("value", NO_JSON, ids=range(len(NO_JSON)))
    async def test_what_is_no_json_is_refused_by_the_name_of_its_field(self, store: DocumentStore, value: Any) -> None:
        await store.write([Insert("things", {"_id": "a"})])
        bad: list[Write] = [
            Insert("things", {"_id": "b", "fine": 1, "bad": {"inner": [value]}}),
            CompareAndSet("things", "a", {}, {"fine": 1, "bad": value}),
            CompareAndSet("things", "a", {}, append={"bad": value}),
        ]
        for write in bad:
            with pytest.raises(InvalidInput, match=r"'[ab]' in 'things' .*'bad'"):
                await store.write([Insert("things", {"_id": "before"}), write])
        assert await store.find("things", {}) == [{"_id": "a"}]

    @pytest.mark.parametrize(
        ("where", "words"),
        [
            ({"x": [1]}, "'x'"),
            ({"x": Lt(True)}, "'x'"),
            ({"x": Has([1])}, "'x'"),  # pyright: ignore[reportArgumentType]
            ({"x": Prefix(1)}, "'x'"),  # pyright: ignore[reportArgumentType]
            ({"x": In((1, {}))}, "'x'"),
            ({"x') OR 1 = 1 --": 1}, "field path"),
            ({"x": "\ud800"}, "Unicode"),
            ({"x": In(("\udfff",))}, "Unicode"),
            ({"_id": Prefix("a\ud800")}, "Unicode"),
        ],
        ids=range(9),
    )
    async def test_queries_outside_the_algebra_are_refused(
        self, store: DocumentStore, where: dict[str, Any], words: str
    ) -> None:
        await store.write([Insert("things", {"_id": "a"})])
        with pytest.raises(InvalidInput, match=words):
            await store.find("things", where)
        with pytest.raises(InvalidInput, match=words):
            await store.count("things", where)

    @pytest.mark.parametrize("arguments", REFUSED_ARGUMENTS, ids=range(len(REFUSED_ARGUMENTS)))
    async def test_limits_cursors_and_fields_that_make_no_sense_are_refused(
        self, store: DocumentStore, arguments: dict[str, Any]
    ) -> None:
        await store.write([Insert("things", {"_id": "a"})])
        with pytest.raises(InvalidInput):
            await store.find("things", {}, **arguments)

    async def test_indexes_need_names_too(self, store: DocumentStore) -> None:
        for index in (Index("no collection", ("x",)), Index("things", ("x'",)), Index("things", ())):
            with pytest.raises(InvalidInput):
                await store.ensure_indexes([index])

    async def test_ids_that_no_document_can_have_are_simply_not_found(self, store: DocumentStore) -> None:
        await store.write([Insert("things", {"_id": "a"})])
        for id in ("", "\ud800", "\0", "x" * 100_000, "a\0"):
            assert await store.get("things", id) is None
            outcomes = await store.write([CompareAndSet("things", id, {}, {"n": 1}), Delete("things", id)])
            assert [outcome.value for outcome in outcomes] == ["missed", "missed"]

    async def test_a_closed_store_says_so(self, store: DocumentStore) -> None:
        await store.write([Insert("things", {"_id": "a"})])
        await store.close()
        await store.close()
        calls = [
            store.get("things", "a"),
            store.find("things", {}),
            store.count("things", {}),
            store.write([Insert("things", {"_id": "b"})]),
            store.ensure_indexes([Index("things", ("n",))]),
        ]
        for call in calls:
            with pytest.raises(StoreUnavailable, match="closed"):
                await call

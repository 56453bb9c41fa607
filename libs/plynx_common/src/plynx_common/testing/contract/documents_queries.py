"""What document stores promise about the algebra of queries."""

from __future__ import annotations

from typing import Any

import pytest

from plynx_common.interfaces.documents import Document, DocumentStore, Gte, Has, In, Index, Insert, Lt, Prefix, Sort

MANY = 10_000
VALUES: dict[str, Any] = {
    "null": None,
    "zero": 0,
    "one": 1,
    "one_and_a_half": 1.5,
    "ten": 10,
    "true": True,
    "false": False,
    "empty": "",
    "text_ten": "10",
    "text_null": "null",
    "a": "a",
    "ab": "ab",
    "upper": "A",
    "umlaut": "ä",
    "snake": "\U0001f40d",
    "list": ["a", 1, True, None],
    "list_of_text": ["10"],
    "list_of_one": [1.0],
    "list_of_true": [True],
    "nothing_in_it": [],
    "object": {"x": 1, "y": {"z": "deep"}},
    "text_like_a_list": '["10"]',
}
"""Each the field `value` of a document of that name; the document `absent` has none."""


async def ids(store: DocumentStore, where: dict[str, Any]) -> set[str]:
    found = await store.find("values", where)
    assert await store.count("values", where) == len(found)
    return {document["_id"] for document in found}


class QueriesContract:
    @pytest.fixture(params=[False, True], ids=["", "indexed"])
    async def values(self, request: pytest.FixtureRequest, store: DocumentStore) -> DocumentStore:
        """With an index and without: that is for speed only."""
        documents: list[Document] = [{"_id": name, "value": value} for name, value in VALUES.items()]
        await store.write([Insert("values", document) for document in [*documents, {"_id": "absent"}]])
        if request.param:
            await store.ensure_indexes([Index("values", ("value",)), Index("values", ("value.x", "value"))])
        return store

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (None, {"null", "absent"}),
            (0, {"zero"}),
            (1, {"one"}),
            (1.0, {"one"}),
            (1.5, {"one_and_a_half"}),
            (True, {"true"}),
            (False, {"false"}),
            ("", {"empty"}),
            ("10", {"text_ten"}),
            ("null", {"text_null"}),
            ("A", {"upper"}),
            ("ä", {"umlaut"}),
            ("a%", set[str]()),
            ('["10"]', {"text_like_a_list"}),
        ],
    )
    async def test_plain_values_equal_what_is_the_same_json(
        self, values: DocumentStore, wanted: Any, expected: set[str]
    ) -> None:
        assert await ids(values, {"value": wanted}) == expected

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ((), set[str]()),
            (("a", "ab", "none"), {"a", "ab"}),
            ((1, "10", None), {"one", "text_ten", "null", "absent"}),
            ((True, 0), {"true", "zero"}),
            ((False,), {"false"}),
            ((None,), {"null", "absent"}),
            (tuple(range(2, 2000)), {"ten"}),
            (tuple(map(str, range(40_000))), {"text_ten"}),
        ],
        ids=range(8),
    )
    async def test_in_finds_what_equals_any_of_its_values(
        self, values: DocumentStore, wanted: tuple[Any, ...], expected: set[str]
    ) -> None:
        assert await ids(values, {"value": In(wanted)}) == expected

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (Lt(1.5), {"zero", "one"}),
            (Lt(0), set[str]()),
            (Gte(1), {"one", "one_and_a_half", "ten"}),
            (Gte(10.5), set[str]()),
            (Lt(10**30), {"zero", "one", "one_and_a_half", "ten"}),
            (Lt("A"), {"empty", "text_ten"}),
            (Gte("ab"), {"ab", "text_null", "umlaut", "snake"} | {"text_like_a_list"} - {"text_like_a_list"}),
            (Gte("\uffff"), {"snake"}),
            (Lt(""), set[str]()),
        ],
        ids=range(9),
    )
    async def test_numbers_compare_with_numbers_and_text_with_text(
        self, values: DocumentStore, wanted: Lt | Gte, expected: set[str]
    ) -> None:
        assert await ids(values, {"value": wanted}) == expected

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ("a", {"list"}),
            (1, {"list", "list_of_one"}),
            ("10", {"list_of_text"}),
            (10, set[str]()),
            ("1", set[str]()),
            (0, set[str]()),
            ("", set[str]()),
        ],
    )
    async def test_has_looks_into_lists_only(
        self, values: DocumentStore, wanted: str | int, expected: set[str]
    ) -> None:
        assert await ids(values, {"value": Has(wanted)}) == expected

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({"value.x": 1}, {"object"}),
            ({"value.y.z": "deep"}, {"object"}),
            ({"value.y.z": Prefix("de"), "value.x": Gte(1)}, {"object"}),
            ({"value.x": 1, "value.y.z": "other"}, set[str]()),
            ({"value.x.more": None, "_id": "object"}, {"object"}),
            ({"value.y": None}, {"absent", *VALUES} - {"object"}),
        ],
        ids=range(6),
    )
    async def test_dotted_paths_descend_into_objects_and_all_entries_must_hold(
        self, values: DocumentStore, where: dict[str, Any], expected: set[str]
    ) -> None:
        assert await ids(values, where) == expected

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({"_id": "ab"}, {"ab"}),
            ({"_id": "no"}, set[str]()),
            ({"_id": None}, set[str]()),
            ({"_id": 1}, set[str]()),
            ({"_id": In(("a", "ab", "no", 1, None))}, {"a", "ab"}),
            ({"_id": In(("a", "one")), "value": 1}, {"one"}),
            ({"_id": Prefix("one")}, {"one", "one_and_a_half"}),
            ({"_id": Gte("upper")}, {"upper", "zero"}),
            ({"_id": Lt("absent")}, {"a", "ab"}),
            ({"_id": Has("a")}, set[str]()),
        ],
        ids=range(10),
    )
    async def test_ids_are_found_like_other_fields(
        self, values: DocumentStore, where: dict[str, Any], expected: set[str]
    ) -> None:
        assert await ids(values, where) == expected

    @pytest.mark.parametrize("prefix", ["%", "_", "\\", "a", "a%b", "a_", "é", "\U0010ffff", "\ud7ff", "'", '"', ""])
    async def test_no_character_means_anything_special_in_a_prefix(self, store: DocumentStore, prefix: str) -> None:
        names = ["%", "%x", "_", "_x", "\\", "\\n", "a", "a%b", "axb", "a_", "ab", "b", "é", "éa", "e", "A", "'", '"']
        names += ["\U0010ffff", "\U0010ffff!", "\ud7ff", "\ud7ff\ue000", "\ue000", "\uffff"]
        documents: list[Document] = [{"_id": name, "name": name} for name in names]
        await store.write([Insert("values", document) for document in [*documents, {"_id": "?", "name": ["a", "%"]}]])
        expected = {name for name in names if name.startswith(prefix)}
        assert await ids(store, {"name": Prefix(prefix)}) == expected
        assert await ids(store, {"_id": Prefix(prefix)}) == expected | ({"?"} if prefix == "" else set())
        await store.ensure_indexes([Index("values", ("name",))])
        assert await ids(store, {"name": Prefix(prefix)}) == expected

    async def test_field_names_with_odd_characters_are_found(self, store: DocumentStore) -> None:
        await store.write([Insert("values", {"_id": "a", "é-ü /x": {"[0]": 1, "#": "y"}})])
        assert await ids(store, {"é-ü /x.[0]": 1, "é-ü /x.#": "y"}) == {"a"}

    async def test_fields_returns_those_that_are_there_and_the_id(self, store: DocumentStore) -> None:
        document: Document = {"_id": "a", "n": None, "flag": True, "in": {"x": [1.0, "é\0"]}, "big": "x" * 10_000}
        await store.write([Insert("values", document), Insert("values", {"_id": "b", "n": 1})])
        for fields in [(), ("_id",), ("n", "none"), ("flag", "in"), ("big",), tuple(document), ("n", "n")]:
            expected = {"_id": "a"} | {name: document[name] for name in fields if name in document}
            for limit in (1, None):
                found = await store.find("values", {}, fields=fields, limit=limit)
                assert found[0] == expected
                assert len(found) == (limit or 2)

    async def test_a_limit_of_nothing_finds_nothing(self, values: DocumentStore) -> None:
        assert await values.find("values", {}, limit=0) == []
        assert len(await values.find("values", {}, limit=3)) == 3

    async def test_ten_thousand_documents_are_found_counted_and_sorted(self, store: DocumentStore) -> None:
        numbers = [number * 7919 % MANY for number in range(MANY)]
        await store.ensure_indexes([Index("many", ("third", "rank"))])
        for start in range(0, MANY, 1000):
            batch = [
                Insert("many", {"_id": f"run/{number:05}", "rank": number, "third": number % 3, "state": "x" * 200})
                for number in numbers[start : start + 1000]
            ]
            await store.write(batch)
        assert await store.count("many", {}) == MANY
        assert await store.count("many", {"third": 0}) == 3334
        found = await store.find("many", {"third": 1}, sort=Sort("rank", descending=True), limit=3)
        assert [document["rank"] for document in found] == [9997, 9994, 9991]
        every = await store.find("many", {"_id": Prefix("run/")}, fields=("rank",))
        assert [document["rank"] for document in every] == list(range(MANY))
        wanted = tuple(f"run/{number:05}" for number in range(0, MANY, 2))
        assert len(await store.find("many", {"_id": In(wanted)})) == MANY // 2

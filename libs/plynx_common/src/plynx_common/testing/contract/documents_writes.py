"""What document stores promise about writes: inserts, compare-and-set, deletes, batches of them, unique indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from plynx_common.domain.errors import Conflict
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    Document,
    DocumentStore,
    Gte,
    Has,
    In,
    Index,
    Insert,
    Outcome,
    Prefix,
)

STORED, MISSED = Outcome.STORED, Outcome.MISSED
THINGS = "things"
MEGABYTE = 1024 * 1024


def inserts(*documents: Document) -> list[Insert]:
    return [Insert(THINGS, document) for document in documents]


def change(where: Mapping[str, Any], set: Mapping[str, Any], id: str = "a") -> CompareAndSet:  # noqa: A002
    return CompareAndSet(THINGS, id, where, set)


class WritesContract:
    async def test_what_is_inserted_is_found_as_it_was(self, store: DocumentStore) -> None:
        document: Document = {
            "_id": "run/ünï/☃",
            "text": 'tab\t quote" back\\slash nul\0 line\nend \U0001f40d %_',
            "": "no name",
            "numbers": [0, -1, 1.5, 2**53, -(2**63), 1e300],
            "flags": [True, False, None],
            "nothing": None,
            "nested": {"list": [{"deep": [[]]}], "empty": {}},
            "with.dots": {"and $": 1},
        }
        assert await store.write(inserts(document)) == [STORED]
        assert await store.get(THINGS, "run/ünï/☃") == document
        assert await store.find(THINGS, {}) == [document]

    async def test_tuples_are_lists(self, store: DocumentStore) -> None:
        await store.write([Insert(THINGS, {"_id": "a", "pair": (1, (2,))}), change({}, {"other": ("x",)})])
        assert await store.get(THINGS, "a") == {"_id": "a", "pair": [1, [2]], "other": ["x"]}

    async def test_numbers_that_json_lacks_are_null(self, store: DocumentStore) -> None:
        inf = float("inf")
        await store.write([*inserts({"_id": "a", "n": [inf, float("nan")]}), change({}, {"x": -inf}, "a")])
        assert await store.get(THINGS, "a") == {"_id": "a", "n": [None, None], "x": None}

    async def test_an_id_is_inserted_once(self, store: DocumentStore) -> None:
        assert await store.write(inserts({"_id": "a", "n": 1}, {"_id": "a", "n": 2})) == [STORED, MISSED]
        assert await store.write(inserts({"_id": "a", "n": 3}, {"_id": "b"})) == [MISSED, STORED]
        assert await store.get(THINGS, "a") == {"_id": "a", "n": 1}

    async def test_the_same_id_in_two_collections_is_two_documents(self, store: DocumentStore) -> None:
        await store.write([Insert("ones", {"_id": "a", "n": 1}), Insert("others", {"_id": "a", "n": 2})])
        assert await store.write([Delete("ones", "a")]) == [STORED]
        assert await store.get("ones", "a") is None
        assert await store.get("others", "a") == {"_id": "a", "n": 2}

    async def test_nothing_is_in_a_collection_that_nobody_wrote_to(self, store: DocumentStore) -> None:
        assert await store.get("nowhere", "a") is None
        assert await store.find("nowhere", {}) == []
        assert await store.count("nowhere", {}) == 0
        assert await store.write([CompareAndSet("nowhere", "a", {}, {"n": 1}), Delete("nowhere", "a")]) == [MISSED] * 2

    async def test_collections_may_have_the_names_of_sql_words(self, store: DocumentStore) -> None:
        for name in ("order", "group", "index", "values"):
            assert await store.write([Insert(name, {"_id": "a", "n": 1})]) == [STORED]
            await store.ensure_indexes([Index(name, ("n",))])
            assert await store.find(name, {"n": 1}) == [{"_id": "a", "n": 1}]

    async def test_an_empty_batch_has_no_outcomes(self, store: DocumentStore) -> None:
        assert await store.write([]) == []

    async def test_compare_and_set_sets_the_named_fields_only(self, store: DocumentStore) -> None:
        await store.write(inserts({"_id": "a", "n": 1, "kept": [1], "gone": 5}))
        assert await store.write([change({"n": 1}, {"n": 2, "gone": None, "new": {"x": []}})]) == [STORED]
        assert await store.get(THINGS, "a") == {"_id": "a", "n": 2, "kept": [1], "gone": None, "new": {"x": []}}

    @pytest.mark.parametrize(
        "where",
        [
            {"n": 2},
            {"n": "1"},
            {"n": None},
            {"n": True},
            {"s": "A"},
            {"n": 1, "s": "b"},
            {"absent": 1},
            {"tags": "x"},
            {"tags": Has("z")},
            {"n": In((2, 3))},
            {"n": In(())},
            {"s": Prefix("b")},
            {"n": Gte(2)},
            {"in.n": 2},
            {"n.deeper": 1},
            {"_id": "b"},
        ],
    )
    async def test_a_miss_changes_nothing(self, store: DocumentStore, where: dict[str, Any]) -> None:
        document = {"_id": "a", "n": 1, "s": "a", "tags": ["x", "y"], "in": {"n": 1}}
        await store.write(inserts(document))
        assert await store.write([change(where, {"n": 9}), Delete(THINGS, "a", where)]) == [MISSED, MISSED]
        assert await store.get(THINGS, "a") == document

    @pytest.mark.parametrize(
        "where",
        [
            {},
            {"n": 1},
            {"n": 1.0},
            {"absent": None},
            {"null": None},
            {"null.deeper": None},
            {"tags": Has("y"), "in.n": 1},
            {"n": In((None, 1))},
            {"absent": In((None, 1))},
            {"flag": True},
            {"_id": "a"},
        ],
    )
    async def test_a_hit_changes_and_deletes(self, store: DocumentStore, where: dict[str, Any]) -> None:
        document = {"_id": "a", "n": 1, "null": None, "tags": ["x", "y"], "in": {"n": 1}, "flag": True}
        await store.write(inserts(document))
        assert await store.write([change(where, {"hit": 1}), Delete(THINGS, "a", where)]) == [STORED, STORED]
        assert await store.get(THINGS, "a") is None

    async def test_dotted_paths_set_inside_of_objects_and_make_those_that_are_absent(
        self, store: DocumentStore
    ) -> None:
        await store.write(inserts({"_id": "a", "in": {"n": 1, "kept": 2}, "null": None}))
        sets = {"in.n": 5, "in.deep.x": "y", "made.here": [1], "null.n": 0}
        assert await store.write([change({"in.n": 1}, sets)]) == [STORED]
        assert await store.get(THINGS, "a") == {
            "_id": "a",
            "in": {"n": 5, "kept": 2, "deep": {"x": "y"}},
            "made": {"here": [1]},
            "null": {"n": 0},
        }

    @pytest.mark.parametrize("value", ["text", 0, True, [{}]])
    async def test_a_path_through_what_is_no_object_is_a_miss(self, store: DocumentStore, value: Any) -> None:
        document = {"_id": "a", "n": 1, "field": value}
        await store.write(inserts(document))
        assert await store.write([change({}, {"n": 2, "field.inner": 1})]) == [MISSED]
        assert await store.get(THINGS, "a") == document

    async def test_append_adds_one_item_at_the_end_and_makes_the_list(self, store: DocumentStore) -> None:
        await store.write(inserts({"_id": "a", "n": 0, "log": [1], "null": None}))
        append: dict[str, Any] = {"log": [2], "new": "x", "in.list": None, "null": 1}
        assert await store.write([CompareAndSet(THINGS, "a", {"n": 0}, {"n": 1}, append)] * 2) == [STORED, MISSED]
        assert await store.write([CompareAndSet(THINGS, "a", {"n": 1}, append={"log": 3, "in.list": 4})]) == [STORED]
        assert await store.get(THINGS, "a") == {
            "_id": "a",
            "n": 1,
            "log": [1, [2], 3],
            "new": ["x"],
            "in": {"list": [None, 4]},
            "null": [1],
        }

    async def test_appending_to_what_is_no_list_is_a_miss(self, store: DocumentStore) -> None:
        await store.write(inserts({"_id": "a", "n": 0, "field": "text"}))
        assert await store.write([CompareAndSet(THINGS, "a", {}, {"n": 1}, {"field": 1})]) == [MISSED]
        assert await store.get(THINGS, "a") == {"_id": "a", "n": 0, "field": "text"}

    async def test_a_batch_is_applied_in_order(self, store: DocumentStore) -> None:
        batch = [
            change({}, {"n": 0}),
            *inserts({"_id": "a", "n": 1}),
            change({"n": 1}, {"n": 2}),
            change({"n": 1}, {"n": 3}),
            change({"n": 2}, {"n": 4}),
            Delete(THINGS, "a", {"n": 2}),
            Delete(THINGS, "a", {"n": 4}),
            Delete(THINGS, "a"),
            *inserts({"_id": "a", "n": 5}),
        ]
        expected = [MISSED, STORED, STORED, MISSED, STORED, MISSED, STORED, MISSED, STORED]
        assert await store.write(batch) == expected
        assert await store.get(THINGS, "a") == {"_id": "a", "n": 5}

    async def test_what_is_read_and_what_was_written_is_the_callers_own(self, store: DocumentStore) -> None:
        document: Document = {"_id": "a", "in": {"list": [1]}}
        fields: Document = {"set": {"list": [1]}}
        item: list[int] = [1]
        await store.write([*inserts(document), CompareAndSet(THINGS, "a", {}, fields, {"log": item})])
        document["in"]["list"].append(2)
        fields["set"]["list"].append(2)
        item.append(2)
        expected = {"_id": "a", "in": {"list": [1]}, "set": {"list": [1]}, "log": [[1]]}
        read = await store.get(THINGS, "a")
        (found,) = await store.find(THINGS, {})
        assert read is not None
        assert read == found == expected
        read["in"]["list"].append(2)
        found["set"]["list"].clear()
        assert await store.get(THINGS, "a") == expected
        assert await store.find(THINGS, {}, fields=("in", "set", "log")) == [expected]

    async def test_documents_of_8_megabytes_are_stored_searched_and_changed(self, store: DocumentStore) -> None:
        big = {"nodes": [{"id": f"node-{number}", "script": "é" * 500} for number in range(8 * 1024)]}
        await store.write(inserts({"_id": "a", "n": 0, "graph": big, "text": "x" * MEGABYTE}))
        assert await store.write([change({"n": 0}, {"n": 1})]) == [STORED]
        assert await store.get(THINGS, "a") == {"_id": "a", "n": 1, "graph": big, "text": "x" * MEGABYTE}
        assert await store.write([change({"text": "x"}, {"n": 2}), change({"n": 1}, {"text": "small"})]) == [
            MISSED,
            STORED,
        ]
        assert await store.find(THINGS, {"n": 1}, fields=("text",)) == [{"_id": "a", "text": "small"}]
        assert await store.write([change({"text": "small"}, {"graph.name": "x", "text": "y" * MEGABYTE})]) == [STORED]
        expected = {"_id": "a", "n": 1, "graph": {**big, "name": "x"}, "text": "y" * MEGABYTE}
        assert await store.get(THINGS, "a") == expected
        assert await store.count(THINGS, {"graph.name": "x", "text": Prefix("yy"), "n": 1}) == 1
        assert await store.write([Delete(THINGS, "a", {"text": "y" * MEGABYTE})]) == [STORED]
        assert await store.write(inserts({"_id": "a"})) == [STORED]
        assert await store.get(THINGS, "a") == {"_id": "a"}

    async def test_a_unique_index_lets_the_first_document_in(self, store: DocumentStore) -> None:
        await store.ensure_indexes([Index(THINGS, ("team", "name.full"), unique=True)])
        first, same = ({"_id": id, "team": "t", "name": {"full": "x"}} for id in ("a", "b"))
        other = {"_id": "c", "team": "t", "name": {"full": "y"}}
        assert await store.write(inserts(first, same, other)) == [STORED, MISSED, STORED]
        assert await store.write([change({}, {"name.full": "x"}, "c"), change({}, {"n": 1}, "c")]) == [MISSED, STORED]
        assert await store.write([change({}, {"name.full": "z"}), change({}, {"name.full": "x"}, "c")]) == [STORED] * 2
        assert await store.write([Delete(THINGS, "c"), *inserts(same)]) == [STORED] * 2
        assert await store.get(THINGS, "c") is None

    async def test_a_unique_index_does_not_bind_documents_that_lack_a_field(self, store: DocumentStore) -> None:
        await store.ensure_indexes([Index(THINGS, ("team", "name"), unique=True)])
        documents = [{"_id": "a", "team": "t"}, {"_id": "b", "team": "t"}, {"_id": "c", "team": "t", "name": None}]
        assert await store.write(inserts(*documents)) == [STORED] * 3
        assert await store.write([change({}, {"name": "x"}), change({}, {"name": "x"}, "b")]) == [STORED, MISSED]

    async def test_documents_must_be_unique_before_an_index_makes_them_so(self, store: DocumentStore) -> None:
        await store.write(inserts({"_id": "a", "name": "x"}, {"_id": "b", "name": "x"}))
        with pytest.raises(Conflict, match="name"):
            await store.ensure_indexes([Index(THINGS, ("name",), unique=True)])
        await store.write([change({}, {"name": "y"}, "b")])
        for _ in range(2):
            await store.ensure_indexes([Index(THINGS, ("name",), unique=True)])
        assert await store.write(inserts({"_id": "c", "name": "y"})) == [MISSED]

    async def test_a_unique_index_binds_long_texts_too(self, store: DocumentStore) -> None:
        await store.write(inserts({"_id": "a", "name": "x" * 10_000}))
        await store.ensure_indexes([Index(THINGS, ("name",), unique=True)])
        assert await store.write(inserts(*({"_id": id, "name": "x" * 10_000} for id in "ab"))) == [MISSED] * 2
        assert await store.write(inserts(*({"_id": id, "name": "y" * 10_000} for id in "cd"))) == [STORED, MISSED]
        assert await store.write([change({}, {"name": "z" * 10_000}, id) for id in "ac"]) == [STORED, MISSED]

    async def test_indexes_made_late_see_documents_of_any_size(self, store: DocumentStore) -> None:
        await store.write(inserts({"_id": "a", "name": "x" * 10_000, "n": 1}, {"_id": "b", "name": "y", "n": 2}))
        await store.ensure_indexes([Index(THINGS, ("name",)), Index(THINGS, ("n", "_id"))])
        await store.write([*inserts({"_id": "c", "name": "z" * 10_000}), change({"n": 1}, {"n": 3})])
        assert await store.find(THINGS, {"name": "x" * 10_000}) == [{"_id": "a", "name": "x" * 10_000, "n": 3}]
        assert await store.find(THINGS, {"name": Prefix("z")}, fields=("n",)) == [{"_id": "c"}]

"""What document stores promise about order and cursors."""

from __future__ import annotations

from typing import Any, cast

import pytest

from plynx_common.interfaces.documents import Document, DocumentStore, Gte, Index, Insert, Sort

NUMBERS = [3, 1, 1, 2.5, 1, -1, 10]
TEXTS = ["b", "a", "a", "B", "10", "", "ä", "\U0001f40d", "\uffff"]
RANKS: list[Any] = [None, "absent", *NUMBERS, *TEXTS, None, "absent"]


async def paged(
    store: DocumentStore, sort: Sort, size: int, where: dict[str, Any] | None = None
) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    after: tuple[Any, str] | None = None
    while True:
        page = await store.find("pages", where or {}, sort=sort, limit=size, after=after)
        found += [(_rank(document, sort.field), document["_id"]) for document in page]
        assert len(page) <= size
        if len(page) < size:
            return found
        after = found[-1]


def _rank(document: Document, field: str) -> Any:
    outer, _, inner = field.partition(".")
    value: Any = document.get(outer)
    return cast("Document", value or {}).get(inner) if inner else value


def expected_order(documents: list[Document], field: str) -> list[tuple[Any, str]]:
    """Absent and null first, then numbers, then text by code points; each with its id as the last word."""
    ranked = [(_rank(document, field), document["_id"]) for document in documents]
    nothing = sorted(entry for entry in ranked if entry[0] is None)
    numbers = sorted(entry for entry in ranked if isinstance(entry[0], int | float))
    return nothing + numbers + sorted(entry for entry in ranked if isinstance(entry[0], str))


class PagingContract:
    @pytest.fixture(params=[False, True], ids=["", "indexed"])
    async def documents(self, request: pytest.FixtureRequest, store: DocumentStore) -> list[Document]:
        documents: list[Document] = []
        for number, rank in enumerate(RANKS):
            fields = {} if rank == "absent" else {"rank": rank, "in": {"rank": rank}}
            documents.append({"_id": f"id-{number * 7 % 50:02}", "team": "t", **fields})
        others = [Insert("pages", {"_id": f"other-{number}", "team": "u", "rank": number}) for number in range(3)]
        await store.write([*(Insert("pages", document) for document in documents), *others])
        if request.param:
            await store.ensure_indexes([Index("pages", ("team", "rank")), Index("pages", ("team", "in.rank"))])
        return documents

    @pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
    @pytest.mark.parametrize("field", ["rank", "in.rank"])
    @pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
    async def test_pages_follow_each_other_through_ties_nothing_and_all_kinds(
        self, store: DocumentStore, documents: list[Document], *, field: str, descending: bool, size: int
    ) -> None:
        expected = expected_order(documents, field)
        sort = Sort(field, descending=descending)
        assert await paged(store, sort, size, {"team": "t"}) == (expected[::-1] if descending else expected)

    @pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
    @pytest.mark.parametrize("size", [1, 4, 100])
    async def test_pages_by_id(
        self, store: DocumentStore, documents: list[Document], *, descending: bool, size: int
    ) -> None:
        expected = sorted((document["_id"], document["_id"]) for document in documents)
        found = await paged(store, Sort(descending=descending), size, {"team": "t"})
        assert found == (expected[::-1] if descending else expected)

    @pytest.mark.usefixtures("documents")
    async def test_a_cursor_need_not_name_a_document(self, store: DocumentStore) -> None:
        found = await store.find("pages", {"team": "t"}, sort=Sort("rank"), after=(1, "zzz"), limit=2)
        assert [document["rank"] for document in found] == [2.5, 3]
        found = await store.find("pages", {"team": "t"}, sort=Sort("rank", descending=True), after=("0", ""), limit=2)
        assert [document["rank"] for document in found] == ["", 10]
        assert await store.find("pages", {"team": "t"}, after=("id-99", "id-99")) == []

    @pytest.mark.usefixtures("documents")
    async def test_what_is_inserted_between_two_pages_moves_nothing(self, store: DocumentStore) -> None:
        sort = Sort("rank", descending=True)
        where = {"team": "t", "rank": Gte(-100)}
        first = await store.find("pages", where, sort=sort, limit=3)
        await store.write([Insert("pages", {"_id": "new", "team": "t", "rank": 1000})])
        rest = await store.find("pages", where, sort=sort, after=(first[-1]["rank"], first[-1]["_id"]))
        assert [document["rank"] for document in [*first, *rest]] == [10, 3, 2.5, 1, 1, 1, -1]

    @pytest.mark.usefixtures("documents")
    async def test_a_cursor_with_fields_and_without_a_limit(self, store: DocumentStore) -> None:
        found = await store.find("pages", {"team": "u"}, sort=Sort("rank"), after=(0, "other-0"), fields=("rank",))
        assert found == [{"_id": "other-1", "rank": 1}, {"_id": "other-2", "rank": 2}]

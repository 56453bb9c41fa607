"""Whatever is done to a store, in whatever order: outcomes, contents and answers are those of the store in memory."""

from __future__ import annotations

from itertools import count
from typing import Any

import hypothesis
from hypothesis import strategies as st

from plynx_common.adapters.memory_documents import MemoryDocuments
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
    Lt,
    Prefix,
    Sort,
    Where,
    Write,
)

LARGE = "large " * 1000
EXAMPLES = 60
_numbers = count()

ids = st.sampled_from(["a", "b", "run/1", "run/2", "run/10", "é"])
texts = st.sampled_from(["", "a", "ab", "A", "é", "10", "\U0001f40d", "a%", LARGE])
numbers = st.sampled_from([-1, 0, 1, 1.0, 1.5, 10, 2**40])
scalars = st.one_of(st.none(), texts, numbers, st.booleans())
ranks = st.one_of(st.none(), texts, numbers)
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.fixed_dictionaries({"x": scalars, "y": st.just([1])}))
paths = st.sampled_from(["value", "other", "in.x", "in.deep.y", "rank"])
operators = st.one_of(
    scalars,
    st.lists(scalars, max_size=3).map(lambda found: In(tuple(found))),
    st.one_of(texts, numbers).flatmap(lambda value: st.sampled_from([Lt(value), Gte(value)])),
    texts.map(Prefix),
    st.sampled_from(["a", "10", 1, 10, LARGE]).map(Has),
)
wheres = st.dictionaries(st.one_of(paths, st.just("_id")), operators, max_size=2)
sorts = st.builds(Sort, st.sampled_from(["_id", "rank"]), descending=st.booleans())


@st.composite
def documents(draw: st.DrawFn) -> Document:
    fields = st.fixed_dictionaries({}, optional={"value": values, "other": values, "in": values, "rank": ranks})
    return {"_id": draw(ids), **draw(fields)}


@st.composite
def changes(draw: st.DrawFn, collection: str) -> CompareAndSet:
    names = draw(st.lists(st.sampled_from(["value", "other", "in.x", "in.deep.y"]), unique=True, max_size=3))
    appended = draw(st.booleans()) and names
    sets = {name: draw(values) for name in (names[1:] if appended else names)}
    return CompareAndSet(
        collection, draw(ids), draw(wheres), {**sets, "rank": draw(ranks)}, {names[0]: draw(values)} if appended else {}
    )


@st.composite
def batches(draw: st.DrawFn, collection: str) -> list[list[Write]]:
    write = st.one_of(
        documents().map(lambda document: Insert(collection, document)),
        changes(collection),
        st.builds(Delete, st.just(collection), ids, wheres),
    )
    return draw(st.lists(st.lists(write, max_size=8), min_size=1, max_size=5))


class RandomContract:
    @hypothesis.given(st.data())
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,  # the disk of a server may be busy with others
        suppress_health_check=[
            hypothesis.HealthCheck.function_scoped_fixture,  # each example has a collection of its own
            hypothesis.HealthCheck.differing_executors,  # each adapter has a subclass of its own
        ],
    )
    async def test_a_store_does_what_the_store_in_memory_does(self, store: DocumentStore, given: st.DataObject) -> None:
        collection = f"random_{next(_numbers)}"
        model = MemoryDocuments()
        unique = Index(collection, ("in.x", "rank"), unique=True)
        indexes = given.draw(st.lists(st.sampled_from([Index(collection, ("rank",)), unique]), unique=True))
        await store.ensure_indexes(indexes)
        await model.ensure_indexes(indexes)
        for batch in given.draw(batches(collection)):
            assert await store.write(batch) == await model.write(batch)
            assert await store.find(collection, {}) == await model.find(collection, {})
        for where in given.draw(st.lists(wheres, min_size=1, max_size=3)):
            await same_answers(store, model, collection, where, given.draw(sorts))
        for id in ("a", "run/1"):
            assert await store.get(collection, id) == await model.get(collection, id)


async def same_answers(store: DocumentStore, model: DocumentStore, collection: str, where: Where, sort: Sort) -> None:
    whole = await model.find(collection, where, sort=sort)
    assert await store.find(collection, where, sort=sort) == whole
    assert await store.count(collection, where) == len(whole)
    for number, last in enumerate(whole):
        after: tuple[Any, str] = (last.get(sort.field), last["_id"])
        assert await store.find(collection, where, sort=sort, after=after) == whole[number + 1 :]
        page = await store.find(collection, where, sort=sort, after=after, limit=1, fields=("value", "in"))
        assert page == await model.find(collection, where, sort=sort, after=after, limit=1, fields=("value", "in"))

"""Saved graphs: drafts at any time, no lost updates, of one team only."""

from __future__ import annotations

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.errors import Conflict, NotFound
from plynx_common.domain.graph import Graph
from plynx_common.interfaces.documents import Has, Insert
from plynx_common.repositories.artifacts import ARTIFACTS, Artifacts
from plynx_common.repositories.graphs import Graphs
from plynx_common.testing.factories import a_graph, a_node
from plynx_common.testing.fake_clock import FakeClock, FakeIds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def graphs(documents: MemoryDocuments, clock: FakeClock) -> Graphs:
    return Graphs(documents, clock, FakeIds(), "default")


async def test_a_graph_comes_back_as_it_was_saved_valid_or_not(graphs: Graphs) -> None:
    graph = a_graph(a_node("a", "a", operation="gone", parameters={"x": {"$param": 1}}), title="Iris", tags=("demo",))
    stored = await graphs.create(graph, "ann")
    assert stored.id.startswith("graph-")
    assert (stored.revision, stored.summary.author, stored.summary.node_count) == (1, "ann", 1)
    assert await graphs.get(stored.id) == stored
    assert stored.graph == graph


async def test_each_save_raises_the_revision_and_checks_the_one_before(graphs: Graphs) -> None:
    stored = await graphs.create(Graph(title="one"), "ann")
    saved = await graphs.save(stored.id, Graph(title="two"), 1)
    assert (saved.revision, saved.graph.title, saved.summary.title) == (2, "two", "two")
    with pytest.raises(Conflict, match="is at revision 2, your change was made from 1: read it again"):
        await graphs.save(stored.id, Graph(title="three"), 1)
    assert (await graphs.get(stored.id)).graph.title == "two"


async def test_a_clone_names_its_origin(graphs: Graphs) -> None:
    stored = await graphs.create(Graph(title="one"), "ann")
    clone = await graphs.clone(stored.id, "ben")
    assert clone.id != stored.id
    assert clone.graph == stored.graph
    assert (clone.summary.origin, clone.summary.author) == (f"graph/{stored.id}", "ben")


async def test_a_graph_is_deleted_by_who_has_seen_its_last_state(graphs: Graphs) -> None:
    stored = await graphs.create(Graph(), "ann")
    with pytest.raises(Conflict):
        await graphs.delete(stored.id, 5)
    await graphs.delete(stored.id, 1)
    with pytest.raises(NotFound, match=f"no graph '{stored.id}'"):
        await graphs.get(stored.id)


async def test_a_list_has_summaries_with_the_latest_change_first(graphs: Graphs, clock: FakeClock) -> None:
    first = await graphs.create(Graph(title="one", tags=("a",)), "ann")
    await clock.advance(1)
    await graphs.create(Graph(title="two"), "ann")
    await clock.advance(1)
    await graphs.save(first.id, Graph(title="one again", tags=("a",)), 1)
    assert [summary.title for summary in await graphs.list()] == ["one again", "two"]
    assert [summary.title for summary in await graphs.list({"tags": Has("a")})] == ["one again"]


async def test_other_teams_see_nothing(graphs: Graphs, documents: MemoryDocuments, clock: FakeClock) -> None:
    stored = await graphs.create(Graph(), "ann")
    others = Graphs(documents, clock, FakeIds(1), "other")
    assert await others.list() == []
    assert await others.list({"team": "default"}) == []
    for forbidden in (
        others.get(stored.id),
        others.save(stored.id, Graph(), 1),
        others.clone(stored.id, "eve"),
        others.delete(stored.id, 1),
    ):
        with pytest.raises(NotFound):
            await forbidden
    assert await graphs.get(stored.id) == stored


def _an_entry(team: str, letter: str, state: str = "live") -> Insert:
    digest = letter * 64
    content = {
        "digest": digest,
        "size": 3,
        "type": "csv",
        "created_by": "ann",
        "created_at": f"2026-01-01T00:00:0{ord(letter) - 97}Z",
    }
    return Insert(ARTIFACTS, {"_id": f"{team}/{digest}", "team": team, "state": state, **content})


async def test_artifacts_are_read_by_digest_within_the_team(documents: MemoryDocuments) -> None:
    await documents.write([_an_entry("default", "a"), _an_entry("default", "b", "deleting"), _an_entry("other", "c")])
    artifacts = Artifacts(documents, "default")
    found = await artifacts.get("a" * 64)
    assert (found.size, found.type, found.team) == (3, "csv", "default")
    for letter in "bcd":
        with pytest.raises(NotFound, match="there is no artifact"):
            await artifacts.get(letter * 64)
    with pytest.raises(NotFound):
        await artifacts.get("../other/x")
    assert set(await artifacts.get_many([letter * 64 for letter in "abcd"])) == {"a" * 64}
    assert [entry.digest for entry in await artifacts.list()] == ["a" * 64]


async def test_every_revision_is_kept_and_read_back(graphs: Graphs) -> None:
    stored = await graphs.create(Graph(title="one"), "ann")
    await graphs.save(stored.id, Graph(title="two"), 1, "ben")
    saved = await graphs.save(stored.id, Graph(title="three"), 2, "cleo")
    listed = await graphs.revisions(stored.id, limit=10)
    assert [(each.revision, each.title, each.saved_by) for each in listed] == [
        (3, "three", "cleo"),
        (2, "two", "ben"),
        (1, "one", "ann"),
    ]
    assert {each.id for each in listed} == {stored.id}
    assert [each.revision for each in await graphs.revisions(stored.id, limit=1)] == [3]
    assert [each.revision for each in await graphs.revisions(stored.id, limit=1, before=3)] == [2]
    assert await graphs.revision(stored.id, 3) == saved
    assert await graphs.revision(stored.id, 1) == stored
    for missing in (0, -1, 4):
        with pytest.raises(NotFound, match=f"has no revision {missing}: the newest is 3"):
            await graphs.revision(stored.id, missing)


async def test_a_revision_is_kept_though_the_save_dies_behind_it(documents: MemoryDocuments, graphs: Graphs) -> None:
    stored = await graphs.create(Graph(title="one"), "ann")
    before = await documents.get("graphs", stored.id)
    assert before is not None
    await documents.write([Insert("graph_revisions", {**before, "_id": f"{stored.id}/{1:09}"})])
    assert [each.revision for each in await graphs.revisions(stored.id, limit=10)] == [1]
    await graphs.save(stored.id, Graph(title="two"), 1)
    assert [each.title for each in await graphs.revisions(stored.id, limit=10)] == ["two", "one"]


async def test_old_revisions_go_and_with_the_graph_all_of_them(
    documents: MemoryDocuments, graphs: Graphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plynx_common.repositories.graphs.KEPT_REVISIONS", 2)
    stored = await graphs.create(Graph(), "ann")
    for revision in range(1, 5):
        await graphs.save(stored.id, Graph(title=str(revision)), revision)
    assert [each.revision for each in await graphs.revisions(stored.id, limit=10)] == [5, 4, 3]
    await graphs.delete(stored.id, 5)
    assert await documents.count("graph_revisions", {}) == 0


async def test_graphs_are_found_by_the_operations_that_they_use(graphs: Graphs) -> None:
    stored = await graphs.create(a_graph(a_node("a", operation="default/sort@1"), a_node("b")), "ann")
    assert [each.id for each in await graphs.using("default/sort@1", limit=5)] == [stored.id]
    assert await graphs.using("work", limit=5) == []  # its own, of no catalogue
    await graphs.save(stored.id, a_graph(a_node("a")), 1)
    assert await graphs.using("default/sort@1", limit=5) == []

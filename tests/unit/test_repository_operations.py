"""The catalogue (A12): versions from draft to retired, immutable once approved, of one team only."""

from __future__ import annotations

import pytest

from plynx_common.adapters.memory_documents import MemoryDocuments
from plynx_common.domain.errors import Conflict, InvalidInput, NotFound
from plynx_common.domain.operation import Input, OperationStatus, Output, Parameter
from plynx_common.interfaces.documents import Has
from plynx_common.repositories.operations import Operations, StoredOperation
from plynx_common.testing.factories import an_operation
from plynx_common.testing.fake_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def operations(documents: MemoryDocuments, clock: FakeClock) -> Operations:
    return Operations(documents, clock, "default")


async def approved(operations: Operations, name: str = "work", **fields: object) -> StoredOperation:
    draft = await operations.create(an_operation(name, **fields), "ann")
    return await operations.approve(draft.ref, draft.revision)


async def test_a12_a_new_operation_is_a_draft_of_version_1_of_the_team(operations: Operations) -> None:
    given = an_operation(team="other", version=7, parent="other/x@1", author="somebody")
    stored = await operations.create(given, "ann")
    assert stored.ref == "default/work@1"
    assert (stored.revision, stored.digest, stored.operation.status) == (1, None, OperationStatus.DRAFT)
    assert (stored.operation.author, stored.operation.parent) == ("ann", None)
    assert await operations.get("default/work@1") == stored


async def test_a_name_is_taken_once(operations: Operations) -> None:
    await operations.create(an_operation(), "ann")
    with pytest.raises(Conflict, match="operation 'work' exists: clone it"):
        await operations.create(an_operation(), "ben")


async def test_a12_a_draft_is_edited_whole_and_keeps_who_it_is(operations: Operations) -> None:
    draft = await operations.create(an_operation(), "ann")
    edited = an_operation(
        "renamed", team="x", version=5, author="x", inputs=(Input(name="a"),), outputs=(Output(name="b", type="csv"),),
        parameters=(Parameter(name="c", type="int"),), cmd="",
    )  # fmt: skip
    saved = await operations.save(draft.ref, edited, draft.revision)
    assert (saved.ref, saved.revision, saved.operation.author) == ("default/work@1", 2, "ann")
    assert saved.operation.inputs == edited.inputs
    assert saved.operation.outputs == edited.outputs
    assert saved.operation.parameters == edited.parameters
    assert await operations.get(draft.ref) == saved


async def test_two_people_cannot_overwrite_each_other(operations: Operations) -> None:
    draft = await operations.create(an_operation(), "ann")
    await operations.save(draft.ref, an_operation(title="first"), draft.revision)
    with pytest.raises(Conflict, match="has changed since you read it"):
        await operations.save(draft.ref, an_operation(title="second"), draft.revision)
    assert (await operations.get(draft.ref)).operation.title == "first"


async def test_a12_an_approved_operation_has_a_digest_and_never_changes(operations: Operations) -> None:
    ready = await approved(operations)
    assert ready.operation.status is OperationStatus.READY
    assert ready.digest is not None
    assert len(ready.digest) == 64
    with pytest.raises(Conflict, match="cannot edit operation 'default/work@1', which is 'ready': it is approved"):
        await operations.save(ready.ref, an_operation(cmd="other"), ready.revision)
    with pytest.raises(Conflict, match="cannot edit"):
        await operations.delete(ready.ref, ready.revision)
    with pytest.raises(Conflict, match="cannot approve"):
        await operations.approve(ready.ref, ready.revision)


async def test_an_invalid_draft_is_kept_and_not_approved(operations: Operations) -> None:
    draft = await operations.create(an_operation(cmd="", inputs=(Input(name="a", min=-1),)), "ann")
    with pytest.raises(InvalidInput, match="cannot be approved: operation 'work' has no 'cmd'") as caught:
        await operations.approve(draft.ref, draft.revision)
    assert [issue.code for issue in caught.value.issues] == ["missing_cmd", "invalid_range"]
    assert (await operations.get(draft.ref)).operation.status is OperationStatus.DRAFT


async def test_the_digest_names_the_content_and_not_the_lifecycle(operations: Operations) -> None:
    ready = await approved(operations)
    deprecated = await operations.deprecate(ready.ref, ready.revision)
    other = await approved(operations, "other")
    assert deprecated.digest == ready.digest
    assert other.digest != ready.digest


async def test_a12_a_clone_is_a_draft_of_the_next_version_that_names_its_parent(operations: Operations) -> None:
    ready = await approved(operations)
    clone = await operations.clone(ready.ref, "ben")
    assert clone.ref == "default/work@2"
    assert (clone.operation.parent, clone.operation.author) == ("default/work@1", "ben")
    assert clone.operation.status is OperationStatus.DRAFT
    assert clone.operation.cmd == ready.operation.cmd
    assert (await operations.clone(ready.ref, "ben")).ref == "default/work@3"
    assert [entry.operation.version for entry in await operations.versions("work")] == [3, 2, 1]


async def test_a_clone_may_have_another_name(operations: Operations) -> None:
    ready = await approved(operations)
    clone = await operations.clone(ready.ref, "ben", name="better")
    assert (clone.ref, clone.operation.parent) == ("default/better@1", "default/work@1")


async def test_a12_a_deprecated_operation_names_a_usable_successor(operations: Operations) -> None:
    ready = await approved(operations)
    clone = await operations.clone(ready.ref, "ben")
    with pytest.raises(Conflict, match="'default/work@2' cannot succeed 'default/work@1': approve it first"):
        await operations.deprecate(ready.ref, ready.revision, clone.ref)
    await operations.approve(clone.ref, clone.revision)
    deprecated = await operations.deprecate(ready.ref, ready.revision, clone.ref)
    assert deprecated.operation.successor == "default/work@2"
    assert (await operations.get(ready.ref)).operation == deprecated.operation
    with pytest.raises(InvalidInput, match="cannot succeed itself"):
        await operations.deprecate(ready.ref, deprecated.revision, ready.ref)
    with pytest.raises(NotFound, match="'default/gone@1'"):
        await operations.deprecate(ready.ref, deprecated.revision, "default/gone@1")


async def test_a_retired_operation_stays_retired(operations: Operations) -> None:
    ready = await approved(operations)
    retired = await operations.retire(ready.ref, ready.revision)
    assert retired.operation.status is OperationStatus.RETIRED
    with pytest.raises(Conflict, match="cannot deprecate operation 'default/work@1', which is 'retired'"):
        await operations.deprecate(ready.ref, retired.revision)
    with pytest.raises(NotFound, match="no usable version"):
        await operations.newest("work")


async def test_a_draft_cannot_be_deprecated_or_retired(operations: Operations) -> None:
    draft = await operations.create(an_operation(), "ann")
    with pytest.raises(Conflict, match="which is 'draft': approve it first"):
        await operations.deprecate(draft.ref, draft.revision)
    with pytest.raises(Conflict, match="approve it first"):
        await operations.retire(draft.ref, draft.revision)


async def test_a_draft_can_be_deleted_by_who_has_seen_its_last_state(operations: Operations) -> None:
    draft = await operations.create(an_operation(), "ann")
    with pytest.raises(Conflict):
        await operations.delete(draft.ref, 99)
    await operations.delete(draft.ref, draft.revision)
    with pytest.raises(NotFound):
        await operations.get(draft.ref)


async def test_names_of_nodes_are_resolved_to_exact_versions(operations: Operations) -> None:
    first = await approved(operations)
    clone = await operations.clone(first.ref, "ann")
    second = await operations.approve(clone.ref, clone.revision)
    await operations.clone(first.ref, "ann")
    found = await operations.resolve(
        ["default/work@1", "default/work", "default/gone@1", "default/gone", "local", "x/work"]
    )
    assert found == {"default/work@1": first.operation, "default/work": second.operation}


async def test_other_teams_see_nothing(documents: MemoryDocuments, clock: FakeClock, operations: Operations) -> None:
    ready = await approved(operations)
    others = Operations(documents, clock, "other")
    with pytest.raises(NotFound):
        await others.get(ready.ref)
    with pytest.raises(NotFound):
        await others.retire(ready.ref, ready.revision)
    with pytest.raises(NotFound):
        await others.clone(ready.ref, "eve")
    assert await others.list() == []
    assert await others.list({"team": "default"}) == []
    assert await others.versions("work") == []
    assert await others.resolve([ready.ref, "default/work"]) == {}
    assert (await others.create(an_operation(), "eve")).ref == "other/work@1"


async def test_a_list_is_filtered_and_paged_with_the_latest_change_first(
    operations: Operations, clock: FakeClock
) -> None:
    for index in range(5):
        await clock.advance(1)
        await operations.create(an_operation(f"op{index}", tags=("even",) if index % 2 == 0 else ()), "ann")
    names = [entry.operation.name for entry in await operations.list(limit=2)]
    last = (await operations.list(limit=2))[-1]
    after = (last.updated_at.isoformat(timespec="microseconds").replace("+00:00", "Z"), last.ref)
    names += [entry.operation.name for entry in await operations.list(limit=9, after=after)]
    assert names == ["op4", "op3", "op2", "op1", "op0"]
    assert [entry.operation.name for entry in await operations.list({"tags": Has("even")})] == ["op4", "op2", "op0"]
    assert await operations.list({"output_types": Has("csv")}) == []
    assert len(await operations.list({"input_types": Has("file"), "status": "draft"})) == 5

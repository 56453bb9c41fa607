"""The catalogue of one team: versions of operations (files are operations of kind `file`), drafts to retired ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plynx_common.domain.errors import Conflict, InvalidInput, NotFound
from plynx_common.domain.ids import OPERATION_REF, operation_ref
from plynx_common.domain.issues import has_errors, summary
from plynx_common.domain.lifecycle import LIFECYCLE_FIELDS, content_digest, moved, require_draft
from plynx_common.domain.operation import Operation, OperationStatus, exact_ref
from plynx_common.domain.operation_validation import validate_operation
from plynx_common.domain.values import parse_timestamp, timestamp
from plynx_common.interfaces.clock import Clock
from plynx_common.interfaces.documents import (
    CompareAndSet,
    Delete,
    Document,
    DocumentStore,
    In,
    Insert,
    Outcome,
    Sort,
)

OPERATIONS = "operations"
_TRIES = 5
"""To take the next version's number, while others take it too."""
USABLE = (OperationStatus.READY.value, OperationStatus.DEPRECATED.value)


@dataclass(frozen=True, slots=True)
class StoredOperation:
    operation: Operation
    revision: int
    """Of the document, for If-Match; changes with everything."""
    digest: str | None
    """Of the content; drafts have none."""
    created_at: datetime
    updated_at: datetime

    @property
    def ref(self) -> str:
        return exact_ref(self.operation)

    @property
    def team(self) -> str:
        return self.operation.team


class Operations:
    """Sees one team only: what belongs to others does not exist."""

    def __init__(self, documents: DocumentStore, clock: Clock, team: str) -> None:
        self._documents = documents
        self._clock = clock
        self._team = team

    async def create(self, operation: Operation, author: str, *, next_version: bool = False) -> StoredOperation:
        """A draft of version 1, valid or not. Raises `Conflict` if the name is taken.

        With `next_version` a taken name is none: it becomes the version behind the newest one of the same kind.
        """
        new = operation.model_copy(update={"version": 1, "parent": None, "author": author})
        stored = await self._insert(new)
        if stored is None and next_version:
            return await self._insert_next(new)
        if stored is None:
            raise Conflict(f"operation '{new.name}' exists: clone it to make a new version, or choose another name")
        return stored

    async def _insert_next(self, operation: Operation) -> StoredOperation:
        for _ in range(_TRIES):
            newest = (await self.versions(operation.name))[0]
            if newest.operation.kind != operation.kind:
                raise Conflict(f"'{newest.ref}' is of kind '{newest.operation.kind}': choose another name")
            fields = {"version": newest.operation.version + 1, "parent": newest.ref}
            stored = await self._insert(operation.model_copy(update=fields))
            if stored is not None:
                return stored
        raise Conflict(f"others are making versions of '{operation.name}' right now: try again")

    async def get(self, ref: str) -> StoredOperation:
        """By `team/name@version`; raises `NotFound`, also for another team's."""
        document = await self._documents.get(OPERATIONS, ref)
        if document is None or document["team"] != self._team:
            raise NotFound(f"there is no operation '{ref}'")
        return _from_document(document)

    async def newest(self, name: str, statuses: Iterable[str] = USABLE) -> StoredOperation:
        """The highest version in one of these states; raises `NotFound`."""
        where = {"team": self._team, "name": name, "status": In(tuple(statuses))}
        found = await self._documents.find(OPERATIONS, where, sort=Sort("version", descending=True), limit=1)
        if not found:
            raise NotFound(f"there is no usable version of operation '{self._team}/{name}'")
        return _from_document(found[0])

    async def versions(self, name: str) -> list[StoredOperation]:
        """Newest first, of every state."""
        where = {"team": self._team, "name": name}
        found = await self._documents.find(OPERATIONS, where, sort=Sort("version", descending=True))
        return [_from_document(document) for document in found]

    async def list(
        self, where: Mapping[str, Any] | None = None, *, limit: int = 50, after: tuple[str, str] | None = None
    ) -> list[StoredOperation]:
        """Latest change first. `where`: name, version, kind, status, author, tags, input_types, output_types.

        `after` = (`updated_at`, ref) of the last one of the page before.
        """
        scoped = {**(where or {}), "team": self._team}
        sort = Sort("updated_at", descending=True)
        found = await self._documents.find(OPERATIONS, scoped, sort=sort, limit=limit, after=after)
        return [_from_document(document) for document in found]

    async def resolve(self, names: Iterable[str]) -> dict[str, Operation]:
        """By `team/name@version`, or `team/name` for the newest usable version; what is not there is left out."""
        wanted = list(dict.fromkeys(names))
        exact = [name for name in wanted if OPERATION_REF.fullmatch(name)]
        where = {"_id": In(tuple(exact)), "team": self._team}
        found = await self._documents.find(OPERATIONS, where) if exact else []
        resolved = {document["_id"]: _from_document(document).operation for document in found}
        for name in wanted:
            team, separator, bare = name.partition("/")
            if separator and team == self._team and "@" not in bare:
                try:
                    resolved[name] = (await self.newest(bare)).operation
                except NotFound:
                    continue  # validation says so, with the node's name
        return resolved

    async def save(self, ref: str, operation: Operation, revision: int) -> StoredOperation:
        """Replaces a draft's content, valid or not. Raises `Conflict` if it is no draft, or changed since."""
        before = await self._current(ref, revision)
        require_draft(before.operation)
        old = before.operation
        kept = {"team": old.team, "name": old.name, "version": old.version, "parent": old.parent, "author": old.author}
        return await self._write(before, operation.model_copy(update={**kept, "status": OperationStatus.DRAFT}))

    async def clone(self, ref: str, author: str, name: str | None = None) -> StoredOperation:
        """A draft of the next version, or of version 1 under another name; `parent` names the origin."""
        origin = (await self.get(ref)).operation
        fields = {"parent": ref, "successor": None, "author": author, "changelog": "", "name": name or origin.name}
        for _ in range(_TRIES):
            versions = await self.versions(fields["name"] or origin.name)
            version = versions[0].operation.version + 1 if versions else 1
            stored = await self._insert(origin.model_copy(update={**fields, "version": version}))
            if stored is not None:
                return stored
        raise Conflict(f"others are making versions of operation '{origin.name}' right now: try again")

    async def approve(self, ref: str, revision: int) -> StoredOperation:
        """Makes a draft immutable. Raises `InvalidInput` with its issues, or `Conflict`."""
        before = await self._current(ref, revision)
        status = moved(before.operation, "approve")
        issues = validate_operation(before.operation)
        if has_errors(issues):
            raise InvalidInput(f"operation '{ref}' cannot be approved: {summary(issues)}", tuple(issues))
        return await self._write(before, before.operation.model_copy(update={"status": status}))

    async def deprecate(self, ref: str, revision: int, successor: str | None = None) -> StoredOperation:
        """`successor` must be usable itself. Raises `Conflict`, or `NotFound` for it."""
        before = await self._current(ref, revision)
        status = moved(before.operation, "deprecate")
        if successor == ref:
            raise InvalidInput(f"operation '{ref}' cannot succeed itself: name another one as 'successor'")
        if successor is not None and (await self.get(successor)).operation.status.value not in USABLE:
            raise Conflict(f"operation '{successor}' cannot succeed '{ref}': approve it first")
        return await self._write(before, before.operation.model_copy(update={"status": status, "successor": successor}))

    async def retire(self, ref: str, revision: int) -> StoredOperation:
        before = await self._current(ref, revision)
        status = moved(before.operation, "retire")
        return await self._write(before, before.operation.model_copy(update={"status": status}))

    async def delete(self, ref: str, revision: int) -> None:
        """Of drafts only: what was approved may be in somebody's history."""
        before = await self._current(ref, revision)
        require_draft(before.operation)
        where = {"team": self._team, "revision": revision, "status": OperationStatus.DRAFT.value}
        (outcome,) = await self._documents.write([Delete(OPERATIONS, ref, where)])
        if outcome is not Outcome.STORED:
            raise _changed(ref)

    async def _current(self, ref: str, revision: int) -> StoredOperation:
        found = await self.get(ref)
        if found.revision != revision:
            raise _changed(ref)
        return found

    async def _insert(self, operation: Operation) -> StoredOperation | None:
        """`None` if the version exists."""
        new = operation.model_copy(update={"team": self._team, "status": OperationStatus.DRAFT, "successor": None})
        now = self._clock.now()
        document = {
            "_id": operation_ref(self._team, new.name, new.version),
            "revision": 1,
            "created_at": timestamp(now),
            **_fields(new, now),
        }
        (outcome,) = await self._documents.write([Insert(OPERATIONS, document)])
        return _from_document(document) if outcome is Outcome.STORED else None

    async def _write(self, before: StoredOperation, operation: Operation) -> StoredOperation:
        now = self._clock.now()
        changed: dict[str, Any] = {"revision": before.revision + 1, **_fields(operation, now)}
        where = {"team": self._team, "revision": before.revision, "status": before.operation.status.value}
        (outcome,) = await self._documents.write([CompareAndSet(OPERATIONS, before.ref, where, changed)])
        if outcome is not Outcome.STORED:
            raise _changed(before.ref)
        return StoredOperation(operation, before.revision + 1, changed["digest"], before.created_at, now)


def _changed(ref: str) -> Conflict:
    return Conflict(f"operation '{ref}' has changed since you read it: read it again, and repeat your change")


def _fields(operation: Operation, now: datetime) -> dict[str, Any]:
    """What searches look at stands beside the content."""
    content = operation.to_document()
    is_draft = operation.status is OperationStatus.DRAFT
    return {
        "team": operation.team,
        "name": operation.name,
        "version": operation.version,
        "kind": operation.kind,
        "status": operation.status.value,
        "successor": operation.successor,
        "author": operation.author,
        "title": operation.title,
        "description": operation.description,
        "parent": operation.parent,
        "tags": list(operation.tags),
        "input_types": sorted({name for port in operation.inputs for name in port.types}),
        "output_types": sorted({port.type for port in operation.outputs}),
        "digest": None if is_draft else content_digest(operation),
        "operation": {name: value for name, value in content.items() if name not in LIFECYCLE_FIELDS},
        "updated_at": timestamp(now),
    }


def _from_document(document: Document) -> StoredOperation:
    content = {**document["operation"], "status": document["status"], "successor": document["successor"]}
    return StoredOperation(
        operation=Operation.model_validate(content),
        revision=document["revision"],
        digest=document["digest"],
        created_at=parse_timestamp(document["created_at"]),
        updated_at=parse_timestamp(document["updated_at"]),
    )

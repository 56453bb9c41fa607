"""Where a browser finds the bytes of an artifact: with the object store, never here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from plynx_common.domain.ids import artifact_key
from plynx_common.interfaces.objects import ObjectStore, ServedObjects
from plynx_common.repositories.artifacts import StoredArtifact

EXPIRES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Addresses:
    """See docs/decisions/0010-show-pages-from-the-object-store.md."""

    objects: ObjectStore
    artifact: StoredArtifact
    our_hosts: frozenset[str]
    """Names by which browsers know the API."""

    def download(self, content_type: str) -> str:
        """Whatever it is, it is no page of ours."""
        return self._signed(content_type, inline=False)

    def page(self, content_type: str) -> str | None:
        """None where its origin could reach what is ours: a bucket beside us, which cannot send a sandbox along."""
        url = self._signed(content_type, inline=True)
        # What the storage service serves is in a sandbox wherever it is opened.
        is_apart = isinstance(self.objects, ServedObjects) or urlsplit(url).hostname not in self.our_hosts
        return url if is_apart else None

    def _signed(self, content_type: str, *, inline: bool) -> str:
        key, name = artifact_key(self.artifact.team, self.artifact.digest), self.artifact.digest
        request = self.objects.presign_get(
            key, expires=EXPIRES, content_type=content_type, filename=name, inline=inline
        )
        return request.url


def host_of(header: str) -> str:
    """Without the port, as URLs say it; a request may say anything."""
    name = header[1:].partition("]")[0] if header.startswith("[") else header.partition(":")[0]
    return name.lower()

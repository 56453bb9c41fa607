"""Messages that nobody could handle, for who runs the platform."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from plynx_api.context import ApiContext, Context
from plynx_api.dead_letters import Letter
from plynx_api.principals import Caller
from plynx_api.routing import GuardedRoute
from plynx_api.views import View
from plynx_common.domain.access import Principal, Thing, authorize
from plynx_common.messages.routes import DEAD_LETTERS, PARKED

router = APIRouter(route_class=GuardedRoute, prefix="/dead-letters", tags=["dead letters"])


class Lane(StrEnum):
    DEAD = DEAD_LETTERS
    PARKED = PARKED


Which = Annotated[Lane, Query(alias="queue", description="`parked`: in a version newer than this release knows.")]


class DeadLetterView(View):
    id: str
    """For handing it in again, or dropping it."""
    reason: str
    queue: str
    """Where it waited; empty: the broker itself gave it up."""
    exchange: str
    key: str
    type: str
    """Of the message; empty for what is none."""
    version: int
    message_id: str | None
    about: dict[str, Any]
    """Run, node and the like, never more of its content."""
    size: int
    """Bytes."""


class DeadLettersView(View):
    items: list[DeadLetterView]
    """The oldest 200."""
    waiting: int
    """All of them."""


@router.get("")
async def list_dead_letters(context: Context, caller: Caller, queue: Which = Lane.DEAD) -> DeadLettersView:
    """Looked at, not taken: they stay where they are, in their order."""
    _authorize(context, caller, "dead_letter.read")
    letters, waiting = await context.dead_letters.look(queue.value)
    return DeadLettersView(items=[_view(letter) for letter in letters], waiting=waiting)


@router.post("/{letter_id}/reinject", status_code=204)
async def reinject_dead_letter(
    letter_id: str, request: Request, context: Context, caller: Caller, queue: Which = Lane.DEAD
) -> None:
    """Hands it in again, as it was; whatever was wrong with it should be put right first."""
    _authorize(context, caller, "dead_letter.update")
    await context.dead_letters.reinject(queue.value, letter_id)
    context.audit.done(request, "reinject_dead_letter", caller, letter_id)


@router.delete("/{letter_id}", status_code=204)
async def drop_dead_letter(
    letter_id: str, request: Request, context: Context, caller: Caller, queue: Which = Lane.DEAD
) -> None:
    """For good. Nothing is lost by it but time: the sweep finds what a lost message was about."""
    _authorize(context, caller, "dead_letter.delete")
    await context.dead_letters.drop(queue.value, letter_id)
    context.audit.done(request, "drop_dead_letter", caller, letter_id)


def _authorize(context: ApiContext, caller: Principal, action: str) -> None:
    """They are of all teams: only admins of the team that runs the platform see any. Raises `NotFound` for others."""
    authorize(caller, action, Thing("dead letter", context.settings.team))


def _view(letter: Letter) -> DeadLetterView:
    envelope, version = letter.envelope, letter.content.get("version")
    return DeadLetterView(
        id=letter.id,
        reason=envelope.reason,
        queue=envelope.queue,
        exchange=envelope.exchange,
        key=envelope.key,
        type=str(letter.content.get("type", "")),
        version=version if isinstance(version, int) else 0,
        message_id=envelope.message_id,
        about=letter.about,
        size=len(envelope.body),
    )

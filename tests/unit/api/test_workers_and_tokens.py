"""Workers and pools as they are seen, tokens as they are managed."""

from __future__ import annotations

from plynx_common.domain.access import Role
from plynx_common.domain.tokens import PoolToken
from plynx_common.interfaces.bus import Outgoing
from plynx_common.messages import routes
from plynx_common.messages.workers import Capacity, PoolLoad, PoolsLoaded, WorkerSeen
from plynx_common.testing.fake_clock import run_until_idle
from tests.unit.api.parts import DAY, SIGNER, Stage, problem

V1 = "/api/v1"


async def appear(stage: Stage, worker: str, *pools: str, token: str = "", free: int = 2, leaving: bool = False) -> None:
    expires_at = stage.clock.now() + DAY
    signed = token or PoolToken(pools[0].partition("/")[0], worker, pools).sign(SIGNER, expires_at=expires_at)
    seen = WorkerSeen(
        worker=worker, incarnation="0001", token=signed, pools=pools, slots=4, free=free,
        capacity=Capacity(slots=4, cpu=2.0), queue="q", leaving=leaving,
    )  # fmt: skip
    await stage.backends.bus.publish([Outgoing(seen, routes.FACTS, routes.WORKER_SEEN_KEY)])
    await run_until_idle()


async def test_live_workers_and_their_pools_are_listed(stage: Stage) -> None:
    await appear(stage, "w1", "default/default", "default/gpu", free=1)
    await appear(stage, "w2", "default/default", free=4)
    await appear(stage, "w3", "others/default")
    client = await stage.client()
    listed = await client.get(f"{V1}/workers")
    assert [(each["worker"], each["is_live"]) for each in listed.json()["items"]] == [("w1", True), ("w2", True)]
    assert "token" not in listed.text
    pools = (await client.get(f"{V1}/pools")).json()["items"]
    assert [(each["pool"], each["workers"], each["slots"], each["free"]) for each in pools] == [
        ("default/default", 2, 8, 5),
        ("default/gpu", 1, 4, 1),
    ]
    await stage.clock.advance(11)
    await appear(stage, "w2", "default/default")
    again = (await client.get(f"{V1}/workers")).json()["items"]
    assert [(each["worker"], each["is_live"]) for each in again] == [("w1", False), ("w2", True)]
    await appear(stage, "w2", "default/default", leaving=True)
    assert (await client.get(f"{V1}/pools")).json()["items"] == []
    await stage.clock.advance(601)
    assert (await client.get(f"{V1}/workers")).json()["items"] == []


async def test_what_waits_and_runs_is_added_over_the_schedulers_and_forgotten_with_them(stage: Stage) -> None:
    await appear(stage, "w1", "default/default")
    loads = {
        "s1": (PoolLoad(pool="default/default", ready=5, running=4), PoolLoad(pool="others/gpu", ready=1, running=1)),
        "s2": (PoolLoad(pool="default/default", ready=2, running=0), PoolLoad(pool="default/gpu", ready=3, running=0)),
    }
    for instance, pools in loads.items():
        fact = PoolsLoaded(instance=instance, pools=pools)
        await stage.backends.bus.publish([Outgoing(fact, routes.FACTS, routes.POOLS_LOADED_KEY)])
    await run_until_idle()
    client = await stage.client()

    async def listed() -> list[tuple[object, ...]]:
        fields = ("pool", "workers", "ready", "running", "demand")
        return [tuple(each[name] for name in fields) for each in (await client.get(f"{V1}/pools")).json()["items"]]

    assert await listed() == [("default/default", 1, 7, 4, 11), ("default/gpu", 0, 3, 0, 3)]
    await stage.clock.advance(11)
    await appear(stage, "w1", "default/default")
    assert await listed() == [("default/default", 1, 0, 0, 0)]


async def test_a_worker_that_cannot_prove_its_pools_is_not_listed(stage: Stage) -> None:
    other = PoolToken("others", "w1", ("others/default",)).sign(SIGNER, expires_at=stage.clock.now() + DAY)
    await appear(stage, "w1", "default/default", token=other)
    await appear(stage, "w2", "default/default", token="nonsense")
    assert (await (await stage.client()).get(f"{V1}/workers")).json()["items"] == []


async def test_a_pool_token_is_for_pools_of_the_team(stage: Stage) -> None:
    client = await stage.client(Role.ADMIN)
    made = (await client.post(f"{V1}/pools/tokens", json={"worker": "w1", "pools": ["gpu", "default/default"]})).json()
    token = PoolToken.verify(SIGNER, made["token"], now=stage.clock.now())
    assert (token.team, token.worker, token.pools) == ("default", "w1", ("default/gpu", "default/default"))
    problem(await client.post(f"{V1}/pools/tokens", json={"worker": "w1", "pools": ["others/gpu"]}), 422)


async def test_who_manages_tokens_sees_and_revokes_those_of_the_team(stage: Stage) -> None:
    admin, viewer = await stage.client(Role.ADMIN), await stage.client(Role.VIEWER)
    theirs = (await viewer.get(f"{V1}/me")).json()["token_id"]
    assert theirs not in (await admin.get(f"{V1}/tokens")).text
    assert theirs in (await admin.get(f"{V1}/tokens?everyone=true")).text
    problem(await viewer.get(f"{V1}/tokens?everyone=true"), 403)
    own = (await admin.get(f"{V1}/me")).json()["token_id"]
    problem(await viewer.delete(f"{V1}/tokens/{own}"), 403)
    assert (await admin.delete(f"{V1}/tokens/{theirs}")).status_code == 204
    problem(await viewer.get(f"{V1}/me"), 401)


async def test_tokens_come_in_pages_and_each_once(stage: Stage) -> None:
    admin = await stage.client(Role.ADMIN)
    for _ in range(4):
        await stage.clock.advance(1)
        await admin.post(f"{V1}/tokens", json={})
    first = (await admin.get(f"{V1}/tokens?limit=3")).json()
    rest = (await admin.get(f"{V1}/tokens?limit=3&cursor={first['next']}")).json()
    shown = [*first["items"], *rest["items"]]
    assert (len(first["items"]), len({each["id"] for each in shown}), rest["next"]) == (3, 5, None)
    assert [each["created_at"] for each in shown] == sorted((each["created_at"] for each in shown), reverse=True)


async def test_a_program_with_the_name_of_a_person_has_nothing_to_do_with_his_tokens(stage: Stage) -> None:
    admin, viewer = await stage.client(Role.ADMIN), await stage.client(Role.VIEWER)
    me = (await viewer.get(f"{V1}/me")).json()
    name, theirs = me["id"], me["token_id"]
    made = (await admin.post(f"{V1}/tokens", json={"service": name, "role": "viewer"})).json()
    program = stage.with_headers({"Authorization": f"Bearer {made['token']}"})
    for client, own in ((program, made["id"]), (viewer, theirs)):
        assert [each["id"] for each in (await client.get(f"{V1}/tokens")).json()["items"]] == [own]
    problem(await program.delete(f"{V1}/tokens/{theirs}"), 403)
    problem(await viewer.delete(f"{V1}/tokens/{made['id']}"), 403)


async def test_a_service_token_speaks_for_a_program(stage: Stage) -> None:
    admin, runner = await stage.client(Role.ADMIN), await stage.client(Role.RUNNER)
    made = (await admin.post(f"{V1}/tokens", json={"service": "ci", "role": "runner"})).json()
    program = stage.with_headers({"Authorization": f"Bearer {made['token']}"})
    me = (await program.get(f"{V1}/me")).json()
    assert (me["id"], me["kind"], me["role"]) == ("ci", "service", "runner")
    problem(await runner.post(f"{V1}/tokens", json={"service": "ci"}), 403)

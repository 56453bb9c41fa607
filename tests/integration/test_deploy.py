"""docker-compose.yml is valid and complete, and what it describes runs: natively, on real servers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.native.cluster import Cluster, deployment_variables
from deploy.native.compose import COMPOSE, Incomplete, interpolate, read_services
from deploy.native.servers import DEFINITIONS, broker_with_users, worker_url
from deploy.rabbitmq.with_passwords import with_passwords
from plynx.connection import Profile
from plynx_api.settings import ApiSettings
from plynx_common.adapters.rabbitmq_bus import RabbitMQBus
from plynx_common.domain.errors import PlynxError
from plynx_common.domain.tokens import PoolToken, Signer
from plynx_common.interfaces.bus import Outgoing, Queue
from plynx_common.messages import routes
from plynx_common.messages.runs import RunLook
from plynx_common.runtime.settings import PlatformSettings, ServiceSettings, refuse_unknown
from plynx_common.testing.eventually import eventually
from plynx_common.testing.servers.fixtures import StartServer
from plynx_scheduler.settings import SchedulerSettings
from plynx_standalone.deployment import WORKERS, fresh_variables, team_owner_token
from plynx_storage.settings import StorageSettings
from plynx_worker.settings import WorkerSettings
from tests.e2e.client import Client

ROOT = COMPOSE.parent
DOCUMENT: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service and "profiles" not in service]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "api": ApiSettings,
    "storage": StorageSettings,
    "scheduler": SchedulerSettings,
    "worker": WorkerSettings,
}
VARIABLES = fresh_variables("plynx.example.org")
KEPT_FROM_WORKERS = {"PLYNX_SECRET", "PLYNX_DOCUMENTS_URL", "PLYNX_OBJECTS_URL", "PLYNX_API_PORT"}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("dict[str, Any]", value).values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from strings(item)


# --- the file --------------------------------------------------------------------------------------


def wrong_in(document: Any) -> list[str]:
    """Places, by the schema of the compose specification."""
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text(encoding="utf-8"))
    errors = Draft202012Validator(schema).iter_errors(document)  # pyright: ignore[reportUnknownMemberType]
    return sorted({"/".join(map(str, error.absolute_path)) for error in errors})


def test_the_compose_file_is_valid() -> None:
    assert wrong_in(DOCUMENT) == []


def test_the_schema_is_not_a_formality() -> None:
    wrong = {"services": {"api": {"comand": ["x"], "init": 3, "depends_on": {"s3": {"condition": "ready"}}}}}
    assert wrong_in(wrong) == ["services/api", "services/api/depends_on", "services/api/init"]


def test_what_is_referred_to_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        assert set(service.get("networks", ())) <= set(DOCUMENT["networks"])
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in DOCUMENT["volumes"], mount


def test_the_secrets_of_plynx_deploy_are_all_that_must_be_set() -> None:
    for text in strings(DOCUMENT):
        assert "${" not in interpolate(text, VARIABLES)


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_each_secret_is_required_in_words(name: str) -> None:
    without = {each: value for each, value in VARIABLES.items() if each != name}
    with pytest.raises(Incomplete, match=f"{name} is not set: make it with plynx deploy secrets"):
        [interpolate(text, without) for text in strings(DOCUMENT)]


def test_older_versions_of_compose_understand_what_is_required() -> None:
    """They look for a default, `-`, in the words that say what is missing."""
    reasons = [reason for text in strings(DOCUMENT) for reason in re.findall(r":\?([^}]*)\}", text)]
    assert reasons
    assert not re.search("[-?]", " ".join(reasons))


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_locked_down_and_probed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["init"]
    assert service["cap_drop"] == ["ALL"]
    assert service["stop_grace_period"] == "60s"
    probe = service["environment"][f"PLYNX_{name.partition('-')[0].upper()}_PROBE_PORT"]
    assert f":{probe}/readyz" in " ".join(service["healthcheck"]["test"])
    assert service["build"]["args"]["PACKAGE"] == f"plynx-{name.partition('-')[0]}"
    conditions = [needed["condition"] for needed in service["depends_on"].values()]
    assert set(conditions) == {"service_healthy"}


@pytest.mark.parametrize("name", OURS)
def test_the_environment_holds_settings_of_the_service_only(name: str) -> None:
    settings = SETTINGS[name.partition("-")[0]]
    environment = read_services(VARIABLES)[name].environment
    refuse_unknown(environment, settings)
    platform = {"PLYNX_SECRET", "PLYNX_LOG_LEVEL", "PLYNX_LOG_FORMAT", "PLYNX_TRANSFER_URL"}
    urls = {f"PLYNX_{seam}_URL" for seam in ("BUS", "DOCUMENTS", "OBJECTS")}
    prefix = str(settings.model_config.get("env_prefix"))
    assert all(variable.startswith(prefix) or variable in platform | urls for variable in environment)


def test_a_worker_holds_no_secret_but_its_own() -> None:
    workers = {name: spec for name, spec in read_services(VARIABLES).items() if name.startswith("worker-")}
    assert len(workers) == 2
    for name, spec in workers.items():
        assert not KEPT_FROM_WORKERS & set(spec.environment)
        assert "stores" not in SERVICES[name]["networks"]
        held = {variable for variable, value in VARIABLES.items() if value in " ".join(spec.environment.values())}
        own = f"PLYNX_POOL_TOKEN_{spec.environment['PLYNX_WORKER_NAME'].upper()}"
        assert held == {"PLYNX_HOST", "PLYNX_BUS_WORKER_PASSWORD", own}


def test_the_tokens_fit_the_workers() -> None:
    services = read_services(VARIABLES)
    for worker in WORKERS:
        environment = services[f"worker-{worker.name}"].environment
        token = PoolToken.verify(Signer(VARIABLES["PLYNX_SECRET"].encode()), environment["PLYNX_WORKER_TOKEN"], now=0)
        assert (token.worker, token.pools) == (environment["PLYNX_WORKER_NAME"], worker.pools)
        assert ",".join(token.pools) == environment["PLYNX_WORKER_POOLS"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("$$HOME", "$HOME"),
        ("${SET}-${UNSET}", "x-"),
        ("${SET:-y}${UNSET:-z}", "xz"),
        ("${UNSET:-a${SET:?why}b${EMPTY:-c}}d", "axbcd"),
        ("${SET:?why}:${UNSET:-1}", "x:1"),
    ],
)
def test_variables_are_filled_in_as_compose_does_it(text: str, value: str) -> None:
    assert interpolate(text, {"SET": "x", "EMPTY": ""}) == value


def test_one_dockerfile_makes_every_image_of_ours() -> None:
    text = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
    declared = set(re.findall(r"^ARG (\w+)", text, re.MULTILINE))
    for build in [service["build"] for service in SERVICES.values() if "build" in service]:
        assert build["dockerfile"] == "deploy/docker/Dockerfile"
        assert set(build["args"]) <= declared
    assert re.findall(r"^USER (\w+)", text, re.MULTILINE) == ["plynx"]
    assert text.count("uv sync --frozen") == 2


# --- the broker's users ------------------------------------------------------------------------------


def test_a_password_is_hashed_as_the_broker_checks_it() -> None:
    made = with_passwords(json.loads(DEFINITIONS.read_text(encoding="utf-8")), VARIABLES)
    for user, variable in zip(made["users"], ("PLYNX_BUS_PASSWORD", "PLYNX_BUS_WORKER_PASSWORD"), strict=True):
        kept = base64.b64decode(user["password_hash"])
        assert kept[4:] == hashlib.sha256(kept[:4] + VARIABLES[variable].encode()).digest()


async def is_refused(attempt: Callable[[], Awaitable[object]]) -> bool:
    try:
        await attempt()
    except PlynxError as error:
        return bool(re.search("(?i)access.?refused|may not", error.message))
    return False


async def test_a_workers_user_can_do_its_work_and_nothing_else(start_server: StartServer) -> None:
    broker = await asyncio.to_thread(start_server, broker_with_users(VARIABLES))
    services = await RabbitMQBus.open(broker.url)
    results = Queue(routes.results_queue(0), durable=True, quorum=True, dead_letter=True)
    await services.declare(results)
    await services.bind(results.name, routes.RESULTS, results.name)
    worker = await RabbitMQBus.open(worker_url(broker.url, VARIABLES), declares_shared=False)
    heard: list[object] = []
    ready, own = routes.ready_queue("vision/gpu"), "worker.w1.0"
    look = RunLook(run="run-1", partition=0)

    await worker.declare(Queue(ready, durable=True))
    await worker.bind(ready, routes.READY, ready)
    await worker.consume(ready, heard.append, prefetch=1)
    await worker.declare(Queue(own, exclusive=True))
    await worker.consume(own, heard.append, prefetch=0)
    await worker.publish([Outgoing(look, routes.RESULTS, results.name)], confirm=True)
    await worker.publish([Outgoing(look, routes.READY, ready)], confirm=True)
    await worker.publish([Outgoing(look, routes.DIRECT_TO_QUEUE, own)], confirm=True)
    await eventually(lambda: len(heard) == 2, story="the worker hears what is for it")

    forbidden: dict[str, Callable[[], Awaitable[object]]] = {
        "read results": lambda: worker.consume(results.name, heard.append, prefetch=1),
        "read dead letters": lambda: worker.consume(routes.DEAD_LETTERS, heard.append, prefetch=1),
        "declare another queue": lambda: worker.declare(Queue("mine", durable=True)),
        "delete results": lambda: worker.delete(results.name),
        "listen to logs": lambda: worker.bind(own, routes.LOGS, routes.ALL_LOGS),
        "listen to results": lambda: worker.bind(own, routes.RESULTS, results.name),
    }
    for what, attempt in forbidden.items():
        assert await is_refused(attempt), f"a worker may {what}"
    assert await services.depth(results.name) == 1
    with pytest.raises(PlynxError):
        await worker.publish([Outgoing(look, routes.STORAGE, routes.VERIFY_KEY)], confirm=True)
    await worker.close()
    await services.close()


# --- the platform ------------------------------------------------------------------------------------


async def owner_token_of(team: str, variables: Mapping[str, str]) -> str:
    shared = ("bus_url", "documents_url", "objects_url", "secret")
    settings = PlatformSettings.load(**{name: variables[f"PLYNX_{name.upper()}"] for name in shared})
    return await team_owner_token(settings, team)


async def test_what_the_file_describes_runs_and_drains(
    start_server: StartServer, mongodb_url: str, s3_url: str, tmp_path: Path
) -> None:
    variables = deployment_variables({"PLYNX_DOCUMENTS_URL": mongodb_url, "PLYNX_OBJECTS_URL": s3_url})
    broker = await asyncio.to_thread(start_server, broker_with_users(variables))
    variables |= {"PLYNX_BUS_URL": broker.url, "PLYNX_BUS_WORKER_URL": worker_url(broker.url, variables)}
    cluster = Cluster(tmp_path, variables)
    try:
        await asyncio.to_thread(cluster.start)
        client = Client(Profile(cluster.url, cluster.token))
        graph = yaml.safe_load((ROOT / "docs/examples/hello.yaml").read_text(encoding="utf-8"))
        first = (await client.run(graph)).succeeded()
        assert client.output(first.id, "hello", "greeting") == b"Hello, world!\n"
        (worker,) = client.connection.get("/workers")["items"]
        assert (worker["worker"], worker["pools"]) == ("default", ["default/default"])

        one, _ = cluster.schedulers
        await asyncio.to_thread(one.kill)
        (await client.run(graph | {"parameters": [{"name": "whom", "type": "str", "default": "you"}]})).succeeded()
        client.close()

        client = Client(Profile(cluster.url, await owner_token_of("vision", variables)))
        graph["nodes"][0]["pool"] = "gpu"
        (await client.run(graph)).succeeded()
        client.close()

        await asyncio.to_thread(one.start)
        await asyncio.to_thread(cluster.stop)
        assert {name: process.terminate() for name, process in cluster.services.items()} == dict.fromkeys(
            cluster.services, 0
        )
        said = "".join(process.log.read_text(encoding="utf-8") for process in cluster.services.values())
        assert "Traceback" not in said
        assert '"exception"' not in said
    finally:
        await asyncio.to_thread(cluster.close)

"""Templates: what renders to what, what is refused, and that the warm process stays within its limits."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plynx_common.domain.failure import Failure, FailureKind
from plynx_common.runtime.rendering import simple
from plynx_common.runtime.rendering.renderer import Rendered, Renderer
from plynx_common.runtime.rendering.sandbox import RenderError, Sandbox, compiled, rendered
from plynx_common.runtime.rendering.values import ALIASES, Names

NAMES = Names(
    {
        "input": {"a": "/w/i_0_a", "many": ("/w/x y", "/w/z"), "none": ()},
        "output": {"exec": "/w/o_exec"},
        "param": {
            "x": "it's",
            "n": 3,
            "lr": 1e-05,
            "yes": True,
            "no": False,
            "empty": "",
            "code": "a && b",
            "ints": [1, 2],
            "words": ["a b", "$c"],
            "conf": {"k": [1, "é"], "deep": {"f": 0.5}},
            "conf_list": [1, {"a": None}],
            "items": "a parameter called items",
            "evil": "{{ param.x }}{% raw %}",
        },
        "log": {"stdout": "/w/l_stdout"},
        "cloud_input": {"c": "s3://bucket/in"},
        "cloud_output": {},
    },
    json_params=frozenset({"conf", "conf_list"}),
)


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    async with Renderer() as renderer:
        yield renderer


def sandboxed(template: str, names: Names = NAMES) -> str:
    """The same as the child does, in this process."""
    sandbox = Sandbox()
    return rendered(sandbox, compiled(sandbox, template), names, None)


async def failure_of(renderer: Renderer, template: str, **options: Any) -> str:
    failure = await renderer.render(template, NAMES, **options)
    assert isinstance(failure, Failure), failure
    assert failure.kind == FailureKind.TEMPLATE
    assert not failure.retryable
    return failure.message


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("no names\n\n", "no names\n\n"),
        ("{{ input.a }} {{ inputs['a'] }} {{inputs[\"a\"]}}", "/w/i_0_a /w/i_0_a /w/i_0_a"),
        ("{{ param.x }}{{ params.x }}", "it'sit's"),
        (
            "{{ output.exec }} {{ outputs.exec }} {{ log.stdout }} {{ logs.stdout }}",
            "/w/o_exec /w/o_exec /w/l_stdout /w/l_stdout",
        ),
        ("{{ cloud_input.c }}", "s3://bucket/in"),
        ("{{ param.n }} {{ param.lr }} {{ param.yes }} {{ param.no }} [{{ param.empty }}]", "3 1e-05 True False []"),
        ("{{ input.many }}|{{ input.none }}|{{ param.ints }}|{{ param.words }}", "'/w/x y' /w/z||1 2|'a b' '$c'"),
        ("{{ param.conf }} {{ param.conf_list }}", '{"k": [1, "é"], "deep": {"f": 0.5}} [1, {"a": null}]'),
        ("{{ param.x | sh }} {{ param.n | sh }} {{ input.many | sh }}", "'it'\"'\"'s' 3 '/w/x y' /w/z"),
        ("{{ param.x | json }} {{ input.many | json }} {{ param.yes | json }}", '"it\'s" ["/w/x y", "/w/z"] true'),
        ("{{ param.items }} {{ param.code }}", "a parameter called items a && b"),
        ("{{ param.evil }}", "{{ param.x }}{% raw %}"),
        ("{% for path in input.many %}<{{ path }}>{% endfor %}", "</w/x y></w/z>"),
        ("{{ input.many[0] }} {{ input.many[:1] }} {{ input.many | length }}", "/w/x y '/w/x y' 2"),
        ("{% if param.yes and not param.no and not input.none %}on{% endif %}", "on"),
        ("{{ param.conf.deep.f }} {{ param.conf['k'][1] }}", "0.5 é"),
        ("{% for name, value in cloud_input.items() %}{{ name }}={{ value }}{% endfor %}", "c=s3://bucket/in"),
        ("{{ 'a' in cloud_input }} {{ 'c' in cloud_input }} {{ input | length }}", "False True 3"),
        ("{{ param.ints | sort(reverse=true) }} {{ [1, 'a b'] }}", "2 1 1 'a b'"),
        ("{% set p %}{{ param.x }}{% endset %}{{ p }}{# a comment #}", "it's"),
        ("{% macro m(v) %}<{{ v }}>{% endmacro %}{{ m(param.n) }}", "<3>"),
        ("{{ param.maybe | default('d') }} {{ param.maybe is defined }}", "d False"),
        ("a\r\nb{{ param.n }}\r\n", "a\nb3\n"),
    ],
)
async def test_templates_render(renderer: Renderer, template: str, text: str) -> None:
    assert await renderer.render(template, NAMES) == Rendered(text)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("a\n{{ nope }}", "line 2 of cmd: 'nope' is undefined"),
        ("\n\n{{ input.nope }}", "line 3 of cmd: 'input' has no 'nope', it has 'a', 'many', 'none'"),
        ("{{ cloud_output['x'] }}", "line 1 of cmd: 'cloud_output' has no 'x', it is empty"),
        ("\n{% if param.nope %}{% endif %}", "line 2 of cmd: 'param' has no 'nope'"),
        ("\n{% for x in nope %}{% endfor %}", "line 2 of cmd: 'nope' is undefined"),
        ("{{ param.conf.nope }}", "has no attribute 'nope'"),
        ("x\n{% if %}", "line 2 of cmd: Expected an expression"),
        ("{{ param.x", "line 1 of cmd: unexpected end of template"),
        ("\n{{ 1 / 0 }}", "line 2 of cmd: ZeroDivisionError"),
        ("{{ param.x | nope }}", "line 1 of cmd: No filter named 'nope'"),
        ("{{ param.n + param.x }}", "line 1 of cmd: TypeError"),
    ],
)
async def test_what_is_wrong_is_told_with_line_and_name(renderer: Renderer, template: str, words: str) -> None:
    assert words in await failure_of(renderer, template)


ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ (''|attr('\\x5f\\x5fclass\\x5f\\x5f')) }}",
    "{{ param.__class__ }}",
    "{{ param._values }}",
    "{{ param['__init__'] }}",
    "{{ input.many.__class__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ range.__self__ }}",
    "{{ dict.mro() }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '{a.__class__}'.format_map({'a': ''}) }}",
    "{{ ''.format.__globals__ }}",
    "{{ param.items.__func__ }}",
    "{{ param.conf.update({'a': 1}) }}",
    "{{ param.conf.clear() }}",
    "{{ [].append(1) }}",
    "{% set a = [1] %}{{ a.pop() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'base' %}",
    "{{ request.application }}",
    "{{ config }}",
    "{{ lipsum() }}",
    "{{ [1, 2] | random }}",
    "{{ [].__reduce_ex__(2) }}",
    "{% for x in [].__class__.__base__.__subclasses__() %}{% endfor %}",
    "{{ (lambda: 1)() }}",
    "{{ ().__doc__.join }}",
    "{{ 'a'.__add__.__self__ }}",
    "{{ 'plynx variables'.__class__ }}",
]


@pytest.mark.parametrize("template", ESCAPES)
@pytest.mark.parametrize("safe", [False, True])
async def test_templates_that_reach_for_more_than_values_fail(template: str, *, safe: bool) -> None:
    async with Renderer() as renderer:
        await failure_of(renderer, template, safe=safe)


BOMBS = [
    ("{{ 'x' * 10**10 }}", "256 MiB"),
    ("{{ [0] * 10**9 }}", "256 MiB"),
    ("{{ 'x'.rjust(10**10) }}", "MiB"),
    ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "2 s"),
    ("{{ 9 ** (9 ** 9) }}", "2 s"),
    ("{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}", "1 MiB"),
    ("{{ 'x' * 2000000 }}", "1 MiB"),
    ("{{ range(10**9) | list }}", "OverflowError"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "Recursion"),
    ("{% if 1 %}" * 200, ""),
    ("{{ " + "(" * 5000 + ")" * 5000 + " }}", "nested too deeply"),
    ("{{ " + "-" * 50_000 + "1 }}", ""),
    ("x" * 1_100_000, "1 MiB"),
]


@pytest.mark.parametrize(("template", "words"), BOMBS, ids=range(len(BOMBS)))
async def test_bombs_are_stopped_and_the_next_template_renders(template: str, words: str) -> None:
    async with Renderer() as renderer:
        assert words in await failure_of(renderer, template)
        assert await renderer.render("{{ param.n + 1 }}", NAMES) == Rendered("4")


async def test_nothing_that_a_template_did_reaches_the_next(renderer: Renderer) -> None:
    await failure_of(renderer, "{% set range = 3 %}{{ range }}{{ nope }}")
    for _ in range(3):
        assert await renderer.render("{% for i in range(2) %}{{ i }}{% endfor %}", NAMES) == Rendered("01")


async def test_a_template_renders_equally_when_it_is_compiled_and_when_it_was(renderer: Renderer) -> None:
    results = [await renderer.render("{{ param.n + 1 }} {{ 'const' }}", NAMES) for _ in range(5)]
    assert results == [Rendered("4 const")] * 5
    safe = [await renderer.render("{{ 'const' }} {{ param.n }}", NAMES, safe=True) for _ in range(5)]
    assert len({(entry.text, tuple(entry.env.items())) for entry in safe if isinstance(entry, Rendered)}) == 1


async def test_many_render_at_once(renderer: Renderer) -> None:
    results = await asyncio.gather(*(renderer.render(f"{{{{ param.n + {n} }}}}", NAMES) for n in range(50)))
    assert results == [Rendered(str(3 + n)) for n in range(50)]


async def test_values_larger_than_a_socket_takes_are_rendered(renderer: Renderer) -> None:
    names = Names({"param": {"large": "x" * 500_000}})
    assert await renderer.render("{{ param.large | upper }}", names) == Rendered("X" * 500_000)


async def test_a_killed_warm_process_is_replaced(renderer: Renderer) -> None:
    await renderer.render("{{ 1 }}", NAMES)
    assert renderer._warm is not None
    renderer._warm._process.send_signal(signal.SIGKILL)
    renderer._warm._process.wait()
    assert await renderer.render("{{ 2 }}", NAMES) == Rendered("2")


async def test_a_warm_process_that_hangs_is_replaced(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plynx_common.runtime.rendering.renderer.PATIENCE", 1)
    await renderer.render("{{ 1 }}", NAMES)
    assert renderer._warm is not None
    renderer._warm._process.send_signal(signal.SIGSTOP)
    assert await renderer.render("{{ 2 }}", NAMES) == Rendered("2")


async def test_the_warm_process_knows_nothing_of_this_one_s_environment(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_PASSWORD", "canary")
    await renderer.render("{{ 1 }}", NAMES)
    assert renderer._warm is not None
    assert b"canary" not in Path(f"/proc/{renderer._warm._process.pid}/environ").read_bytes()


def opened() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_cancelled_render_leaves_nothing_open(renderer: Renderer) -> None:
    await renderer.render("{{ 1 }}", NAMES)
    before = opened()
    task = asyncio.create_task(renderer.render(BOMBS[3][0], NAMES))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert opened() == before
    assert await renderer.render("{{ 2 }}", NAMES) == Rendered("2")


# --- quoting: safe -----------------------------------------------------------------------------


def printed(script: Rendered) -> str:
    done = subprocess.run(["bash", "-c", script.text], env=dict(script.env), capture_output=True, check=True)
    return done.stdout.decode()


async def test_safe_values_arrive_in_variables(renderer: Renderer) -> None:
    template = (
        "printf '<%s>' {{ param.x }} \"a {{ param.words[1] }}\" {{ input.many }} {{ param.x | sh }}\n"
        "{% for word in param.words %}{% if word == 'a b' %}printf '[%s]' {{ word }}{% endif %}{% endfor %}\n"
        "{% set p %}{{ param.x }}!{% endset %}printf '(%s)' {{ p }}"
    )
    done = await renderer.render(template, NAMES, safe=True)
    assert isinstance(done, Rendered)
    assert printed(done) == "<it's><a $c></w/x y></w/z><it's>[a b](it's!)"
    assert "it's" not in done.text


async def test_safe_values_cannot_stand_between_single_quotes(renderer: Renderer) -> None:
    assert "line 2 of the script" in await failure_of(renderer, "\necho '{{ param.x }}'", safe=True)


# --- the short way is the same way -------------------------------------------------------------

GROUPS, KEYS = ("input", "params"), ("a", "x", "many", "conf", "items")
LOOKUPS = [f"{{{{ {group}.{name} }}}}" for group in GROUPS for name in KEYS]
PIECES = r"""
{{param['words']|sh}} ¦ {{ inputs["many"] | json }} ¦ {{ param.conf|json}} ¦ {{ param.evil }}
{{- param.x }} ¦ {{ param.x -}} ¦ {{ param.x | upper }} ¦ {{ nope }} ¦ {{ param.nope }} ¦ {{ 1 }} ¦ {{ param . x }}
{{ param [ 'x' ] }} ¦ {{param.x} ¦ {% raw %} ¦ {% endraw %} ¦ {{ param.x }}} ¦ {{{ param.x }}
{{ '{{' }} ¦ { ¦ } ¦ {{ ¦ }} ¦ {% ¦ %} ¦ {# ¦ #}
' ¦ " ¦ - ¦ | ¦ é ¦ echo"""
_pieces = st.sampled_from([*LOOKUPS, *PIECES.replace("\n", "¦").replace(" ¦ ", "¦").split("¦"), " ", "\n", "\r\n"])


@given(st.lists(_pieces, max_size=8).map("".join))
@settings(max_examples=400)
def test_what_is_rendered_in_place_is_what_the_sandbox_renders(template: str) -> None:
    text = simple.render(template, NAMES)
    if text is not None:
        assert text == sandboxed(template)


@pytest.mark.parametrize("alias", ALIASES)
def test_most_templates_are_rendered_in_place(alias: str) -> None:
    names = Names({ALIASES[alias]: {"x": "value"}})
    template = f"cp {{{{ {alias}['x'] }}}} {{{{{alias}.x|sh}}}}\n"
    assert simple.render(template, names) == sandboxed(template, names) == "cp value value\n"


def test_the_sandbox_alone_tells_an_undefined_name() -> None:
    assert simple.render("{{ param.nope }}", NAMES) is None
    with pytest.raises(RenderError):
        sandboxed("{{ param.nope }}")


# --- what can be found without values ----------------------------------------------------------

DECLARED = {"input": ("a",), "param": ("x", "flag"), "log": ("stdout",)}


async def problems(renderer: Renderer, template: str, *free_text: str) -> list[tuple[int | None, str, str]]:
    found = await renderer.check(template, DECLARED, free_text)
    return [(entry.line, entry.severity, entry.message) for entry in found]


@pytest.mark.parametrize(
    "template",
    [
        "{{ input.a }} {{ params['x'] }} {{ logs.stdout }}",
        "{% for name, value in param.items() %}{{ name }}{% endfor %}",
        "{% set param = {'y': 1} %}{{ param.y }}",
        "{% for input in [1] %}{{ input.real }}{% endfor %}",
        "{{ nope | default('') }} {{ param.nope | default('') }}",
        "{% if param.other is defined %}{{ param.other }}{% endif %}",
        "{{ param[param.x] }} {% macro m(nope) %}{{ nope }}{% endmacro %}",
    ],
)
async def test_templates_without_a_problem(renderer: Renderer, template: str) -> None:
    assert await problems(renderer, template) == []


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("\n{{ nope }}", 2, "'nope' is undefined"),
        ("\n\n{{ inputs.b }}", 3, "'inputs' has no 'b', it has 'a'"),
        ("{% if param.flag %}\n{{ cloud_input.c }}{% endif %}", 2, "'cloud_input' has no 'c'"),
        ("\n{% if %}", 2, "Expected an expression"),
        ("\n{{ x | nope }}", 2, "No filter named 'nope'"),
        ("\n{% include 'x' %}", 2, "include"),
    ],
)
async def test_problems_are_found_before_there_are_values(
    renderer: Renderer, template: str, line: int, words: str
) -> None:
    found = await problems(renderer, template)
    assert any(entry[0] == line and entry[1] == "error" and words in entry[2] for entry in found), found


async def test_unquoted_text_is_a_warning(renderer: Renderer) -> None:
    found = await problems(renderer, "{{ param.flag }}\n{{ param.x }} {{ param.x | sh }} {{ param.x | json }}", "x")
    assert [(line, severity) for line, severity, _ in found] == [(2, "warning")]


async def test_a_bomb_is_no_way_to_stop_the_check(renderer: Renderer) -> None:
    assert await problems(renderer, "{{ " + "(" * 5000 + ")" * 5000 + " }}")
    assert await problems(renderer, "{{ input.a }}") == []

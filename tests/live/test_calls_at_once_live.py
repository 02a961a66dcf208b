"""Two `hotline call` at once: two programs, each told its own call to its own end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, declare, running

LONGEST = 170
"""Seconds within which both are over, as `hotline call` itself gives up."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """As `make up` runs it, on a day on which offices are shut: extensions take messages."""
    refuse_or_go_on()
    with running(queue_ring=20) as one:
        declare(one, "close")
        yield one
        assert_clean(one)


def begins(system: System, *words: str) -> "subprocess.Popen[str]":
    """`hotline call`, as somebody types it in a terminal of their own."""
    command = (Path(sys.executable).parent / "hotline", "call", "1999", *words, "--json")
    env, pipe = {**os.environ, "HOTLINE_HOME": str(system.settings.home)}, subprocess.PIPE
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True)


def story(program: "subprocess.Popen[str]") -> Any:
    """What it tells at its end."""
    told, said = program.communicate(timeout=LONGEST)
    assert program.returncode == 0, said
    return json.loads(told)


@pytest.mark.live
def test_two_programs_call_at_once_and_each_comes_to_its_own_end(system: System) -> None:
    """One talks with the agent that it plays, long enough for a talk; the other, who knows an extension,
    leaves a message after hours. Each has a number of its own and is told nothing of the other's call.
    """
    talks = begins(system, "--keys", "1,1", "--at-agent", "answer:1:4")
    leaves = begins(system, "--keys", "1,2,5112#,#")
    talked, left = story(talks), story(leaves)
    assert talked["served"] and left["served"], (talked["why"], left["why"])
    assert talked["caller"] != left["caller"]
    assert talked["record"]["agent"] == "agent-1" and talked["record"]["talk_seconds"] > 0
    assert not left["record"]["agent"] and left["record"]["outcome"] != talked["record"]["outcome"]
    assert talked["record"]["call_id"] != left["record"]["call_id"]
    (promise,) = system.promises(left["record"]["call_id"])
    assert promise.extension == "5112" and system.promises(talked["record"]["call_id"]) == []
    assert {"agent rings", "agent answers"} <= {one["kind"] for one in talked["moments"]}
    assert not {"agent rings", "agent answers"} & {one["kind"] for one in left["moments"]}

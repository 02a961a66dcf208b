"""The house watches itself: twins that must agree, words that must not appear, tools that must be content."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from agi_scripts import variables as v
from agi_scripts.head import KEYS
from hotline import metrics
from hotline.settings import Settings
from ivr.menus import FOLDER, QUEUES, ToQueue
from ivr.numerals import Language
from ops.cli import check
from ops.cli.check import AGI, SOUND
from ops.cli.main import main
from ops.run import readiness
from tests.house.test_arrows import MODULES, ROOT, tree
from tests.parts import catalogue, menus, shelf
from tests.runs import LONGEST

ASTERISK = FOLDER / "asterisk"
FILES = sorted((*ASTERISK.glob("*.conf"), *ASTERISK.glob("*.dialplan")))
DIALPLAN = "".join(
    file.read_text("utf-8") for file in FILES if file.suffix == ".dialplan" or file.name == "extensions.conf"
)
CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
        "gmtime",
        "localtime",
        "ctime",
        "strftime",
    },
}


@cache
def calls(path: Path) -> tuple[tuple[str, str], ...]:
    """(of what, what) for every ``a.b.c()`` and ``c()`` of a file."""
    return tuple(_calls(path))


def _calls(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            words = ast.unparse(node.func).split(".")
            yield words[-2] if len(words) > 1 else "", words[-1]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- time --------------------------------------------------------------------------------------------


def test_the_clock_is_read_in_one_file() -> None:
    """Everything else is given the time; so a test needs no patch, and a replay no luck."""
    readers = {name_of(path) for path in MODULES for of, what in calls(path) if what in CLOCKS.get(of, ())}
    imported = {
        name_of(path)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for name in node.names
        if name.name != "sleep"
    }
    assert readers | imported <= {"hotline/clock.py"}


def test_no_decision_sleeps() -> None:
    """Only programs that wait for something may: the command line's side and the end of a process."""
    sleepers = {name_of(path) for path in MODULES if ("time", "sleep") in calls(path)}
    assert {name for name in sleepers if not name.startswith(("ops/", "demo/", "tools/"))} == set()


# --- the dialplan and our server ---------------------------------------------------------------------


def test_every_question_of_a_dialplan_has_an_answer() -> None:
    """Paths asked in any of Asterisk's files, paths examined, and paths answered are the same."""
    asked = {path for file in FILES for path in AGI.findall(file.read_text("utf-8"))}
    assert asked == {v.TURN_PATH, v.CONSULT_PATH, v.DUTY_PATH}
    assert check.HANDLED == {v.TURN_PATH, v.CONSULT_PATH, v.DUTY_PATH, v.READY_PATH}


def test_the_dialplan_takes_an_answer_apart_as_we_put_it_together() -> None:
    """The same fields in the same order; HEARD is what the dialplan calls the mark of a notice."""
    taken = r"Set\(ARRAY\(TIMEOUT\(absolute\),DECIDING,KEY,INFORMED,([A-Z,]+)\)=0,,,,\$\{" + v.TURN + r"\}\)"
    (words,) = re.findall(taken, DIALPLAN)
    assert words.replace("HEARD", "NOTICE").split(",") == list(v.FIELDS)


STEPS = (v.ASK, v.QUEUE, v.RING, v.AGENT, v.MESSAGE, v.END)


def test_every_step_and_event_is_known_on_both_sides() -> None:
    """What we tell the dialplan to do it can do; what it reports we understand."""
    line = dict(check.contexts(DIALPLAN))["line"]
    assert all(f"exten => {step},1" in line for step in STEPS)
    assert "exten => i,1,Goto(to-a-human,s,1)" in line
    events = re.findall(r"EVENT(=.*)", DIALPLAN)
    reported = {word for event in events for word in re.findall(r"(?<=[=?:])[a-z]+(?=[,:)])", event)}
    assert reported - {v.GREETED} == {
        v.ARRIVED,
        v.ASKED,
        v.PRESSED,
        v.SILENT,
        v.LEFT_QUEUE,
        v.TRANSFER,
        v.RANG,
        v.LEFT_MESSAGE,
    }


def test_both_sides_call_queues_and_whispers_alike() -> None:
    """The dialplan alone must find the queue that a decision would have named."""
    assert f"Set(IN_LINE={v.QUEUE_PREFIX}${{WANTED}})" in DIALPLAN
    assert f"hotline/zh-TW/{v.WHISPER_PREFIX}${{WANTED}}" in DIALPLAN
    queues = re.findall(r"^\[(agents-[\w-]+)\]", (ASTERISK / "queues.conf").read_text("utf-8"), re.MULTILINE)
    templated = "<% for" in (ASTERISK / "queues.conf").read_text("utf-8")
    assert templated or set(queues) == {f"{v.QUEUE_PREFIX}{language}" for language in Language}


def test_the_probe_asks_as_asterisk_asks() -> None:
    """Readiness may not import the door, so it has the keys of a head written down."""
    asked = re.findall(r"^(agi_\w+):", readiness.QUESTION.decode(), re.MULTILINE)
    assert asked == list(KEYS) and f"agi_network_script: {v.READY_PATH}\n" in readiness.QUESTION.decode()


def test_as_many_digits_are_asked_for_with_and_without_us() -> None:
    """Where to call back."""
    assert "Read(NUMBER,${ASKS},<< number_digits >>,,1," in DIALPLAN
    assert "Gosub(ask-number,s,1(<< number_tries >>))" in DIALPLAN


def test_no_configuration_runs_a_shell_or_fetches_anything() -> None:
    """Nothing a caller says may become a command; recording runs no command behind it."""
    runs = re.compile(r"\b(Try)?System\(|\bSHELL\(|\bCURL\(|\bEVAL\(|\bEAGI\(|\bFILE\(|#exec|#include\s*<")
    for file in FILES:
        text = "\n".join(line.partition(";")[0] for line in file.read_text("utf-8").splitlines())
        assert not runs.search(text), file
        for command in re.findall(r"MixMonitor\((.*)\)$", text, re.MULTILINE):
            assert command.count(",") == 1, file


def test_no_program_runs_a_shell() -> None:
    """Programs are started by a list of words."""
    for path in MODULES:
        assert not {("os", "system"), ("os", "popen"), ("subprocess", "getoutput")} & set(calls(path)), path
        assert "shell=True" not in path.read_text("utf-8"), path
        assert not {what for of, what in calls(path) if not of} & {"eval", "exec"}, path


# --- what is said ------------------------------------------------------------------------------------


def said_by_the_engine() -> set[str]:
    """Every prompt id that stands in the code of the conversation, and the ones made of a language."""
    found = {f"lang-not-ready.{tag}" for tag in Language if tag is not Language.MANDARIN}
    found |= {f"{v.WHISPER_PREFIX}{tag}" for tag in Language}
    for file in sorted((ROOT / "ivr").glob("*.py")):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Prompt", "miss"):
                either = [
                    way for arg in node.args if isinstance(arg, ast.IfExp) for way in (arg.body, arg.orelse)
                ]
                found |= {part.value for part in (*node.args, *either) if isinstance(part, ast.Constant)}
    return found


def test_every_prompt_the_engine_names_is_written_and_rendered() -> None:
    """In every language that is spoken, unless the prompt is meant for some only."""
    named = said_by_the_engine()
    assert {"V-00", "V-01", "no-key", "not-understood", "to-an-agent", "thanks-goodbye", "time.am"} <= named
    spoken = set(catalogue().spoken_languages)
    missing = {
        (name, tag)
        for name in named
        for tag in (spoken & catalogue().entries[name].only if name in catalogue() else spoken)
        if name not in catalogue() or not catalogue().has_voice(name, tag)
    }
    assert missing == set()
    assert {name for name, _ in shelf().lost()} & named == set()


def test_every_sound_of_the_dialplan_has_a_file() -> None:
    """No decision stands behind these: they are what is left when nothing else works."""
    for match in SOUND.finditer(DIALPLAN):
        stem = match["name"].partition("${")[0]
        spoken = catalogue().spoken_languages
        for tag in spoken if match["language"].startswith("$") else [Language(match["language"])]:
            assert list((FOLDER / "prompts" / "build" / tag).glob(f"{stem}*.wav")), match[0]


def test_every_queue_of_the_menus_is_one_of_asterisks() -> None:
    """``agents`` stands for the queues of all languages."""
    named = {
        key.choice.queue
        for menu in menus().menus.values()
        for key in menu.keys
        if isinstance(key.choice, ToQueue)
    }
    assert named <= QUEUES and all(f"{name}-" == v.QUEUE_PREFIX for name in named)


# --- settings and metrics ----------------------------------------------------------------------------


def test_every_setting_is_described_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``hotline settings`` tells name, value and meaning of each."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    shown = CliRunner().invoke(main, ["settings"])
    assert shown.exit_code == 0, shown.output
    for name, field in Settings.model_fields.items():
        assert field.description, name
        (line,) = (line for line in shown.output.splitlines() if line.startswith(f"HOTLINE_{name.upper()} "))
        assert field.description in line


def test_every_setting_is_used() -> None:
    """By its name, somewhere else than where it is declared."""
    elsewhere = [*MODULES, *ASTERISK.iterdir(), *ROOT.joinpath("tests").rglob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in elsewhere if path.name != "declaration.py")
    own = (
        (ROOT / "hotline" / "settings" / "declaration.py")
        .read_text("utf-8")
        .partition("settings_customise_sources")[2]
    )
    used = set(re.findall(r"(?=\b(?:settings|self)\.(\w+))", text + own))
    assert [name for name in Settings.model_fields if name not in used] == []


def declared() -> list[str]:
    """Names of the metrics in the file that declares them."""
    path = ROOT / "hotline" / "metrics.py"
    return [
        node.targets[0].id
        for node in tree(path).body  # type: ignore[attr-defined]
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    ]


def test_metrics_are_declared_in_one_file() -> None:
    """With a name that begins with ours and a meaning."""
    kinds = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
    for path in MODULES:
        makes = {
            ast.unparse(name)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client"
            for name in node.names
        }
        assert name_of(path) == "hotline/metrics.py" or not makes & kinds, path
    for name in declared():
        (family,) = getattr(metrics, name).describe()
        assert family.name.startswith("hotline_") and family.documentation


def test_every_metric_is_counted_somewhere() -> None:
    """A figure that nobody moves is worse than none."""
    text = "\n".join(path.read_text("utf-8") for path in MODULES if path.name != "metrics.py")
    assert [name for name in declared() if not re.search(rf"\bmetrics\.{name}\b", text)] == []


def test_the_longest_test_files_are_there() -> None:
    """They are begun first; one that was renamed would make every run longer."""
    files = [path.stem for path in (ROOT / "tests").rglob("test_*.py")]
    assert [name for name in LONGEST if files.count(name) != 1] == []


# --- the text of the project -------------------------------------------------------------------------


def tracked() -> list[Path]:
    """The files of the project, as git knows them."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    files = (ROOT / name for name in done.stdout.split("\0") if name)
    return [path for path in files if path.suffix not in {".wav", ".sln16"} and path.is_file()]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    """Home directories and the like: the project stands wherever it is put."""
    somebody = re.compile(rb"/(?:root|home/[a-z]\w*|Users/\w+|work)/")
    # A container's own user is not somebody.
    found = {
        name_of(path): match[0]
        for path in tracked()
        if (match := somebody.search(path.read_bytes().replace(b"/home/hotline/", b"")))
        and path != Path(__file__)
    }
    assert found == {}


def test_every_module_says_what_it_is_for() -> None:
    """Its docstring, in the first line."""
    assert [
        name_of(path)
        for path in MODULES
        if not ast.get_docstring(tree(path)) and "migrations/versions" not in str(path)
    ] == []


def test_nothing_is_left_for_later() -> None:
    """No marks of unfinished work in the code."""
    later = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" * 3 + r"\b"]))
    assert [name_of(path) for path in MODULES if later.search(path.read_text("utf-8"))] == []

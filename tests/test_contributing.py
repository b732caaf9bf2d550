"""What CONTRIBUTING.md, and the files for GitHub, say is there: commands, files, folders, words, places."""

import os
import re
import subprocess
import sys
import tomllib

import pytest

from tests import ROOT

PACKAGE = ROOT / "certify"
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
PATHS = re.compile(r"`((?:certify|tests|certificates|\.ci|\.github)/[\w./-]*(?:/|\.\w+))`")
PROGRAMS = {"bin/certify": "-m certify", "bin/attack": "tests/attack/attack.py"}


def section(title):
    """The text under a heading, without those that follow it on its level or above."""
    level = re.search(rf"^(#+) {title}$", TEXT, re.MULTILINE)
    rest = TEXT[level.end() :]
    return re.split(rf"^#{{1,{len(level[1])}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(title):
    """The cells of the last table of a section, its head left out."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    rules = [i for i, line in enumerate(lines) if set(line) <= set("|- ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[rules[-1] + 1 :]]


# --- commands ---------------------------------------------------------------------------

BLOCKS = re.findall(r"```console\n\$ (.*?)\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(("command", "expected"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_a_command_prints_what_it_says(command, expected):
    program, _, arguments = command.partition(" ")
    line = [sys.executable, *PROGRAMS[program].split(), *arguments.split()]
    run = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    shown, open_ended, _ = expected.partition("...\n")
    assert run.stdout.startswith(shown) if open_ended else run.stdout == shown


def test_the_entry_that_it_adds_is_certified(tmp_path):
    (block,) = re.findall(r"```toml\n(.*?)```", section("An activation"), re.DOTALL)
    names = tomllib.loads("\n".join(map(str.strip, block.splitlines())))
    (tmp_path / "mine.toml").write_text(block)
    line = [sys.executable, "-m", "certify", "prove", "mine.toml"]
    run = subprocess.run(
        line, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    made = {path.name for path in (tmp_path / "certificates").iterdir()}
    assert (run.returncode, made) == (0, {f"{name}{end}.json" for name in names for end in ("", ".second")})


def test_it_says_what_each_command_does():
    said = {cell.strip("`") for cell, *_ in rows("Set-up")}
    programs = {f"bin/{path.name}" for path in (ROOT / "bin").iterdir() if os.access(path, os.X_OK)}
    assert programs | {".ci/run"} <= said


# --- places -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["CONTRIBUTING.md", ".github/SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md"]
)
def test_the_paths_that_it_names_exist(text):
    named = set(PATHS.findall((ROOT / text).read_text()))
    assert named
    made = set(re.findall(r"writes `(.*?)` and\n\s*`(.*?)`", TEXT)[0])  # by a step
    assert not [path for path in named - made if not (ROOT / path).exists()]


def test_the_picture_has_every_folder_of_the_package():
    picture = section("Architecture").split("```")[1]
    drawn = set(re.findall(r"^ +(\w+)/ ", picture, re.MULTILINE))
    folders = {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}
    assert {folder.name for folder in folders} <= drawn
    assert all((PACKAGE / name).exists() for name in re.findall(r"(\w+\.py)", picture))


def test_a_primitive_stands_where_the_table_says_and_nowhere_else():
    named = {path for cell, _ in rows("A primitive") for path in PATHS.findall(cell)}
    files = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".json")]
    found = {str(path.relative_to(ROOT)) for path in files if '"expm1"' in path.read_text()}
    assert {path for path in named if path.startswith("certify/")} == found


# --- words ------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("Glossary"), ids=lambda row: row[0])
def test_a_name_of_the_glossary_is_a_word_of_its_module(row):
    names, _, module = row
    place = PACKAGE / module.strip("`")
    files = place.rglob("*.py") if place.is_dir() else [place]
    words = "\n".join(path.read_text() for path in files).lower()
    assert not [name for name in names.split(", ") if name not in words]


# --- what PyPI shows --------------------------------------------------------------------


def test_readme_has_no_link_that_only_a_clone_can_follow():
    links = re.findall(r"\]\((.*?)\)", (ROOT / "README.md").read_text())
    assert all(link.startswith("https://") for link in links)

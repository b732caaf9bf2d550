"""What a project's own files say of its specs and certificates."""

from pathlib import Path

import pytest

from certify.configuration import Configuration, configuration
from certify.language.errors import UsageError


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "down")
    return tmp_path


def test_without_a_word_it_is_the_current_folder(here):
    assert configuration() == Configuration(Path(), "the default", ("**/*.spec.toml",), Path("certificates"))


def test_pyproject_is_found_upwards_and_its_paths_are_from_there(here):
    (here / "pyproject.toml").write_text(
        "[tool.certify]\nspecs = ['specs/*.toml']\ncertificates = 'proofs'\nmax_seconds = 7\n"
    )
    found = configuration()
    assert (found.root, found.certificates, found.max_seconds) == (Path("../.."), Path("../../proofs"), 7)
    put(here, "specs/a.toml", "specs/deep/b.toml", "other.toml")
    assert found.spec_files() == [Path("../../specs/a.toml")]
    assert found.is_spec(here / "specs" / "a.toml")
    assert not found.is_spec(here / "other.toml")
    assert found.is_certificate(here / "proofs" / "deep" / "x.json")
    assert not found.is_certificate(here / "x.json")


def test_setup_cfg_says_the_same_and_the_nearest_folder_counts(here):
    (here / "setup.cfg").write_text("[certify]\nspecs =\n    a.toml\n    b/*.toml\nmax_seconds = 7\n")
    assert configuration().max_seconds == 7
    assert configuration().specs == ("a.toml", "b/*.toml")
    (here / "deep" / "pyproject.toml").write_text("[tool.other]\n")
    assert configuration().specs == ("a.toml", "b/*.toml")
    (here / "deep" / "pyproject.toml").write_text("[tool.certify]\n")
    assert configuration().root == Path("..")


def test_spec_files_are_found_at_any_depth_but_not_where_tools_put_theirs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "a.spec.toml", "pkg/deep/b.spec.toml", "spec.toml", "c.toml")
    put(tmp_path, ".hidden/d.spec.toml", "env/lib/e.spec.toml", "env/pyvenv.cfg", "node_modules/f.spec.toml")
    assert configuration().spec_files() == [Path("a.spec.toml"), Path("pkg/deep/b.spec.toml")]


def test_a_folder_that_a_pattern_names_is_looked_into(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path, ".hidden/a.toml", "build/deep/b.toml", "build/deep/node_modules/c.toml", "d.toml")
    (tmp_path / "setup.cfg").write_text("[certify]\nspecs = .hidden/*.toml build/**/*.toml\n")
    assert configuration().spec_files() == [Path(".hidden/a.toml"), Path("build/deep/b.toml")]


WRONG = {
    "a_key_that_is_none": (
        "pyproject.toml",
        "[tool.certify]\nspec = ['a']",
        "unknown key 'spec', did you mean",
    ),
    "no_toml": ("pyproject.toml", "[tool.certify", "pyproject.toml: "),
    "no_table": ("pyproject.toml", "[tool]\ncertify = 1", "tool.certify is not a table"),
    "no_patterns": ("pyproject.toml", "[tool.certify]\nspecs = []", "specs is not a list of patterns"),
    "a_path_from_the_root": (
        "pyproject.toml",
        "[tool.certify]\nspecs = ['/a/*.toml']",
        "specs is not a list of patterns",
    ),
    "numbers": ("pyproject.toml", "[tool.certify]\nspecs = [1]", "specs is not a list of patterns"),
    "no_folder": ("pyproject.toml", "[tool.certify]\ncertificates = ''", "certificates is not the name"),
    "no_seconds": (
        "pyproject.toml",
        "[tool.certify]\nmax_seconds = 0",
        "max_seconds is no whole number from 1",
    ),
    "text_for_seconds": (
        "setup.cfg",
        "[certify]\nmax_seconds = 1e3",
        "max_seconds is no whole number from 1",
    ),
    "no_ini": ("setup.cfg", "certify]\n", "setup.cfg"),
    "a_key_of_setup_that_is_none": ("setup.cfg", "[certify]\nfolder = x", "setup.cfg, certify: unknown key"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_named(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file, text, said = WRONG[name]
    (tmp_path / file).write_text(text)
    with pytest.raises(UsageError) as error:
        configuration()
    assert said in str(error.value)
    assert file in str(error.value)
    assert "\n" not in str(error.value)


def test_init_says_where_no_pattern_names_what_it_writes(certify):
    Path("setup.cfg").write_text("[certify]\nspecs = specs/*.toml\n")
    said = "name f.spec.toml in specs of setup.cfg: until then certify check passes over it"
    assert said in certify("init m:f")[1]
    Path("specs").mkdir()
    assert "passes over" not in certify("init m:f -o specs/f.toml")[1]

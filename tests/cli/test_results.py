"""--json prints one list on standard output, as its schema says, also where an error ends the command."""

import json
import re
import shutil
from configparser import ConfigParser
from pathlib import Path

import jsonschema
import pytest

from certify.cli import console, guide, results
from tests import ROOT

SCHEMA = json.loads(Path(results.__file__).with_name("output.schema.json").read_text())
MINE = """
[good]
function = "where(x > 0, x, a*x)"
derivative = "where(x > 0, 1, a)"
parameters.a = { default = "1/2", range = "(0, inf)" }
kinks = [{ at = "0", value = "1/2" }]
sources = ["here"]

[wrong]
function = "x*x"
derivative = "3*x"

[edge]
function = "abs(x)"
derivative = "where(x > 0, 1, where(x < 0, -1, 3))"

[pole]
function = "x"
derivative = "1 + 0/x"

[open]
function = "log(x)"
derivative = "1/x"
"""

LINES = {  # a command line, its exit code, and its name in the schema
    "prove mine.toml --json": (1, "prove"),
    "elu --domain -inf,inf --param alpha=any --replace --json": (0, "prove"),
    "prove mine.toml:good --no-verify --json": (4, "prove"),
    "sigmoid --json --output other/": (0, "prove"),
    "sigmoid --json --domain -1,1": (2, "prove"),
    "derive tanh --json": (0, "derive"),
    "derive --function 1/x --json": (3, "derive"),
    "list --json": (0, "list"),
    "list mine.toml --json": (0, "list"),
    "show sigmoid --json": (0, "show"),
    "show elu --json": (0, "show"),
    "show certificates/sigmoid.json --json": (0, "show"),
    f"show {ROOT}/tests/accept/exact_elu.json --json": (0, "show"),
    f"show {ROOT}/tests/accept/refutation.refuted.json --json": (0, "show"),
    f"show {ROOT}/tests/accept/undefined.refuted.json --json": (0, "show"),
    f"show {ROOT}/certificates/kernels/torch.gelu_tanh.float32.json --json": (0, "show"),
    f"verify {ROOT}/tests/accept {ROOT}/tests/unchecked --json --jobs 2": (1, "verify"),
    f"verify {ROOT}/tests/reject/residual_over_tolerance.json certificates --json": (1, "verify"),
    f"verify {ROOT}/certificates/kernels/torch.gelu_tanh.bfloat16.json --rerun none --json": (0, "verify"),
    "build mine.toml --json -o built": (1, "build"),
    "check mine.toml --json": (1, "check"),
    "check one.toml --format json": (0, "check"),
    "export sigmoid --json": (0, "export"),
    "export mine.toml:open --json": (3, "export"),
    "capture torch:torch.tanh --json": (0, "capture"),
    "kernel torch:gelu_tanh --dtype float16 --range 1,2 --format json": (0, "kernel"),
}
if shutil.which("coqc"):
    LINES["formal sigmoid mine.toml:open --json"] = (3, "formal")


@pytest.fixture
def folder(certify):
    Path("mine.toml").write_text(MINE)
    Path("one.toml").write_text('[sigmoid]\nfunction = "sigmoid(x)"\nderivative = "y*(1 - y)"\n')
    Path("certificates").mkdir()
    for name in ("sigmoid", "elu"):
        shutil.copy(ROOT / "certificates" / f"{name}.json", "certificates")


def check(rows, name):
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(rows)


def read(out):
    """The one JSON document of an output, whose numbers are all numbers of JSON."""
    return json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.replace(str(ROOT), ""))
def test_a_command_prints_what_the_schema_says(certify, folder, line):
    code, out, _ = certify(line)
    rows = read(out)
    assert code == LINES[line][0]
    assert rows
    assert not any("error" in row for row in rows)
    check(rows, LINES[line][1])


def test_every_command_that_prints_results_is_in_the_schema():
    without_results = {"init"}
    assert set(SCHEMA["$defs"]) & set(console.HOMES) == set(console.HOMES) - without_results
    assert {name for _, name in LINES.values()} | {"formal"} == {
        reference["$ref"].removeprefix("#/$defs/") for reference in SCHEMA["anyOf"]
    }


def documented(name):
    """The keys that a kind of object is said to have."""
    found = set()
    rows = [SCHEMA["$defs"][name]]
    while rows:
        row = rows.pop()
        found |= set(row.get("properties", ()))
        rows += [*row.get("oneOf", ()), *row.get("allOf", ())]
        if "$ref" in row:
            rows.append(SCHEMA["$defs"][row["$ref"].removeprefix("#/$defs/")])
    return found


KEYS = {
    "verdict": ["prove mine.toml --json", "prove mine.toml:good --no-verify --json"],
    "derived": ["derive tanh --json", "derive --function 1/x --json"],
    "shown entry": ["show elu --json"],
    "shown certificate": [
        f"show {ROOT}/tests/accept/exact_elu.json --json",
        f"show {ROOT}/tests/accept/refutation.refuted.json --json",
    ],
    "shown report": [f"show {ROOT}/certificates/kernels/torch.gelu_tanh.float32.json --json"],
    "finding": ["check mine.toml --json"],
    "exported": ["export sigmoid --json"],
}


@pytest.mark.parametrize("name", KEYS)
def test_no_key_is_printed_that_the_schema_does_not_name(certify, folder, name):
    said = documented(name)
    printed = {key for line in KEYS[name] for row in read(certify(line)[1]) for key in row}
    assert printed <= said, printed - said
    assert SCHEMA["$defs"][name].get("required", []) == [
        key for key in SCHEMA["$defs"][name].get("required", []) if key in printed
    ]


MIDWAY = {
    "prove sigmoid mine.toml:nothing --json": "unknown entry of mine.toml 'nothing'",
    "prove --json": "prove needs names or files",
    "prove --function 2x --derivative 2 --json": "a product is written 2*x",
    "prove sigmoid --json --bogus": "No such option",
    "prove sigmoid --json --max-bits x": "'x' is not a valid integer",
    "show certificates/nothing.json --json": "cannot read",
    "verify nowhere --json": "no file or folder nowhere",
    "derive sigmoid mine.toml:nothing --json": "unknown entry",
    "list nothing.toml --json": "No such file",
    "build nothing.toml --json": "No such file",
    "export nothing --json": "unknown activation",
}


@pytest.mark.parametrize("line", MIDWAY)
def test_an_error_is_an_object_of_the_list_and_a_line_on_stderr(certify, folder, line):
    code, out, err = certify(line)
    (row,) = read(out)
    assert code == 2
    assert MIDWAY[line] in row["error"]
    assert err.splitlines()[0] == f"error: {row['error']}"
    check([row], "prove")


def test_an_error_leaves_what_was_found_before_it(certify, folder, monkeypatch):
    from certify import api
    from certify.language.errors import UsageError

    proved = []

    def prove(self, *arguments, **keywords):
        if proved:
            raise UsageError("the second\x1b[2J")
        proved.append(self)
        return api.prove(self.entry, self.spec)

    monkeypatch.setattr(api.Goal, "prove", prove)
    code, out, err = certify("sigmoid elu --json")
    rows = read(out)
    assert (code, err) == (2, "error: the second\\x1b[2J\n")
    assert [row.get("verdict") for row in rows] == ["certified", None]
    assert rows[1] == {"error": "the second\\x1b[2J"}
    check(rows, "prove")


def test_a_defect_leaves_a_list_too(certify, folder, monkeypatch):
    from certify import api

    monkeypatch.setattr(api.Goal, "prove", lambda *arguments, **keywords: 1 / 0)
    code, out, err = certify("sigmoid --json")
    assert (code, read(out)) == (70, [{"error": "a defect of certify: ZeroDivisionError"}])
    assert "Traceback" in err


def test_without_json_no_list_is_printed(certify, folder):
    for line in ("sigmoid", "list", "show sigmoid", "derive tanh", "verify", "check one.toml"):
        out = certify(line)[1]
        assert not out.startswith("[")


def test_the_schema_is_shipped():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert "cli/output.schema.json" in setup["options.package_data"]["certify"].replace(" ", "").split(",")


def test_the_schema_says_what_its_keys_are_where_their_names_do_not():
    text = json.dumps(SCHEMA)
    assert len(re.findall('"description"', text)) > 25
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(guide.GUIDES) == set(console.HOMES)

"""The house: what is trusted imports nothing else, every folder only what lies below it, and modules,
functions and signatures are short enough to hold."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import certify

PACKAGE = Path(certify.__file__).parent
MODULES = {
    ".".join(("certify", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
TRUSTED = ("certify.language", "certify.certificate", "certify.verifier")

# The folders and the files beside them, from the ground up: each imports only what comes before it.
FLOORS = [
    "language",
    "notation",
    "certificate",
    "verifier",
    "words",
    "prover",
    "math",
    "catalogue",
    "api",
    "claim",
    "formal",
    "tiers",
    "capture",
    "shipped",
    "kernels",
    "verification",
    "configuration",
    "check",
    "subject",
    "pytest_plugin",
    "cli",
]

MOST_LINES = 450
MOST_LINES_OF_A_FUNCTION = 50
MOST_PARAMETERS = 7
# What people call by keywords from Python, as `certify.prove(..., tol="1e-10")`.
DOORS = {
    *("certify.claim.prove", "certify.claim.claim", "certify.claim.assert_derivative"),
    "certify.kernels.measuring.kernel",
}


def imports(module):
    """The modules that a module names in its imports, wherever they stand."""
    tree = ast.parse(MODULES[module].read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by dots"
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in MODULES else node.module


def is_inside(module, folder):
    return module == folder or module.startswith(f"{folder}.")


@pytest.mark.parametrize("module", [m for m in MODULES if any(is_inside(m, folder) for folder in TRUSTED)])
def test_what_is_trusted_imports_itself_mpmath_and_the_standard_library(module):
    for name in imports(module):
        if any(is_inside(name, folder) for folder in TRUSTED):
            continue
        root = name.split(".")[0]
        assert root == "mpmath" or root in sys.stdlib_module_names, f"{module} imports {name}"


def floor(module):
    parts = module.split(".")
    return FLOORS.index(parts[1]) if len(parts) > 1 and parts[1] in FLOORS else None


@pytest.mark.parametrize("module", MODULES)
def test_every_folder_imports_only_what_lies_below_it(module):
    own = floor(module)
    if own is None:
        assert module in ("certify", "certify.__main__")
        return
    for name in imports(module):
        if name.startswith("certify."):
            assert floor(name) <= own, f"{module} imports {name}, which lies above it"


def test_verifier_and_prover_do_not_import_each_other():
    sides = ("certify.verifier", "certify.prover")
    for module in MODULES:
        for name in imports(module):
            both = {side for side in sides for m in (module, name) if is_inside(m, side)}
            assert len(both) < 2, f"{module} imports {name}"


def test_no_module_is_in_a_circle():
    graph = {module: {name for name in imports(module) if name in MODULES} for module in MODULES}
    graph.pop("certify")  # its names are imported when they are first used
    TopologicalSorter({m: needs - {"certify", m} for m, needs in graph.items()}).prepare()


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_short_enough_to_hold(module):
    assert len(MODULES[module].read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", MODULES)
def test_every_function_is_short_enough_to_check_by_eye(module):
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < MOST_LINES_OF_A_FUNCTION, node.name
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            count = len([name for name in names if name not in ("self", "cls")])
            assert count <= MOST_PARAMETERS or f"{module}.{node.name}" in DOORS, f"{node.name}: {count}"

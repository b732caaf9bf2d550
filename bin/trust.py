"""The trust manifest: each module that is loaded to verify a certificate, its lines, what it is for.

trust.py             a line for each folder, as README has them
trust.py --modules   a line for each module
trust.py --report    of what a kernel's report needs beside them
"""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CERTIFICATE = ROOT / "certificates" / "sigmoid.json"
REPORT = next((ROOT / "certificates" / "kernels").glob("*.json"))
SCRIPT = """
import sys
from pathlib import Path
from certify.verifier.outcome import verify_file
assert all(map(verify_file, map(Path, sys.argv[1:])))
for name, module in sorted(sys.modules.items()):
    if name.startswith("certify.") and module.__file__:
        print(module.__file__)
"""


def loaded(*files: Path) -> list[Path]:
    """The modules of the project that verifying the files loads."""
    command = [sys.executable, "-c", SCRIPT, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(line).relative_to(ROOT) for line in done.stdout.splitlines()]


def lines(path: Path) -> int:
    return len((ROOT / path).read_text().splitlines())


def purpose(path: Path) -> str:
    """The first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse((ROOT / path).read_text())) or ""
    return text.split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")


def print_modules(paths: list[Path]) -> None:
    print("| module | lines | trusted for |\n|---|---|---|")
    for path in paths:
        if path.name != "__init__.py":
            print(f"| `{path}` | {lines(path)} | {purpose(path)} |")


def print_folders(paths: list[Path]) -> None:
    print("| folder | lines | trusted for |\n|---|---|---|")
    for folder in sorted({path.parent for path in paths}, key=lambda folder: folder.parts):
        total = sum(lines(path) for path in paths if path.parent == folder)
        print(f"| `{folder}/` | {total:,} | {purpose(folder / '__init__.py')} |")
    print(f"| in all | {sum(map(lines, paths)):,} | |")


def main() -> None:
    paths = loaded(CERTIFICATE)
    if "--report" in sys.argv:
        paths = [path for path in loaded(CERTIFICATE, REPORT) if path not in paths]
    (print_modules if "--modules" in sys.argv else print_folders)(paths)


if __name__ == "__main__":
    main()

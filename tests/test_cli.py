"""The command while nothing but its first file is imported."""

import subprocess
import sys

import pytest

# As the console script does, with Ctrl-C at the moment when a module is imported.
PROGRAM = """
import sys

class Interrupt:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from convlet.cli import main
main()
"""


@pytest.mark.parametrize("module", ["typer", "convlet.errors", "convlet.cli.data"])
def test_ctrl_c_while_modules_are_imported_ends_in_a_line(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, module], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted.\n")


def test_the_first_file_imports_nothing_that_takes_time() -> None:
    program = "import sys, convlet.cli; print(*sorted(name for name in sys.modules if name.startswith('convlet')))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["convlet", "convlet.cli"]

"""Execute notebooks and write them back with what their cells printed and drew.

    python -m benchmarks.run_notebook [NAME...] [--dataset mnist]

The kernel is this interpreter's, in a temporary folder, so the run folder of the training is gone afterwards. nbclient
executes; this adds parameters, takes out what differs between machines, and packs pictures.
"""

import argparse
import base64
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from PIL import Image

from convlet.system.files import write_text

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
TUTORIAL = NOTEBOOKS / "tutorial.ipynb"
MOST_BYTES = 200_000  # of a notebook with its outputs
_COLORS = 64  # of a picture's palette
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(
    path: Path, parameters: Mapping[str, Any], *, on_cell: Callable[[str], None] = lambda cell_id: None
) -> NotebookNode:
    """Execute a notebook and return it with its outputs, `cleaned`; its file stays as it is.

    Args:
        path: an `.ipynb` file with a code cell tagged "parameters".
        parameters: new values for names that this cell assigns.
        on_cell: called with the id of each code cell as it starts.

    Raises:
        ValueError: the notebook has no parameters cell, or the cell does not assign one of the names.
        CellExecutionError: a cell failed; the message holds its traceback.
    """
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    set_parameters(notebook, parameters)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            km=_own_kernel(),
            timeout=None,  # a training takes as long as it takes
            record_timing=False,
            coalesce_streams=True,
            on_cell_execute=lambda cell, cell_index: on_cell(cell["id"]),
        )
        client.execute(cwd=folder, env=_environment(), cleanup_kc=True)
        return cleaned(notebook, _machine_paths(Path(folder)))


def set_parameters(notebook: NotebookNode, parameters: Mapping[str, Any]) -> None:
    """Assign new values in the cell tagged "parameters"; comments stay.

    Raises:
        ValueError: there is no such cell, or it does not assign one of the names.
    """
    cell = next((cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())), None)
    if cell is None:
        raise ValueError('the notebook has no cell tagged "parameters".')
    for name, value in parameters.items():
        assignment = re.compile(rf"^{re.escape(name)} = .*?(?=  #|$)", re.MULTILINE)
        if not assignment.search(cell.source):
            raise ValueError(f"the parameters cell does not assign {name!r}; it holds:\n{cell.source}")
        line = f"{name} = {json.dumps(value) if isinstance(value, str) else repr(value)}"  # double quotes
        cell.source = assignment.sub(lambda _, line=line: line, cell.source)  # type: ignore[misc]


def cleaned(notebook: NotebookNode, machine_paths: list[str]) -> NotebookNode:
    """Return the notebook ready to commit: "…" for `machine_paths`, no times, no versions, no empty outputs."""

    def without_paths(value: Any) -> Any:
        if isinstance(value, str):
            for path in machine_paths:
                value = value.replace(path, "…")
            return value
        return [without_paths(line) for line in value] if isinstance(value, list) else value

    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if not _is_empty(output)]
        for output in cell.get("outputs", ()):
            for field in ("text", "traceback"):
                if field in output:
                    output[field] = without_paths(output[field])
            for kind, content in output.get("data", {}).items():
                if kind == "image/png":
                    output["data"][kind] = smaller(content)
                elif not kind.startswith("image/"):  # base64, in which a path cannot be read
                    output["data"][kind] = without_paths(content)
    notebook.metadata = nbformat.from_dict(_METADATA)  # type: ignore[no-untyped-call]
    return notebook


def smaller(picture: str) -> str:
    """Return a PNG picture, in base64, with a palette: plots then take a third of the bytes."""
    content = base64.b64decode(picture)
    with Image.open(io.BytesIO(content)) as opened:
        if opened.mode == "P":
            return picture
        flat = Image.new("RGB", opened.size, "white")
        flat.paste(opened.convert("RGB"), mask=opened.convert("RGBA").getchannel("A"))
    file = io.BytesIO()
    flat.quantize(_COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    packed = file.getvalue()
    return base64.b64encode(packed).decode() + "\n" if len(packed) < len(content) else picture


def text_of(cell: NotebookNode) -> str:
    """Return what a code cell printed or returned, as text."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", ())]
    return "\n".join(texts)


def main() -> None:
    """Execute notebooks and replace each by the result, whole or not at all."""
    parser = argparse.ArgumentParser(description="Execute notebooks and write them back with their outputs.")
    parser.add_argument("names", nargs="*", help="such as tutorial; by default all in notebooks/")
    parser.add_argument("--dataset", default="mnist", help="what the tutorial loads: mnist (the default) or digits")
    given = parser.parse_args()
    for path in [NOTEBOOKS / f"{name}.ipynb" for name in given.names] or sorted(NOTEBOOKS.glob("*.ipynb")):
        parameters = {"DATASET": given.dataset} if path.stem == TUTORIAL.stem else {}
        try:
            notebook = run(path, parameters, on_cell=lambda cell_id: print(f"cell {cell_id}", file=sys.stderr))
        except CellExecutionError as error:
            sys.exit(f"a cell failed; {path.name} stays as it was.\n{error}")
        content: str = nbformat.writes(notebook, version=4)  # type: ignore[no-untyped-call]
        if (size := len(content.encode())) > MOST_BYTES:
            sys.exit(f"{path.name} would have {size:,} bytes, over {MOST_BYTES:,}: it stays as it was.")
        write_text(path, content.rstrip("\n") + "\n")
        print(f"{path.name}, {path.stat().st_size / 1e3:.0f} kB")


def _is_empty(output: NotebookNode) -> bool:
    """Whether an output shows nothing, such as the empty line Keras displays with a summary as text."""
    data = output.get("data", {})
    return (
        bool(data)
        and data.keys() <= {"text/plain", "text/html"}
        and not any(re.sub(r"<[^>]*>", "", part).strip() for part in data.values())
    )


def _own_kernel() -> Any:
    """Return a manager of this interpreter's kernel, whatever kernel the user has installed under the same name."""
    import zmq
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    return AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        transport_encryption="auto" if zmq.has("curve") else "disabled",  # others may use this machine
    )


def _environment() -> dict[str, str]:
    """Return this environment, with inline pictures and an absolute data folder."""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    if data := environment.get("CONVLET_DATA"):
        environment["CONVLET_DATA"] = str(Path(data).expanduser().absolute())
    return environment


def _machine_paths(working: Path) -> list[str]:
    """Return folders of this machine that an output may name, the longest first."""
    folders = [working, ROOT, Path(sys.prefix), Path(sys.base_prefix), Path.home(), Path(tempfile.gettempdir())]
    if data := os.environ.get("CONVLET_DATA"):
        folders.append(Path(data).expanduser())
    named = {str(form) for folder in folders for form in (folder.absolute(), folder.resolve()) if len(form.parts) > 1}
    return sorted(named, key=len, reverse=True)


if __name__ == "__main__":
    main()

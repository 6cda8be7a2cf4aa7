"""Run the notebooks and make a page of each, so that no page shows a result that is not computed."""  # noqa: INP001, E501 (loaded by mkdocs, not a package)

from functools import cache
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbclient import NotebookClient
from nbconvert import MarkdownExporter

FOLDER = Path(__file__).parents[2] / "notebooks"
TIMEOUT_S = 600


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add a page and its figures for each notebook."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        text, figures = page(path, path.stat().st_mtime_ns)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=text))
        for name, content in figures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


@cache
def page(path: Path, _changed_ns: int) -> tuple[str, dict[str, bytes]]:
    """Markdown and figures of one notebook, run afresh whenever the file has changed."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        resources={"metadata": {"path": str(FOLDER)}},
        extra_arguments=["--Application.log_level=ERROR"],  # no notes on how the kernel is reached
    )
    client.execute()
    text, resources = MarkdownExporter().from_notebook_node(
        notebook, resources={"unique_key": path.stem, "output_files_dir": "figures"}
    )
    about = (
        f'!!! note ""\n    This page is the notebook `notebooks/{path.name}`, run when the site '
        "was built, on the embedded data.\n"
    )
    heading, _, rest = text.lstrip().partition("\n")
    figures = {name: bytes(content) for name, content in resources["outputs"].items()}
    return f"{heading}\n\n{about}\n{rest}", figures

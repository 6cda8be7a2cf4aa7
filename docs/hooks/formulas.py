"""Turn formulas into MathML when the site is built, so that browsers need no script to show them."""  # noqa: INP001, E501 (loaded by mkdocs, not a package)

import re
from html import unescape
from typing import Any

from latex2mathml.converter import convert

FENCE = re.compile(r"^```math\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
ROLE = re.compile(r":math:<code>(.*?)</code>", flags=re.DOTALL)


def on_page_markdown(markdown: str, **_: Any) -> str:  # noqa: ANN401 (mkdocs passes its own objects)
    """Fenced blocks marked `math`."""
    return FENCE.sub(lambda found: _block(found[1].strip()), markdown)


def on_page_content(html: str, **_: Any) -> str:  # noqa: ANN401 (mkdocs passes its own objects)
    """Formulas in docstrings, written as a role of reStructuredText."""
    return ROLE.sub(lambda found: convert(unescape(found[1])), html)


def _block(formula: str) -> str:
    """A formula on a line of its own."""
    return f'<div class="formula">{convert(formula, display="block")}</div>'

"""Fail the build when a page of the site leads to a page, picture or heading that is not there."""  # noqa: INP001 (loaded by mkdocs, not a package)

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an element leads to and what it is called."""
        for name, value in attributes:
            if name in {"href", "src"} and value:
                self.links.append(value)
            elif name in {"id", "name"} and value:
                self.anchors.add(value)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Check the finished site."""
    if broken := broken_links(Path(config.site_dir)):
        raise PluginError("broken links:\n" + "\n".join(broken))


def broken_links(site: Path) -> list[str]:
    """Each link inside a site that leads nowhere, with the page it stands on."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            known = pages.get(target)
            if not target.is_file() or (anchor and known and anchor not in known.anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    return broken

"""The documents and notebooks lead where they say: links, anchors, and the files that they name."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from workshop import places

CHECKOUT = places.checkout()
DOCUMENTS = [
    *(CHECKOUT / name for name in ("README.md", "INSTRUCTOR.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md")),
    *sorted((CHECKOUT / "docs").glob("*.md")),
]
NOTEBOOKS = [*sorted((CHECKOUT / "notebooks").glob("*.ipynb")), *sorted((CHECKOUT / "notebooks/solutions").glob("*"))]
PAGES = {path.relative_to(CHECKOUT).as_posix(): path for path in [*DOCUMENTS, *NOTEBOOKS]}
# A file or folder of the repository, as documents name it in code spans; `*` stands for any part of a name.
# (docs/sagemaker.md has people clone the repository into a folder `workshop`, which then holds `workshop/notebooks`.)
NAMED = re.compile(r"(?:workshop(?!/notebooks)|tests|docs|notebooks|data|benchmarks|\.ci)/[\w./*-]*")


def _tokens(path: Path) -> Iterator[Token]:
    """Yield the Markdown tokens of a document or of a notebook's text cells, the nested ones after what holds them."""
    text = path.read_text(encoding="utf-8")
    cells = json.loads(text)["cells"] if path.suffix == ".ipynb" else [{"cell_type": "markdown", "source": text}]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for token in MarkdownIt().enable("table").parse("".join(cell["source"])):
                yield token
                yield from token.children or ()


def _links(path: Path) -> Iterator[str]:
    for token in _tokens(path):
        if token.type == "link_open":
            yield str(token.attrs["href"])
        elif token.type == "image":
            yield str(token.attrs["src"])
        elif token.type in ("html_inline", "html_block"):
            yield from re.findall(r"""(?:href|src)=["']([^"']+)""", token.content)


@cache
def _anchors(path: Path) -> frozenset[str]:
    """Return the anchors of a page's headings: as GitHub makes them, of a notebook's as JupyterLab does."""
    anchors: Counter[str] = Counter()
    found = set()
    tokens = list(_tokens(path))
    for token, heading in itertools.pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(part.content for part in heading.children or () if part.type in ("text", "code_inline"))
        if path.suffix == ".ipynb":
            found.add(text.replace(" ", "-"))
            continue
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{anchor}-{anchors[anchor]}" if anchors[anchor] else anchor)
        anchors[anchor] += 1
    return frozenset(found)


def _broken(path: Path) -> list[str]:
    """Return the links of a page that lead nowhere in the repository; what lies on the web is not looked at."""
    broken = []
    for link in _links(path):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        known = target.exists() and target.is_relative_to(CHECKOUT.resolve())
        if not known or (parts.fragment and unquote(parts.fragment) not in _anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    """Each relative link names a file of the repository, and each anchor a heading in it."""
    assert _broken(PAGES[name]) == []


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".md")])
def test_files_that_documents_name_are_there(name):
    """A path in a code span, such as `tests/test_cli.py`, exists."""
    codes = [token.content for token in _tokens(PAGES[name]) if token.type == "code_inline"]
    named = [code for code in codes if NAMED.fullmatch(code)]
    assert [code for code in named if not list(CHECKOUT.glob(code.rstrip("/")))] == []


def test_broken_links_are_found(tmp_path, monkeypatch):
    """A missing file, a missing heading, a file outside the repository; the second heading of a name has a number."""
    monkeypatch.setattr(f"{__name__}.CHECKOUT", tmp_path / "kit")
    page = tmp_path / "kit" / "docs" / "page.md"
    page.parent.mkdir(parents=True)
    (tmp_path / "outside.md").write_text("", encoding="utf-8")
    good = [
        "#is-it-ready-doctor---aws",
        "#twice",
        "#twice-1",
        "page.md#twice",
        "../docs",
        "https://example.com/#nowhere",
    ]
    bad = ["#twice-2", "#Twice", "other.md", "page.md#other", "../../outside.md", "picture.png"]
    links = "".join(f"- [a link]({link})\n" for link in good + bad[:-1])
    page.write_text(
        f"# Twice\n\n## Is it ready? `doctor --aws`\n\n# Twice\n\n{links}\n![]({bad[-1]})\n", encoding="utf-8"
    )
    assert _broken(page) == bad


def test_readme_is_short_and_works_in_every_shell():
    """At most 130 lines; no command goes by the folders of a POSIX environment or runs over several lines."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 130
    commands = [
        token.content for token in _tokens(CHECKOUT / "README.md") if token.type in ("code_block", "code_inline")
    ]
    assert [command for command in commands if re.search(r"\.venv/bin|\.venv\\|\\\n|^\s*\./|\$|~/|&&", command)] == []

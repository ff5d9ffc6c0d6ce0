"""The glossary of docs/glossary.md, for the explorer."""

import re

from workshop import places


def glossary() -> dict[str, str]:
    """Return {term: what it means} in the order of the page, as plain text; nothing where the checkout is not there."""
    try:
        page = (places.checkout() / "docs" / "glossary.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    terms = re.findall(r"^## (.+)\n\n(.+(?:\n.+)*)", page, re.M)
    return {term: re.sub(r"[`*]", "", " ".join(text.split())) for term, text in terms}

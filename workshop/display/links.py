"""Named links into the AWS console, in a terminal and in a notebook."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field

NO_CONSOLE = "The local emulator has no console: the notebooks show what there is to see."


@dataclass(frozen=True)
class Links:
    """Named links into the console: `urls` by name. On the local emulator there are none, and Links() is false."""

    urls: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.urls)

    def __str__(self) -> str:
        if not self.urls:
            return NO_CONSOLE
        width = max(map(len, self.urls))
        return "\n".join(["In the console:", *(f"  {name:<{width}}  {url}" for name, url in self.urls.items())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self.urls:
            return f"<p>{NO_CONSOLE}</p>"
        links = (
            f"<a href='{html.escape(url)}' target='_blank' rel='noopener'>{html.escape(name)}</a>"
            for name, url in self.urls.items()
        )
        return f"<p>In the console: {' · '.join(links)}</p>"

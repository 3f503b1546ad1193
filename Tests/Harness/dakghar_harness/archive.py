"""Reading an archive page by page (XEP-0313, XEP-0059)."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass

from .messages import ARCHIVE, Message

_numbers = itertools.count(1)


@dataclass
class Page:
    """One page of the archive."""

    messages: list[Message]
    first: str | None
    last: str | None
    complete: bool
    count: int | None


class ArchiveReader:
    """What a client does with its archive; `Client` adds `ask` and `messages`."""

    messages: list[Message]

    ask: Callable[..., ET.Element]

    def page(self, *, size: int = 50, **where: str) -> Page:
        """One page (XEP-0313): `after`, `before` (ids; before="" is the last page), `with_`,
        `start`, `end`."""
        name = f"q{next(_numbers)}"
        fields = "".join(
            f"<field var='{key.rstrip('_')}'><value>{value}</value></field>"
            for key, value in where.items() if key in ("with_", "start", "end"))
        form = ("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
                f"<value>urn:xmpp:mam:2</value></field>{fields}</x>")
        limits = "".join(
            f"<{key}>{where[key]}</{key}>" for key in ("after", "before") if key in where)
        answer = self.ask(
            "set", f"<query xmlns='urn:xmpp:mam:2' queryid='{name}'>{form}"
            f"<set xmlns='http://jabber.org/protocol/rsm'><max>{size}</max>{limits}</set></query>",
            within=20)
        fin = answer.find(f"{ARCHIVE}fin")
        assert fin is not None, ET.tostring(answer)
        rsm = "{http://jabber.org/protocol/rsm}"
        count = fin.findtext(f"{rsm}set/{rsm}count")
        return Page(
            messages=[m for m in list(self.messages) if m.query == name],
            first=fin.findtext(f"{rsm}set/{rsm}first"),
            last=fin.findtext(f"{rsm}set/{rsm}last"),
            complete=fin.get("complete") == "true",
            count=None if count is None else int(count))

    def archive(self, *, size: int = 200, limit: int = 500, **where: str) -> list[Message]:
        """The whole archive, page after page from its beginning (at most `limit` pages)."""
        found: list[Message] = []
        for _ in range(limit):
            page = self.page(size=size, **where)
            found += page.messages
            if page.complete or not page.messages:
                return found
            where["after"] = page.last or ""
        raise AssertionError(f"the archive does not end within {limit} pages")

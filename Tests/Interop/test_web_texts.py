"""The texts of the web client: complete in every language, and no others. No browser is needed."""

import json
import re
from pathlib import Path

import pytest

from dakghar_harness.box import ROOT

ASSETS = ROOT / "Sources/WebPages/Assets"
CATALOGUES = {path.stem: json.loads(path.read_text()) for path in sorted((ASSETS / "app/lang").glob("*.json"))}
SCRIPTS = sorted((ASSETS / "app").rglob("*.js"))

#: Keys that are put together at run time: t(`state.${state}`).
PUT_TOGETHER = re.compile(r"[(]`([a-z.-]+)[.][$][{][^`]*`")
WRITTEN = re.compile(r"""(?<![\w.])(?:t|has)\(\s*(?:[^()'`]*\?\s*)?'([a-z][a-z.-]+)'""")
#: Every string that looks like a key; some are passed on to t() by their variable.
LOOKS_LIKE_ONE = re.compile(r"'([a-z]+(?:[.][a-z-]+)+)'")


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"[{]\d[}]", text))


def test_every_language_has_every_text():
    """The same keys, none empty, with the same places for values."""
    english = CATALOGUES["en"]
    assert {"en", "ur"} <= set(CATALOGUES)
    for language, texts in CATALOGUES.items():
        assert set(texts) == set(english), language
        for key, text in texts.items():
            assert text.strip(), (language, key)
            assert placeholders(text) == placeholders(english[key]), (language, key)


def test_urdu_is_urdu():
    """Every text has Arabic letters in it, so none was left in English."""
    assert [key for key, text in CATALOGUES["ur"].items() if not re.search("[\u0600-\u06ff]", text)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ASSETS)))
def test_every_text_that_is_asked_for_exists(script: Path):
    """A key that is in no catalogue would be shown as it is."""
    source = script.read_text()
    groups = {key.split(".")[0] for key in CATALOGUES["en"]}
    asked = set(WRITTEN.findall(source))
    # The console's requests to the box are named in the same way ('queue.list').
    if "console" not in script.parts:
        asked |= {key for key in LOOKS_LIKE_ONE.findall(source) if key.split(".")[0] in groups}
    assert sorted(asked - set(CATALOGUES["en"])) == []
    for start in PUT_TOGETHER.findall(source):
        assert any(key.startswith(start + ".") for key in CATALOGUES["en"]), start


def test_no_text_is_left_over():
    """What nobody asks for would be translated for nothing."""
    sources = "".join(script.read_text() for script in SCRIPTS)
    together = set(PUT_TOGETHER.findall(sources))
    used = {key for key in CATALOGUES["en"] if f"'{key}'" in sources or any(key.startswith(start + ".") for start in together)}
    assert sorted(set(CATALOGUES["en"]) - used) == []

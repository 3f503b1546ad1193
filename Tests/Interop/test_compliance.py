"""Every row of docs/compliance.md against a running box."""

import re

import pytest

from dakghar_harness.box import ROOT
from dakghar_harness.compliance import ROWS
from dakghar_harness.compliance.ours import compliant_box

DOCUMENT = ROOT / "docs/compliance.md"


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    box, made = compliant_box(tmp_path_factory.mktemp("compliance"), "suite")
    box.start()
    yield made
    box.discard()


def documented():
    """Category, feature, provider, files and our cell of each row of the table."""
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(c[0], c[1], c[2], tuple(re.findall(r"`([^`]+)`", c[3])), c[4]) for c in cells[1:]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_the_suite_asks_for_is_there(row, target):
    """The same check that the other servers in the table are put to."""
    row.check(target)


def test_the_document_has_every_row_and_says_yes_to_each():
    """The rows of the suite, no others, with the files that the checks name."""
    assert documented() == [(r.category, r.feature, r.provider, r.files, "yes") for r in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_files_named_are_about_it(row):
    """They exist, and say which specification they follow."""
    texts = [(ROOT / name).read_text() for name in row.files]
    assert any(row.provider.split("-")[-1].removeprefix("RFC ") in text for text in texts), row.files

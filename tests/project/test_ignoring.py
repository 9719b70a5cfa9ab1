from __future__ import annotations

import pytest

from tenfold.project.ignoring import is_ignored


@pytest.mark.parametrize(
    ("patterns", "path", "ignored"),
    [
        ([".env"], ".env", True),
        ([".env"], "deep/er/.env", True),
        (["/.env"], "deep/.env", False),
        (["*.env"], "web.env", True),
        ([".env*", "!.env.example"], ".env.example", False),
        ([".env*", "!.env.example"], ".env.local", True),
        (["media/"], "shop/media/a.png", True),
        (["media/"], "media", False),
        (["docs/*.txt"], "docs/a.txt", True),
        (["docs/*.txt"], "docs/b/a.txt", False),
        (["docs/**/a.txt"], "docs/b/c/a.txt", True),
        (["**/secret"], "a/b/secret", True),
        (["build/**"], "build/a/b", True),
        (["file[0-9].txt"], "file7.txt", True),
        (["file[!0-9].txt"], "file7.txt", False),
        (["private/", "!private/kept.txt"], "private/kept.txt", True),
        (["a**b"], "axxb", True),
        (["*" * 70 + "x"], "a/b/c.env", False),
        (["**/" * 40 + "x"], "a/b/c/d/e/f.env", False),
        (["[[||&&--]*"], "|a", True),
        ([], "a", False),
    ],
)
def test_patterns_mean_what_git_says(patterns: list[str], path: str, ignored: bool) -> None:
    entries = [(".gitignore", pattern, line) for line, pattern in enumerate(patterns, start=1)]
    assert is_ignored(entries, path) is ignored


def test_a_deeper_file_counts_only_below_itself_and_after_the_outer_one() -> None:
    entries = [("shop/.gitignore", "!*.env", 1), (".gitignore", "*.env", 1)]
    assert is_ignored(entries, "a.env")
    assert not is_ignored(entries, "shop/a.env")

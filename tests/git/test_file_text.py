"""Files as one text are the files that git told, whatever they are called."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.git.fields import flat
from orchestrator.git.file_text import file_number, file_paths, file_rows, file_text

OLD, NEW = "1" * 40, "2" * 40
# What could be taken for a separator, for the beginning of a file, or for a rename.
NAMES = (
    "a", "a/b", ":", ":a", ":100644 ", ":100644 100644 1 2 M", "a M", "a R100", " R100", "\x1e", "\x1e:a",
    "\n", "\n:a", "\t", "a\u202e", "é", ":é", "\x1b[0m",
)  # fmt: skip
PATH = st.sampled_from(NAMES)


@given(st.lists(st.tuples(PATH, st.sampled_from((None, None, *NAMES))), max_size=5))
@settings(deadline=None)
@example([(":a", None), ("b", "c"), ("d", "e")])  # as many NULs as three files that are no renames
@example([(":a", None)])
@example([("\x1e:a", None)])
def test_any_names(files: list[tuple[str, str | None]]) -> None:
    told = "".join(
        f":100644 100755 {OLD} {NEW} M\0{path}\0"
        if old is None
        else f":100644 100755 {OLD} {NEW} R100\0{old}\0{path}\0"
        for path, old in files
    )
    plain = all(c == "\0" or c == "\n" or " " <= c <= "~" for c in told)
    text = file_text(f"\n{told}" if told else "", plain=plain)
    assert file_rows(text) == [
        (flat(path), "R" if old else "M", NEW, OLD, flat(old) if old else "") for path, old in files
    ]
    assert file_number(text) == len(files)
    assert {flat(p) for pair in files for p in pair if p} == set(file_paths(text))


def test_what_is_no_file_has_no_contents() -> None:
    """A submodule's commit, and the side that is not there."""
    told = f"\n:000000 160000 {'0' * 40} {NEW} A\0sub\0:100644 000000 {OLD} {'0' * 40} D\0gone\0"
    rows = file_rows(file_text(told, plain=True))
    assert rows == [("sub", "A", "", "", ""), ("gone", "D", "", OLD, "")]

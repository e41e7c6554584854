"""Records and raw files are those that git told, whatever stands in them."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.git.fields import PLAIN, PLAIN_OR_TAB, flat, is_plain, records
from orchestrator.git.raw import raw_rows

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
    assert raw_rows(f"\n{told}" if told else "") == [
        (flat(path), "R" if old else "M", NEW, OLD, flat(old) if old else "") for path, old in files
    ]


def test_what_is_no_file_has_no_contents() -> None:
    """A submodule's commit, and the side that is not there."""
    told = f"\n:000000 160000 {'0' * 40} {NEW} A\0sub\0:100644 000000 {OLD} {'0' * 40} D\0gone\0"
    assert raw_rows(told) == [("sub", "A", "", "", ""), ("gone", "D", "", OLD, "")]


MARK = b"0f1e2d3c"
BYTES = st.lists(
    st.sampled_from((b"a", b"0f1e", b"2d3c", b"\n", b"\0", b"\t", b"\x1e", b"\xe9", "é\u202e漢".encode()))
)


@given(st.lists(BYTES.map(b"".join), max_size=6), st.integers(1, 20))
@example([b"a\xc3", b"\xa9"], 4)  # two halves of one letter are none when a mark stands between them
@example([b"\xc3a\xa9"], 4)  # nor when a letter does
@settings(deadline=None)
def test_records_are_what_stands_between_the_marks_however_they_are_cut(told: list[bytes], size: int) -> None:
    stream = b"".join(MARK + record for record in told)
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    found = list(records(chunks, MARK))
    expected = [r.decode("utf-8", "backslashreplace") for r in stream.split(MARK) if r]
    assert [text for text, _plain in found] == expected
    for text, plain in found:
        assert not plain or text.replace("\n", "").replace("\0", "").isprintable()


@given(BYTES.map(b"".join))
def test_plain_is_what_is_printable_but_for_what_is_allowed(data: bytes) -> None:
    for allowed, more in ((PLAIN, ""), (PLAIN_OR_TAB, "\t")):
        try:
            text = data.decode()
        except UnicodeDecodeError:
            assert not is_plain(data, allowed)
        else:
            rest = "".join(c for c in text if c not in f"\n\0{more}")
            assert is_plain(data, allowed) == rest.isprintable()


def test_a_record_of_many_chunks_is_put_together_once() -> None:
    """Searching and copying it anew for each chunk takes the square of its length."""
    chunk = b"x" * (1 << 12)
    ((text, plain),) = records((chunk for _n in range(1 << 13)), MARK)
    assert (len(text), plain) == (1 << 25, True)

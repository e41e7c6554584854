r"""The trailers of messages by git's own rules (its trailer.c), as a view: what stands in messages already,
git need not look for while it is read. It is made for each question, since the file must have no view.

A block of trailers is the last paragraph and never the first; every line of it is a trailer, or git wrote
one of them and at most three in four lines are none. A line that begins with white space continues the one
before. Comments count for nothing; comments and a list of conflicts at the end, and all below the scissors,
are no part of the message. Unlike git's, the rules do not depend on `core.commentChar` and `trailer.*`.
"""

from __future__ import annotations

_KEY = r"[A-Za-z0-9-]+[ \t]*:"
_PICKED = r"\(cherry picked from commit "
_REST = r"[^\n]*\n(?:[ \t][^\n]*\n)*"  # of a line, and the lines that continue it
_SCISSORS = f"'\n# {'-' * 24} >8 {'-' * 24}\n'"
_ENDING = r"(?:(?:#[^\n]*|[ \t]*)\n)*(?:Conflicts:\n(?:(?:[#\t][^\n]*|Conflicts:)?\n)*)?"
_LAST = rf"[^ \t\n][^\n]*\n(?:[ \t]*\n)+((?:[ \t]*[^ \t\n][^\n]*\n)*?){_ENDING}\z"
_OTHERS = rf"regexp_replace(block, '(?m)^(?:#[^\n]*\n|(?:{_KEY}|{_PICKED}){_REST})', '', 'g')"
VIEW = rf"""CREATE TEMP VIEW trailers AS
SELECT commit_id, (generate_subscripts(found, 1) - 1)::INTEGER AS position,
    regexp_extract(unnest(found), '^[^ \t:]+') AS key,
    trim(regexp_replace(regexp_extract(unnest(found), ':((?s).*)', 1), '\n[ \t]*', ' ', 'g'), e' \t') AS value
FROM (SELECT commit_id, block, string_split({_OTHERS}, chr(10)) AS others,
        regexp_extract_all(block, '(?m)^{_KEY}{_REST}') AS found,
        regexp_extract_all(block, '(?m)^{_PICKED}') AS picked
    FROM (SELECT id AS commit_id, split_part(chr(10) || message, {_SCISSORS}, 1) || chr(10) AS text,
            regexp_extract(text, '{_LAST}', 1) AS block FROM commits)
    WHERE contains(block, ':'))
WHERE len(others) = 1 OR len(others) - 1 <= 3 * (len(found) + len(picked))
    AND (picked <> [] OR regexp_matches(block, '(?m)^Signed-off-by: '))
"""

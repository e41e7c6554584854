"""Extract, merge and compile the translations: `make messages`, or `--check` in the tests.

Messages come from `_("…")`, `ngettext("…", "…", n)` and `say(language, "…")` in orchestrator/, and
from click, whose own words the same catalogue translates. The outputs are `orchestrator/locale/`
orch.pot, pt_BR/LC_MESSAGES/orch.po (edit this one) and orch.mo (committed: a wheel needs no Babel).
They hold no dates, lines or tool versions, so that the same messages give the same bytes.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

Id = str | tuple[str, ...]

TOP = Path(__file__).resolve().parent.parent
SOURCES = TOP / "orchestrator"
LOCALE = SOURCES / "locale"
LANGUAGE = "pt_BR"
KEYWORDS = {"_": None, "ngettext": (1, 2), "say": (2,)}
POSITIONS = {"_": (0, 1), "ngettext": (0, 2), "say": (1, 2)}
COMMENT = "# Translations of orch, and of click's words where orch shows them. Ids are English."


class StableCatalog(Catalog):
    """A catalogue whose header says only what gettext needs."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Character set, and for a language its name and plural rule (0 and 1 are singular)."""
        headers = [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8")]
        if self.locale is not None:
            headers += [("Language", str(self.locale)), ("Plural-Forms", str(self.plural_forms))]
        return [*headers, ("Content-Transfer-Encoding", "8bit\n")]


def extract() -> set[Id]:
    """Every message id of orch and of click; a plural message is a pair."""
    found: set[Id] = set()
    for path in sorted([*SOURCES.rglob("*.py"), *_click_sources()]):
        for _line, message, _comments, _context in extract_from_file("python", path, KEYWORDS):
            found.add(message if isinstance(message, str) else tuple(message))
    return (found | explanations()) - {""}


def _click_sources() -> list[Path]:
    spec = find_spec("click")
    if spec is None or spec.origin is None:
        sys.exit("click is not installed: run `make messages`")
    return list(Path(spec.origin).parent.glob("*.py"))


def explanations() -> set[Id]:
    """What detectors say of a score: `score.add(weight, "…")`, and the technologies' categories."""
    found: set[Id] = set()
    for path in sorted((SOURCES / "detect").rglob("*.py")):
        for call in _calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "add" and len(call.args) == 2:
                argument = call.args[1]
                branches = (
                    (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
                )
                found |= {
                    b.value for b in branches if isinstance(b, ast.Constant) and isinstance(b.value, str)
                }
    table = (SOURCES / "detect" / "technologies.txt").read_text("utf-8")
    rows = [line.split("|") for line in table.splitlines() if line and not line.startswith("#")]
    return found | {row[1] for row in rows}


def unseen() -> Iterator[str]:
    """Messages that extraction cannot see: f-strings in the place of a message id."""
    for path in sorted(SOURCES.rglob("*.py")):
        for call in _calls(path):
            first, last = POSITIONS.get(getattr(call.func, "id", ""), (0, 0))
            if any(isinstance(argument, ast.JoinedStr) for argument in call.args[first:last]):
                yield f"{path.relative_to(TOP)}:{call.lineno}: an f-string cannot be translated"


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def translations_in(path: Path) -> dict[Id, str | tuple[str, ...]]:
    """The literal `MESSAGES = {id: translation}` of a Python file, which is not run."""
    for node in ast.parse(path.read_text("utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "MESSAGES" for target in targets):
            found: dict[Id, str | tuple[str, ...]] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            return found
    sys.exit(f"{path}: no MESSAGES")


def known(po: Path) -> dict[Id, str | tuple[str, ...]]:
    """The translations that the catalogue file has; without untranslated and fuzzy ones."""
    if not po.exists():
        return {}
    with po.open("rb") as stream:
        catalogue = read_po(stream, locale=LANGUAGE)
    return {_id(m): _forms(m) for m in catalogue if m.id and translated(m) and not m.fuzzy}


def _id(message: Message) -> Id:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _forms(message: Message) -> str | tuple[str, ...]:
    string = message.string or ""
    return string if isinstance(string, str) else tuple(string)


def translated(message: Message) -> bool:
    """Whether every form of a message has a text."""
    forms = _forms(message)
    return bool(forms) if isinstance(forms, str) else all(forms)


def merge(ids: set[Id], translations: dict[Id, str | tuple[str, ...]]) -> StableCatalog:
    """A catalogue of exactly these messages, translated where a translation is known."""
    catalogue = StableCatalog(LANGUAGE, header_comment=COMMENT, charset="utf-8", fuzzy=False)
    for message in sorted(ids, key=lambda i: (i,) if isinstance(i, str) else i):
        catalogue.add(message, translations.get(message, ("", "") if isinstance(message, tuple) else ""))
    return catalogue


def problems(catalogue: Catalog) -> Iterator[str]:
    """What a translator has to mend: missing translations, placeholders that differ."""
    for message in catalogue:
        if not message.id:
            continue
        if not translated(message):
            yield f"not translated: {message.id!r}"
            continue
        ids, forms = _id(message), _forms(message)
        ids = (ids,) if isinstance(ids, str) else ids
        forms = (forms,) if isinstance(forms, str) else forms
        allowed = set().union(*map(fields, ids))
        required = set.intersection(*map(fields, ids))
        for form in forms:
            if not required <= fields(form) <= allowed:
                yield f"placeholders differ: {message.id!r} -> {form!r}"


def fields(text: str) -> set[str]:
    """The names of the placeholders of a text: `{name}`, `{name!r}`, `%(name)s`."""
    bare = text.replace("{{", "").replace("}}", "")
    return set(re.findall(r"\{([^{}:!]*)(?:[:!][^{}]*)?\}", bare)) | set(re.findall(r"%\((\w+)\)", bare))


def po_bytes(catalogue: Catalog) -> bytes:
    """The text form of a catalogue."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, no_location=True, sort_output=True)
    return out.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """The compiled form of a catalogue."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main(arguments: list[str] | None = None) -> int:
    """Write the three files, or say what is wrong with them (exit 1)."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when something is missing"
    )
    parser.add_argument(
        "--from", dest="files", nargs="+", type=Path, default=[], help="files with a MESSAGES dictionary"
    )
    parser.add_argument("--locale", type=Path, default=LOCALE, help="where the catalogues are")
    options = parser.parse_args(arguments)
    folder = options.locale / LANGUAGE / "LC_MESSAGES"
    filled = {k: v for path in reversed(options.files) for k, v in translations_in(path).items()}
    ids, now = extract(), known(folder / "orch.po")
    catalogue = merge(ids, {**filled, **now})
    template = StableCatalog(header_comment=COMMENT, charset="utf-8", fuzzy=False)
    for message in catalogue:
        if message.id:
            template.add(message.id)
    outputs = {
        options.locale / "orch.pot": po_bytes(template),
        folder / "orch.po": po_bytes(catalogue),
        folder / "orch.mo": mo_bytes(catalogue),
    }
    wrong = [*unseen(), *problems(catalogue)]
    if options.check:
        wrong += [f"stale: {p.name} (run `make messages`)" for p, data in outputs.items() if _read(p) != data]
    else:
        for path, data in outputs.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    print(f"{len(ids)} messages, {len(wrong)} problems")
    return 1 if wrong else 0


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


if __name__ == "__main__":
    sys.exit(main())

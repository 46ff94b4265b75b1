"""Right French typography in templates and Python strings: the apostrophe ’, no-break spaces, the ellipsis.

`python -m scripts.typeset [FILE…]` mends files in place (all of proxirh/ by default) and names them.
The tests read `faults_of_template` and `faults_of_module`, so that what is refused is what is mended.
"""

import ast
import html
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NBSP = "\u00a0"
FRENCH = re.compile(
    r"[àâçéèêëîïôûùœ’«»]|\b(?:le|la|les|de|des|du|un|une|et|est|votre|vous|pour|dans|sur|au|aux|ne|pas|par)\b",
    re.IGNORECASE,
)
ELISION = r"(?i:\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quelqu|aujourd))'(?=[aeiouyhàâéèêëîïôûùœ{<])"
RULES = {
    "straight apostrophe": re.compile(ELISION),
    "breaking space before high punctuation": re.compile(r"[ \t\n]+[:;!?»](?![:\w/])"),
    "no space before high punctuation": re.compile(r"[^\W\d_)][;!?](?=\s|$)|[^\W\d_]:(?=\s|$)"),
    "breaking space inside quotes": re.compile(r"«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»"),
    "three dots": re.compile(r"\.\.\."),
}
ADDRESS = re.compile(r"\b(?:https?|mailto|tel):\S+|&(?:\w+|#\d+);")

# A template is cut into pieces, so that only what is read or heard is judged and mended.
PIECES = re.compile(
    r"(?P<skip>{#.*?#}|{% *comment.*?{% *endcomment *%}|<!--.*?-->|<(?P<raw>script|style|svg)\b.*?</(?P=raw)>)"
    r"|(?P<tag>{%.*?%}|{{.*?}})|(?P<element><[a-zA-Z/!](?:{%.*?%}|{{.*?}}|[^>])*>)",
    re.DOTALL,
)
LITERAL = re.compile(r'"([^"]*)"')
SPOKEN = re.compile(r'(\b(?:title|alt|placeholder|aria-label|aria-description|label)=")([^"]*)(?=")')


def faults(text: str) -> list[str]:
    """Names of the rules that a French text breaks."""
    text = ADDRESS.sub("", text)
    return [name for name, rule in RULES.items() if rule.search(text)]


def mend(text: str) -> str:
    """The same text, typeset; what needs a human eye (a missing space) is left."""
    text = re.sub(ELISION, lambda found: found[0][:-1] + "’", text)
    text = re.sub(r"[ \t]([:;!?»])(?![:\w/])", NBSP + r"\1", text)
    text = re.sub(r"« ?(?!\u00a0|\u202f|\\u00a0)", "«" + NBSP, text)
    return text.replace("...", "…")


def is_french(text: str) -> bool:
    """True for a sentence or a label in French, false for code, keys and patterns."""
    return bool(FRENCH.search(text)) and " " in text.strip() and not re.search(r"\\[dwsb(]|\(\?|<[a-z]|SELECT ", text)


def mend_template(source: str) -> str:
    """A template whose text, spoken attributes and tag arguments are typeset."""

    def pieces() -> Iterator[str]:
        end = 0
        for piece in PIECES.finditer(source):
            yield mend(source[end : piece.start()])
            end = piece.end()
            if piece["tag"]:
                yield LITERAL.sub(lambda found: mend(found[0]) if is_french(found[1]) else found[0], piece[0])
            elif piece["element"]:
                yield SPOKEN.sub(lambda found: found[1] + mend(found[2]), piece[0])
            else:
                yield piece[0]
        yield mend(source[end:])

    return "".join(pieces())


def faults_of_template(source: str) -> list[str]:
    """Each faulty text of a template, with the rules it breaks; a value stands as x."""
    texts: list[str] = []
    flow = ""
    end = 0
    for piece in PIECES.finditer(source):
        flow += source[end : piece.start()]
        end = piece.end()
        if piece["tag"]:
            texts += (found for found in LITERAL.findall(piece["tag"]) if is_french(found))
            flow += "x" if piece["tag"].startswith("{{") else ""
        elif piece["element"]:
            texts += (re.sub(r"{[{%].*?[%}]}", "x", found[1]) for found in SPOKEN.findall(piece["element"]))
            if not re.match(r"</?(?:a|abbr|b|em|i|span|strong|time)\b", piece["element"]):
                flow += "\0"
        else:
            flow += "\0"
    texts += (flow + source[end:]).split("\0")
    return [
        f"{', '.join(broken)}: {text.strip()!r}" for text in texts if (broken := faults(html.unescape(text.strip())))
    ]


def sentences(source: str) -> Iterator[tuple[ast.expr, str]]:
    """French strings of a module, joined pieces as one, with x for each value; documentation left out."""
    tree = ast.parse(source)
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
        else:
            continue
        if is_french(text):
            yield node, text


def mend_module(source: str) -> str:
    """A module whose French strings are typeset; nothing else moves."""
    lines = source.splitlines(keepends=True)
    spans = [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node, _ in sentences(source)
    ]
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        (row, start), (last, end) = token.start, token.end
        if token.type not in {tokenize.STRING, tokenize.FSTRING_MIDDLE} or row != last:
            continue
        # The syntax tree counts bytes, tokens count characters.
        position = (row, len(lines[row - 1][:start].encode()))
        if any(first <= position < after for first, after in spans):
            lines[row - 1] = lines[row - 1][:start] + mend(lines[row - 1][start:end]) + lines[row - 1][end:]
    return "".join(lines)


def faults_of_module(source: str) -> list[str]:
    """Each faulty French string of a module, with the rules it breaks."""
    return [f"{', '.join(broken)}: {text!r}" for _, text in sentences(source) if (broken := faults(text))]


def main(names: list[str]) -> None:
    """Mend the files named, or all of ours."""
    paths = [Path(name) for name in names] or [
        path
        for path in sorted((ROOT / "proxirh").rglob("*"))
        if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts
    ]
    for path in paths:
        before = path.read_text(encoding="utf-8")
        after = mend_module(before) if path.suffix == ".py" else mend_template(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path}: typeset")


if __name__ == "__main__":
    main(sys.argv[1:])

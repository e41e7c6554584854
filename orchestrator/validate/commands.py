"""Passwords on command lines, by the option in which each tool takes them.

From the tools' own manuals: `sshpass -p`, `mysql -pVALUE` (no blank), `redis-cli -a`, `ldapsearch -w`,
`sqlcmd -P`, `docker login -p`, `mongosh -p`, `curl -u USER:VALUE`, `htpasswd -b FILE USER VALUE`,
`openssl -passin pass:VALUE`, `7z -pVALUE`, `zip -P`, `keytool -storepass`, and `--password VALUE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.validate.hit import Hit
from orchestrator.validate.policy import Policy
from orchestrator.validate.values import CODE, PLACEHOLDER, is_value

_ARGUMENTS = r"(?![\w.-])[^\n|;&`]{0,160}?[ \t]"
_VALUE = r"(?P<quote>[\"']?)(?P<value>[^\s\"'`]{4,128})(?P=quote)"
# The tools' names, what stands between a name and the value.
_OPTIONS: tuple[tuple[str, str], ...] = (
    ("sshpass", r"-p[ \t]*"),
    ("mysql mysqldump mysqladmin mysqlimport mariadb mariadb-dump", r"-p"),
    ("redis-cli", r"(?:-a|--pass)[ \t]+"),
    ("ldapsearch ldapadd ldapmodify ldapdelete ldappasswd", r"-w[ \t]*"),
    ("sqlcmd bcp isql osql", r"-P[ \t]*"),
    ("docker podman helm", r"login[ \t][^\n|;&`]{0,120}?-p[ \t]+"),
    ("mongo mongosh mongodump mongorestore mongoexport mongoimport", r"-p[ \t]+"),
    ("curl", r"(?:-u|--user)[ \t]*[\"']?[^\s:\"']{1,64}:"),
    ("smbclient", r"(?:-U|--user)[ \t]*[\"']?[^\s%\"']{1,64}%"),
    ("htpasswd", r"-[a-zA-Z]*b[a-zA-Z]*[ \t]+\S{1,200}[ \t]+\S{1,64}[ \t]+"),
    ("openssl", r"-pass(?:in|out)?[ \t]+pass:"),
    ("7z 7za unrar rar", r"-p"),
    ("zip unzip", r"-P[ \t]*"),
    ("keytool jarsigner", r"-(?:store|key|deststore|srcstore)pass[ \t]+"),
)
_LONG = re.compile(rf"(?<![\w-])--(?:password|passwd|pass|passphrase|senha)[ \t]+{_VALUE}")


def _pattern(names: str, option: str) -> re.Pattern[str]:
    tools = "|".join(map(re.escape, names.split()))
    return re.compile(rf"(?<![\w.-])(?:{tools}){_ARGUMENTS}{option}{_VALUE}")


_COMMANDS = tuple((names.split(), _pattern(names, option)) for names, option in _OPTIONS)


def check(text: str, policy: Policy) -> Iterator[Hit]:
    """What stands where a tool takes a password: a likely one blocks, any other word asks a person."""
    if "-" not in text:
        return
    found = [
        m for names, pattern in _COMMANDS if any(n in text for n in names) for m in pattern.finditer(text)
    ]
    found += _LONG.finditer(text) if "--pass" in text or "--senha" in text else []
    for match in found:
        value = match["value"]
        if PLACEHOLDER.match(value) or CODE.search(value):
            continue
        sure = is_value(value, quoted=False, password=True)
        rule, kind = ("secret.command-line", "secret") if sure else ("secret.quoted", "credential")
        yield policy.hit(*match.span("value"), rule, kind)

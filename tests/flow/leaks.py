"""Three hundred made-up secrets and personal data, and the search for them in whatever left.

All of them are random, made by a fixed seed. What looks like a vendor's token is put together at run
time, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
import html
import json
import random
import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
FIRST = ("Joaquim", "Mariana", "Teodoro", "Iracema", "Sebastião", "Conceição", "Gumercindo", "Dulcinéia")
LAST = (
    "Albuquerque",
    "Figueiredo",
    "Vasconcelos",
    "Cavalcanti",
    "Brandão",
    "Siqueira",
    "Monteverde",
    "Peçanha",
)
CLIENT = (
    "Laticínios",
    "Transportadora",
    "Metalúrgica",
    "Cerâmica",
    "Tecelagem",
    "Frigorífico",
    "Usina",
    "Gráfica",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """One value that must not leave; `phrase` is how a person would write it down.

    `blocked`: a text that holds it goes nowhere, not even to the company's own places.
    """

    kind: str
    value: str
    phrase: str
    blocked: bool = False


class Maker:
    """Values by kind, from one seed."""

    def __init__(self, seed: int = 5) -> None:
        self._random = random.Random(seed)

    def all(self) -> list[Planted]:
        """The three hundred, kinds mixed."""
        counts: tuple[tuple[Callable[[int], Planted], int], ...] = (
            (self.token, 88),
            (self.password, 52),
            (self.cpf, 30),
            (self.cnpj, 20),
            (self.card, 20),
            (self.phone, 20),
            (self.email, 20),
            (self.person, 16),
            (self.host, 18),
            (self.client, 16),
        )
        found = [make(n) for make, count in counts for n in range(count)]
        self._random.shuffle(found)
        return found

    def token(self, n: int) -> Planted:
        """A vendor's token, key or connection string."""
        vendors = self._vendors()
        name, value = vendors[n % len(vendors)]
        said = ("usando {v} no gateway", "com a chave {v}", "trocar para {v} resolveu")[n % 3]
        return Planted(f"token {name}", value, said.format(v=value), blocked=True)

    def _vendors(self) -> list[tuple[str, str]]:
        up, low = string.ascii_uppercase + "234567", string.ascii_lowercase + string.digits
        jwt = "eyJ" + self._some(ALNUM, 33) + ".eyJ" + self._some(ALNUM, 60) + "." + self._some(ALNUM, 43)
        pem = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + self._some(ALNUM + "+/", 64)
        return [
            ("aws", "AKIA" + self._some(up, 16)),
            ("github", "ghp_" + self._some(ALNUM, 36)),
            ("github pat", "github_pat_" + self._some(ALNUM, 22) + "_" + self._some(ALNUM, 59)),
            ("gitlab", "glpat-" + self._some(ALNUM, 20)),
            ("slack", "xoxb-" + self._digits(12) + "-" + self._digits(12) + "-" + self._some(ALNUM, 24)),
            ("stripe", "sk_" + "live_" + self._some(ALNUM, 24)),
            ("google", "AIza" + self._some(ALNUM, 35)),
            ("sendgrid", "SG." + self._some(ALNUM, 22) + "." + self._some(ALNUM, 43)),
            ("npm", "npm_" + self._some(ALNUM, 36)),
            ("pypi", "pypi-AgEIcHlwaS5vcmc" + self._some(ALNUM, 80)),
            ("atlassian", "ATATT3xFfGF0" + self._some(ALNUM, 60) + "=" + self._some("0123456789ABCDEF", 8)),
            ("supabase", "sb_" + "secret_" + self._some(ALNUM, 31)),
            ("supabase access", "sbp_" + self._some(HEX, 40)),
            ("jwt", jwt),
            ("private key", pem),
            ("digitalocean", "dop_v1_" + self._some(HEX, 64)),
            ("openai", "sk-" + "proj-" + self._some(ALNUM, 48)),
            ("anthropic", "sk-" + "ant-api03-" + self._some(ALNUM, 93) + "AA"),
            ("huggingface", "hf_" + self._some(string.ascii_letters, 34)),
("mercado pago", self._mercado_pago()),
            ("asaas", "$" + "aact_prod_" + self._some(ALNUM, 80)),
            ("postgres url", f"postgres://app:{self._some(ALNUM, 14)}@db.example.com:5432/vendas"),
            ("url login", f"https://robo:{self._some(ALNUM, 16)}@example.com/api"),
            ("slack webhook", self._webhook(up)),
            ("bearer", "Bearer " + self._some(low, 20) + self._digits(4) + self._some(low, 16)),
            ("telegram", self._digits(10) + ":AA" + self._some(ALNUM, 33)),
            ("grafana", "glsa_" + self._some(ALNUM, 32) + "_" + self._some(HEX, 8)),
            ("shopify", "shpat_" + self._some(HEX, 32)),
        ]  # fmt: skip

    def _mercado_pago(self) -> str:
        return f"APP_USR-{self._digits(16)}-{self._digits(6)}-{self._some(HEX, 32)}-{self._digits(9)}"

    def _webhook(self, of: str) -> str:
        rooms = f"T{self._some(of, 9)}/B{self._some(of, 9)}"
        return "https://hooks.slack.com/" + f"services/{rooms}/{self._some(ALNUM, 24)}"

    def password(self, n: int) -> Planted:
        """A password, as people write one in Portuguese and in English."""
        value = (
            self._some(string.ascii_lowercase, 5)
            + self._some("!@#%&*", 1)
            + self._digits(4)
            + self._some(ALNUM, 4)
        )
        said = (
            "senha: {v}",
            "a senha do banco é {v}",
            "password = {v}",
            'DB_PASSWORD="{v}"',
            "pwd={v}",
            "segredo: {v}",
            "secret: {v}",
            "passwd: {v}",
            "api_key = {v}",
            "token: {v}",
            "chave de acesso: {v}",
            "the password is {v}",
            "SENHA_ROOT={v}",
        )[n % 13]
        return Planted("password", value, said.format(v=value))

    def cpf(self, n: int) -> Planted:
        """A CPF with right check digits, with points or without."""
        digits = self._digits(9)
        for _again in range(2):
            total = sum(int(d) * w for d, w in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
            digits += str((total * 10 % 11) % 10)
        shown = f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"
        value = shown if n % 2 else digits
        return Planted("cpf", value, (f"do cliente {value}", f"CPF {value}", f"o titular é {value}")[n % 3])

    def cnpj(self, n: int) -> Planted:
        """A CNPJ with right check digits; every third one is of the alphanumeric form."""
        base = (
            self._some(string.ascii_uppercase + string.digits, 8) if n % 3 == 2 else self._digits(8)
        ) + "0001"
        for _again in range(2):
            weights = [(i % 8) + 2 for i in range(len(base))][::-1]
            rest = sum((ord(c) - 48) * w for c, w in zip(base, weights, strict=True)) % 11
            base += str(0 if rest < 2 else 11 - rest)
        shown = f"{base[:2]}.{base[2:5]}.{base[5:8]}/{base[8:12]}-{base[12:]}"
        return Planted("cnpj", shown, (f"da empresa {shown}", f"CNPJ {shown}")[n % 2])

    def card(self, n: int) -> Planted:
        """A card number with Luhn's digit, in groups or not."""
        digits = ("4539", "5424", "4916", "5188")[n % 4] + self._digits(11)
        total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(digits))
        digits += str(-total % 10)
        value = " ".join(digits[i : i + 4] for i in range(0, 16, 4)) if n % 2 else digits
        return Planted("card", value, (f"cartão {value}", f"pago com {value}")[n % 2], blocked=True)

    def phone(self, n: int) -> Planted:
        """A Brazilian mobile or land line."""
        area = self._random.choice(("11", "21", "31", "41", "51", "61", "71", "81"))
        mobile = f"9{self._random.choice('6789')}{self._digits(3)}-{self._digits(4)}"
        land = f"3{self._digits(3)}-{self._digits(4)}"
        value = (
            f"({area}) {mobile}",
            f"+55 {area} {mobile}",
            f"({area}) {land}",
            f"+55{area}{mobile.replace('-', '')}",
        )[n % 4]
        return Planted("phone", value, (f"ligar para {value}", f"telefone {value}")[n % 2])

    def email(self, n: int) -> Planted:
        """An e-mail address of a person."""
        who = f"{self._some(string.ascii_lowercase, 7)}.{self._some(string.ascii_lowercase, 8)}"
        value = f"{who}@{('cliente.com.br', 'empresa-a.com', 'gmail.com', 'corp.io')[n % 4]}"
        return Planted("email", value, f"falar com {value}")

    def person(self, n: int) -> Planted:
        """A name of somebody who commits here: `test_leaks` makes each an author."""
        return Planted(
            "person", f"{FIRST[n % 8]} {LAST[(n + n // 8 * 3) % 8]} {LAST[(n * 5 + 2 + n // 8) % 8]}", ""
        )

    def host(self, n: int) -> Planted:
        """An internal host, URL or address."""
        name = self._some(string.ascii_lowercase, 8)
        parts = [str(self._random.randrange(2, 255)) for _ in range(3)]
        value = (
            f"{name}.vendas.internal",
            f"https://{name}.corp/painel",
            f"10.{'.'.join(parts)}",
            f"{name}.intra.lan",
            f"192.168.{'.'.join(parts[:2])}",
            f"{name}.local",
        )[n % 6]
        return Planted("host", value, f"no servidor {value}")

    def client(self, n: int) -> Planted:
        """A client's name, which the company's list of confidential terms holds."""
        value = f"{CLIENT[n % 8]} {LAST[(n + n // 8) % 8]}"
        return Planted("client", value, (f"para a {value}", f"o contrato da {value}")[n % 2])

    def _some(self, of: str, count: int) -> str:
        return "".join(self._random.choice(of) for _ in range(count))

    def _digits(self, count: int) -> str:
        return self._some(string.digits, count)


def forms(value: str) -> Iterator[bytes]:
    """How a value may look in bytes: plain, escaped for JSON, URLs and HTML, in base64, digits alone."""
    normal = unicodedata.normalize("NFC", value)
    for text in dict.fromkeys((normal, unicodedata.normalize("NFD", value), normal.lower())):
        raw = text.encode()
        yield raw
        yield json.dumps(text)[1:-1].encode()
        yield json.dumps(json.dumps(text)[1:-1])[1:-1].encode()
        for escaped in (quote(text, safe=""), quote(text), quote_plus(text)):
            yield escaped.encode()
            yield escaped.lower().encode()
        yield html.escape(text).encode()
        yield raw.hex().encode()
        yield text.encode("utf-16-le")
        for shift in range(3):  # base64 of a longer text that holds the value at any place
            encoded = base64.b64encode(b"\0" * shift + raw)
            start, end = (0, 2, 3)[shift], len(encoded) - 4
            if end - start >= 8:
                yield encoded[start:end]
                yield encoded[start:end].translate(bytes.maketrans(b"+/", b"-_"))
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 10 and not re.search(r"[A-Za-z]", value):
        yield digits.encode()


def leaked(planted: Iterable[Planted], sink: str, data: bytes) -> list[str]:
    """What of it stands in the data, in whatever form: `sink: kind: value (form)`."""
    found = []
    for one in planted:
        hit = next((form for form in dict.fromkeys(forms(one.value)) if form in data), None)
        if hit is not None:
            at = data.index(hit)
            found.append(
                f"{sink}: {one.kind}: {one.value!r} in {data[max(0, at - 60) : at + len(hit) + 20]!r}"
            )
    return found

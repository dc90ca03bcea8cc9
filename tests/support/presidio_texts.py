"""Made-up texts for parity with Presidio: values of every entity beside words that may name them.

Seeded, so that a failure comes again. Values have right and wrong check digits, odd separators and
neighbours, other scripts and lone signs: what patterns, gates and tokenizers trip over.
"""

import json
import random
from collections.abc import Iterator

_SOME_WORDS = """
the a card credit visa my account acct# bank save saving debit check driver's license lic# permit
individual taxpayer itin testing passport passport# us US United States social security SSN ssid
nhs national health service wallet btc bitcoin birthday date updated email e-mail iban transaction
ip ipv4 shipping medical certificate DEA mac machine address uuid guid phone number: telephone
cell call called mobile url website link is was and of to for order total version Jordan don't
cannot i.e. a:1 the:x key:value :) ;-) N/A u.s. www x ext. fax (tel) «nom» имя 電話 größe 'quoted'
"""
_WORDS = _SOME_WORDS.split()
_DOMAINS = [
    "example.com",
    "foo.co.uk",
    "mail.example.org",
    "x.invalid",
    "пример.рф",
    "a-b.io",
    "b.c",
]
_MONTHS = ["JAN", "feb", "Mar", "APR", "may", "DEC"]
_JOINTS = [
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\t",
    ", ",
    ": ",
    ":",
    "=",
    "-",
    "/",
    ".",
    "",
    "(",
    ")",
    "\u00a0",
    "@",
    "\r\n",
    "#",
    "'",
    '"',
    "_",
    "ſ",
    "é",
    "٣",
    "\x1f",
    "–",
    "€",
    "%",
    "…",
    "\u200b",
    "K",
]


class Texts:
    """Values and texts, from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._makers = [
            getattr(self, name) for name in sorted(dir(self)) if name.startswith("value_")
        ]

    def __iter__(self) -> Iterator[str]:
        while True:
            yield self.text()

    def text(self) -> str:
        kind = self._random.random()
        if kind < 0.1:
            return self.value()
        if kind < 0.2:
            return self._document()
        pieces = [
            self.value() if self._random.random() < 0.35 else self._pick(_WORDS)
            for _ in range(self._random.randint(1, 14))
        ]
        clean = self._random.random() < 0.6
        return "".join(piece + (" " if clean else self._pick(_JOINTS)) for piece in pieces)

    def _document(self) -> str:
        members = {self._pick(_WORDS): self.value() for _ in range(self._random.randint(1, 6))}
        return json.dumps(
            members, ensure_ascii=self._random.random() < 0.5, indent=self._pick([None, 1])
        )

    def value(self) -> str:
        """One value, now and then with a character changed."""
        value: str = self._pick(self._makers)()
        if value and self._random.random() < 0.12:
            at = self._random.randrange(len(value))
            value = value[:at] + self._pick(_JOINTS) + value[at + self._random.randint(0, 1) :]
        return value

    def _pick(self, options):
        return self._random.choice(options)

    def _digits(self, least: int, most: int | None = None) -> str:
        count = self._random.randint(least, most or least)
        return "".join(self._random.choices("0123456789", k=count))

    def _letters(self, count: int) -> str:
        return "".join(self._random.choices("ABCDEFGHXYZabcxyz", k=count))

    def _hex(self, count: int) -> str:
        return "".join(self._random.choices("0123456789abcdefABCDEF", k=count))

    # -- values

    def value_digits(self) -> str:
        return self._digits(3, 20)

    def value_letters_and_digits(self) -> str:
        parts = [self._letters(self._random.randint(0, 3)), self._digits(2, 14)]
        return "".join([*parts, self._letters(self._random.randint(0, 2))])

    def value_card(self) -> str:
        start = self._pick(["4", "51", "55", "37", "6011", "1", "30", "35"])
        digits = start + self._digits(
            self._pick([12, 14, 15]) - len(start) if len(start) < 12 else 1
        )
        doubled = [int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits))]
        digits += str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)
        joint = self._pick(["", "", "-", " "])
        return joint.join(digits[n : n + 4] for n in range(0, len(digits), 4))

    def value_ssn(self) -> str:
        joint = self._pick(["-", " ", ".", ""])
        return joint.join([self._digits(3), self._digits(2), self._digits(4)])

    def value_ssn_odd(self) -> str:
        return self._pick(
            [f"{self._digits(5)}-{self._digits(4)}", f"{self._digits(3)}-{self._digits(6)}"]
        )

    def value_itin(self) -> str:
        joint = self._pick(["-", " ", ""])
        middle = self._pick(["50", "65", "70", "88", "90", "93"])
        return f"9{self._digits(2)}{joint}{middle}{joint}{self._digits(4)}"

    def value_nhs(self) -> str:
        nine = self._digits(9)
        check = 11 - sum(int(d) * (10 - n) for n, d in enumerate(nine)) % 11
        joint = self._pick(["", " ", "-"])
        return f"{nine[:3]}{joint}{nine[3:6]}{joint}{nine[6:]}{check % 11 % 10}"

    def value_date(self) -> str:
        joint = self._pick("-/.")
        year, month, day = (
            self._pick(["1984", "26", "2031"]),
            self._pick(["1", "07", "12", "13"]),
            self._digits(1, 2),
        )
        parts = self._pick(
            [[year, month, day], [day, month, year], [month, day, year], [month, year]]
        )
        return joint.join(parts)

    def value_date_named(self) -> str:
        return "-".join(
            [self._digits(1, 2), self._pick(_MONTHS), self._pick(["99", "2001"])][
                self._pick([0, 1]) :
            ]
        )

    def value_moment(self) -> str:
        fraction, zone = (
            self._pick(["", ".5", ".123456"]),
            self._pick(["Z", "+02:00", "", "-11:30"]),
        )
        day = f"20{self._digits(2)}-0{self._digits(1)}-1{self._digits(1)}"
        return f"{day}T1{self._digits(1)}:30:5{self._digits(1)}{fraction}{zone}"

    def value_email(self) -> str:
        local = self._pick(
            ["bob", "o'brien", "a.b+c", "x", "j_d", "мария", "a/b", "=user", "a..b", "q#1", "{x}"]
        )
        return f"{local}@{self._pick(_DOMAINS)}"

    def value_url(self) -> str:
        scheme = self._pick(["https://", "http://", "", "ftp://", "'https://", '"www2.'])
        end = self._pick(["", "/path?q=1#f", ":8080/x", "'", '"', "/a/b.html"])
        return f"{scheme}{self._pick(['www.', '', 'API.'])}{self._pick(_DOMAINS)}{end}"

    def value_iban(self) -> str:
        return self._pick(
            [
                "DE89370400440532013000",
                "DE89 3704 0044 0532 0130 00",
                "GB29-NWBK-6016-1331-9268-19",
                "gb29NWBK60161331926819",
                "FR1420041010050500013M02606",
                "DE89370400440532013001",
                "NO9386011117947 2 days",
                "IL620108000000099999999",
            ]
        )

    def value_ip(self) -> str:
        host = ".".join(self._digits(1, 3) for _ in range(4))
        return host + self._pick(["", "", "/24", ":80", ".1"])

    def value_ip6(self) -> str:
        groups = [self._hex(self._random.randint(1, 4)) for _ in range(self._random.randint(1, 8))]
        text = ":".join(groups)
        return self._pick(
            [text, f"::{text}", f"{text}::", "::", "::ffff:10.0.0.1", f"fe80::{text}%eth0/64"]
        )

    def value_mac(self) -> str:
        joint = self._pick([":", "-", "."])
        size, count = (4, 3) if joint == "." else (2, 6)
        return joint.join(self._hex(size) for _ in range(count))

    def value_uuid(self) -> str:
        return "-".join(self._hex(n) for n in (8, 4, 4, 4, 12))

    def value_licence(self) -> str:
        six = self._digits(6)
        check = (sum(map(int, six[::2])) + 2 * sum(map(int, six[1::2]))) % 10
        return f"{self._pick(['A', 'B', 'f', 'M'])}{self._pick(['x', 'J', '9'])}{six}{check}"

    def value_crypto(self) -> str:
        return self._pick(
            [
                "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
                "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
                "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
                "1BoatSLRHtKNngkdXEeobR76b53LETtpyU",
                "BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ",
            ]
        )

    def value_phone(self) -> str:
        start = self._pick(
            [
                "+49 30 ",
                "(212) 555-",
                "+1-650-253-",
                "020 7946 ",
                "+33 1 ",
                "06 12 ",
                "0172/",
                "00 44 20 ",
                "+91 98",
                "011 49 30",
                "1-800-",
                "+972-3-",
                "(11) 9",
                "0 41 11 ",
                "＋44 ",
            ]
        )
        end = self._pick(
            [
                self._digits(4),
                self._digits(7, 8),
                f"{self._digits(2)} {self._digits(2)} {self._digits(2)}",
            ]
        )
        return start + end + self._pick(["", "", "", " x12", " ext. 4", ";ext=7", "/ 68", ","])

    def value_phone_plain(self) -> str:
        return self._pick(["0", "1", "", "44", "+", "49", "(", "0090"]) + self._digits(5, 12)

    def value_nothing(self) -> str:
        return self._pick(
            [
                "",
                " ",
                "v1.2.3",
                "12:30",
                "10.000,00",
                "50%",
                "3/10/2011",
                "2012-01-02 08:00",
                "a@b",
                "@x",
                "A-Z]]12345",
            ]
        )

"""What every recogniser must do, and what each family must and must not find.

GOOD and BAD are tables of whole texts: the value stands in [[ ]] where it is not the whole text.
A key path can be given before a tab: `user.phone\t030 23125773`.
"""

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.decode import Leaf
from detectors.scan import Hit, recognisers
from detectors.scan.base import Recogniser
from detectors.scan.family import Family
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.patterns import emails
from detectors.taxonomy import default_taxonomy

ROOT = recognisers(KeyNames(default_lexicon()))


def _flat(family: Family) -> Iterator[Recogniser]:
    yield family
    for member in family.members:
        if isinstance(member, Family):
            yield from _flat(member)
        else:
            yield member


MEMBERS = list(_flat(ROOT))

GOOD = {
    "EMAIL_ADDRESS": [
        "jane@example.com",
        "write to [[jane.doe+x@mail.example.co.uk]], please",
        "email='[[jane@example.com]]'",
        "q=[[o'brien@example.org]]",
        "мария@пример.рф",
        "jane@xn--e1afmkfd.xn--p1ai",
        "mailto:[[jane@example.com]]?subject=x",
        "<[[jane@example.com]]>",
        "see [[jane@example.com]].",
        "customers/[[jane@example.com]]/orders",
    ],
    "IP_ADDRESS": [
        "203.0.113.9",
        "2001:db8:c6b:4261::39ff",
        "from [[198.51.100.3]] at noon",
        "::ffff:203.0.113.9",
    ],
    "MAC_ADDRESS": ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e"],
    "CREDIT_CARD": [
        "4111 1111 1111 1111",
        "payment.number\t4111111111111111",
        "card [[5105-1051-0510-5100]] on file",
        "card.number\t2271741601197178",
        "3782 822463 10005",
    ],
    "IBAN_CODE": ["DE89370400440532013000", "to [[GB29 NWBK 6016 1331 9268 19]]"],
    "CRYPTO": ["1BoatSLRHtKNngkdXEeobR76b53LETtpyT"],
    "PHONE_NUMBER": [
        "+34 605 451 390",
        "call [[+49 30 23125041]] now",
        "user.phone\thome: [[02079460447]]",
        "ring [[030 23125773]] in the evening",
    ],
    "US_SSN": ["521-05-3403"],
    "UK_NINO": ["AB123456C", "AB 12 34 56 C"],
    "UK_NHS": ["nhs_number\t9434765919", "NHS number [[943 476 5919]]"],
    "ES_NIF": ["12345678Z"],
    "ES_NIE": ["X1234567L"],
    "IT_FISCAL_CODE": ["RSSMRA85T10A562S"],
    "PL_PESEL": ["pesel\t44051401359"],
    "FI_PERSONAL_IDENTITY_CODE": ["131052-308T"],
    "IN_PAN": ["ABCPE1234F"],
    "US_MBI": ["1EG4-TE5-MK73"],
    "SG_NRIC_FIN": ["S1234567D"],
    "IN_AADHAAR": ["aadhaar\t2345 6789 0124", "Aadhaar: [[234123412346]]"],
    "US_ITIN": ["912-90-3456", "itin\t912903456"],
    "DE_TAX_ID": ["steuerId\t36 574 261 809", "Meine Steuer-ID: [[36574261809]]"],
    "DE_SOCIAL_SECURITY": ["15070649C103"],
    "SE_PERSONNUMMER": ["personnummer\t880320-0016", "19880320-0016"],
    "AU_TFN": ["tfn\t123456782", "tax file number [[123 456 782]]"],
    "AU_MEDICARE": ["medicare\t2123 45670 1"],
    "CA_SIN": ["sin\t123456782", "SIN [[123-456-782]]"],
    "KR_RRN": ["971013-1019902"],
    "TH_TNIN": ["1-2345-45678-78-1"],
    "TR_NATIONAL_ID": ["TC Kimlik No: [[17291716060]]"],
    "ZA_ID_NUMBER": ["idNumber\t7503305044089"],
    "NATIONAL_ID": [
        "295109912611193",
        "2 95 10 99 126 111 93",
        "nir\t253072B07300470",
        "nif\t501964843",
        "00000000 0 ZZ4",
        "bsn\t111222333",
        "BSN: [[1112.22.333]]",
        "85.07.30-033.28",
        "rijksregisternummer\t85073003328",
        "fnr\t15108695088",
        "151086 95088",
        "cpr\t211062-5629",
        "390.533.447-05",
        "meu CPF é [[39053344705]]",
        "my_number\t621498320257",
        "マイナンバーは[[621498320257]]",
        "756.9217.0769.85",
        "svnr\t1237 010180",
        "76.086.428-5",
        "BOXW310820HNERXN09",
        "cnp\t1630615123457",
        "oib\t33392005961",
        "360426199101010071",
    ],
    "PASSPORT": [
        "Passport_No__c\tC93XG579C",
        "my passport is [[C01X00T47]]",
        "Reisepass Nr. [[CH12J7228]]",
        "passport no [[455669037]]",
    ],
    "SECRET": ["client_secret\tq8Zr7LxW2mN4vB6kT9pS1dF3"],
}

BAD = {
    "EMAIL_ADDRESS": [
        "a@co.uk",
        "icon@2x.png",
        "jane@@example.com",
        "jane@localhost",
        "a@b",
        "https://key@sentry.example.com/1",
        "@handle",
    ],
    "IP_ADDRESS": [
        "127.0.0.1",
        "0.0.0.0",
        "Mozilla/5.0 Chrome/120.0.0.0",
        "version\t1.2.3.4",
        "v1.2.3.4",
        "300.1.2.3",
        "std::string",
    ],
    "MAC_ADDRESS": ["ff:ff:ff:ff:ff:ff", "12:34:56"],
    "CREDIT_CARD": [
        "1795529235206",
        "trace_id\t4111111111111111",
        "+4111111111111111",  # a phone number that passes Luhn
        "tell +4111111111111111 about it",
        "customer.phone\t4111111111111111",
        "start\t4111111111111111",
        "4111111111111112",
        "9111111111111111",
    ],
    "IBAN_CODE": ["DE89370400440532013001", "AB12CDEF3456"],
    "CRYPTO": ["1BoatSLRHtKNngkdXEeobR76b53LETtpyU"],
    "PHONE_NUMBER": [
        "timestamp\t1795529235",
        "1795529235206",
        "order_id\t030 23125773",
        "2026-03-01T12:30:11.482Z",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "4006381333931",
        "10.000.000",
    ],
    "US_SSN": ["000-12-3456", "521053403"],
    "UK_NHS": ["9434765919", "order\t9434765919"],
    "ES_NIF": ["12345678z", "12345678A"],
    "PL_PESEL": ["44051401359"],
    "IN_AADHAAR": ["234567890124"],
    "US_ITIN": ["912-10-3456"],
    "DE_TAX_ID": ["36574261809", "steuerId\t36574261890"],
    "DE_SOCIAL_SECURITY": ["15070649C104"],
    "SE_PERSONNUMMER": ["880320-0016", "personnummer\t880320-0018"],
    "AU_TFN": ["123456782", "tfn\t123456783"],
    "AU_MEDICARE": ["2123456701", "medicare\t2123456711"],
    "CA_SIN": ["123456782", "sin\t123456783"],
    "TH_TNIN": ["1-2345-45678-78-2"],
    "TR_NATIONAL_ID": ["17291716060", "tckn\t17291716050"],
    "IN_PAN": ["ACUZA7085R", "acupa7085r"],
    "IT_FISCAL_CODE": ["RSSMRA85T10A562T"],
    "FI_PERSONAL_IDENTITY_CODE": ["131052-308U"],
    "NATIONAL_ID": [
        "295109912611194",
        "501964843",
        "bsn\t111252333",
        "15108695088",
        "85.07.30-033.29",
        "211062-5629",
        "390.533.447-06",
        "621498320257",
        "my_number\t621498320258",
        "76.086.428-6",
        "360426199101010072",
    ],
    "PASSPORT": ["455669037", "passport expires 20301231", "C01X00T47", "passport: pending12"],
    "SECRET": ["client_secret\tthe-very-secret-name", "session\tq8Zr7LxW2mN4vB6kT9pS1dF3"],
}


def leaf(row: str) -> Leaf:
    path, tab, text = row.rpartition("\t")
    keys = tuple(path.split(".")) if tab else ()
    return Leaf(f"body>json:$.{path}", keys, text.replace("[[", "").replace("]]", ""))


def rows(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(entity, text) for entity, texts in table.items() for text in texts]


def found(row: str) -> list[Hit]:
    one = leaf(row)
    return [h for h in ROOT.find(one) if h.score >= 0.4] if ROOT.may_match(one.text) else []


@pytest.mark.parametrize(("entity", "row"), rows(GOOD))
def test_finds(entity: str, row: str) -> None:
    marked = re.search(r"\[\[(.*)\]\]", row)
    value = marked[1] if marked else row.rpartition("\t")[2]
    assert value in [hit.value for hit in found(row) if hit.entity == entity]


@pytest.mark.parametrize(("entity", "row"), rows(BAD))
def test_does_not_find(entity: str, row: str) -> None:
    assert entity not in [hit.entity for hit in found(row)]


def test_the_public_suffix_list_is_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object, **__: object) -> str:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("tldextract.cache.DiskCache.cached_fetch_url", fetch)
    emails.public_suffixes.cache_clear()
    assert [hit.value for hit in found("jane@fresh-domain.co.uk")] == ["jane@fresh-domain.co.uk"]


def test_every_entity_is_in_the_taxonomy() -> None:
    assert ROOT.entities <= default_taxonomy().entities.keys()


TEXTS = [leaf(row).text for _, row in (*rows(GOOD), *rows(BAD))]
pieces = st.sampled_from(TEXTS) | st.text(max_size=12)
separators = st.sampled_from(["", " ", "\n", ", ", "-", "1", "a", "٣", "²", "ſ", "="])
spliced = st.lists(st.tuples(pieces, separators), max_size=4).map(
    lambda parts: "".join(piece + separator for piece, separator in parts)
)
shuffled = st.sampled_from(TEXTS).flatmap(
    lambda text: st.lists(
        st.sampled_from([*text, "0", "a", "Z", "-", " ", "٣"]), max_size=len(text) + 4
    ).map("".join)
)
digits = st.from_regex(r"[\d٣][\d -]{5,20}[\da-zA-Zſ]", fullmatch=True)
texts = st.one_of(st.text(), spliced, shuffled, digits)
contract = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
class TestEveryRecogniser:
    @contract
    @given(text=texts)
    def test_hits_are_within_bounds_and_show_no_value(self, member: Recogniser, text: str) -> None:
        one = Leaf("body>json:$.passport", ("passport", "medicare", "tin"), text)
        for hit in member.find(one):
            assert 0 <= hit.start < hit.end <= len(text)
            assert 0.0 < hit.score <= 1.0
            assert hit.entity in member.entities
            assert hit.value not in repr(hit) or len(hit.value) < 4
            assert hit.value not in hit.evidence

    @contract
    @given(text=texts)
    def test_may_match_is_false_only_where_nothing_is_found(
        self, member: Recogniser, text: str
    ) -> None:
        if not member.may_match(text):
            one = Leaf("body>text", ("passport", "nhs", "pesel"), text)
            inner = member.members if isinstance(member, Family) else [member]
            assert not [hit for each in inner for hit in each.find(one)]

    @contract
    @given(text=texts, other=texts)
    def test_what_may_match_in_a_line_may_match_in_the_text(
        self, member: Recogniser, text: str, other: str
    ) -> None:
        if member.may_match(text):
            assert member.may_match(f"{text}\n{other}")
            assert member.may_match(f"{other}\n{text}")


def test_every_cue_for_a_passport_has_one_of_the_stems_looked_for() -> None:
    from detectors.scan.patterns.data import default_patterns
    from detectors.scan.patterns.national_ids import PASSPORT_STEMS

    for cue in default_patterns().cues["PASSPORT"]:
        assert any(stem in cue for stem in PASSPORT_STEMS), cue

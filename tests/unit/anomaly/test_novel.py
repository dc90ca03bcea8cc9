"""First seen: regions and principals beside what has always been looked at."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from detectors.anomaly import Baseline
from detectors.anomaly.persist import dump_changes, restore
from detectors.records import Feedback, Finding, PartialSum
from detectors.records.sums import ANY_CATEGORY
from tests.support.moments import at
from tests.unit.anomaly.test_baseline import baseline, part, run

CLERK, STRANGER = "user:00000000000000aa", "user:00000000000000bb"


def sent(window: datetime, service: str = "crm", **origin: tuple[str, ...]) -> PartialSum:
    whole = part(window, 5, category=ANY_CATEGORY, service=service)
    return msgspec.structs.replace(whole, **origin)


def known(days: int = 5, **origin: tuple[str, ...]) -> Iterator[PartialSum]:
    for day in range(days):
        yield sent(at(9, day=day), **origin)


def news(stage: Baseline, *sums: PartialSum) -> list[Finding]:
    found = run(stage, list(sums), max(one.window for one in sums) + timedelta(minutes=1))
    return [one for one in found if one.rule.startswith("new-")]


def test_a_region_never_seen_is_told_once() -> None:
    stage = baseline()
    assert not news(stage, *known(regions=("eu-central-1",)))
    there = sent(at(9, day=6), regions=("eu-central-1", "us-east-1"))
    again = sent(at(10, day=6), regions=("us-east-1",))

    [finding] = news(stage, there, again)

    assert finding.rule == "new-region"
    assert finding.message == (
        "the region us-east-1 to Hubspot from crm: never seen there before, in traffic watched "
        "since 2026-03-02 (1 other region known)"
    )
    assert finding.evidence.seen == ("us-east-1",)
    assert finding.evidence.query == (
        'subprocessor:"hubspot" AND service:"crm" AND region:"us-east-1"'
    )


def test_a_user_and_a_role_never_seen_are_told_by_pseudonym_and_name() -> None:
    stage = baseline()
    news(stage, *known(principals=("role:batch", CLERK)))

    found = news(stage, sent(at(9, day=6), principals=('role:the "admin"', STRANGER)))

    assert [one.rule for one in found] == ["new-principal"] * 2
    assert [one.evidence.seen for one in found] == [('the "admin"',), ("00000000000000bb",)]
    assert found[0].evidence.query.endswith(r'AND role:"the \"admin\""')
    assert found[1].evidence.query.endswith('AND user.hash:"00000000000000bb"')


def test_the_first_region_ever_is_where_learning_begins() -> None:
    """An upgrade, or a feed that begins to name regions, is no news of any vendor."""
    stage = baseline()
    news(stage, *known(days=20))
    assert not news(stage, sent(at(9, day=20), regions=("eu-central-1",)))
    assert not news(stage, sent(at(9, day=22), regions=("us-east-1",)))
    assert news(stage, sent(at(9, day=24), regions=("ap-south-1",)))


def test_a_new_service_brings_its_own_region_and_principal() -> None:
    stage = baseline()
    news(stage, *known(regions=("eu-central-1",), principals=(CLERK,)))
    new = sent(at(9, day=6), service="shop", regions=("us-east-1",), principals=(STRANGER,))
    assert [one.rule for one in news(stage, new)] == ["new-service"]


def test_a_new_category_brings_its_own_fields() -> None:
    """One incident is told once; a field that comes long after its category is another."""
    stage = baseline()
    card = "user.financial.card"
    news(stage, *(part(at(9, day=day), 5) for day in range(9)))

    first = news(stage, *(part(at(9, minute, day=9), 5, category=card) for minute in range(5)))
    later = [part(at(9, minute, day=18), 5, category=card) for minute in range(5)]
    other = [msgspec.structs.replace(one, fields=("body>json:$.note",)) for one in later]

    assert [one.rule for one in first] == ["new-category"]
    assert [one.rule for one in news(stage, *other)] == ["new-field"]


def test_where_users_keep_changing_the_next_is_no_news() -> None:
    stage = baseline()
    news(stage, *known(principals=(CLERK,)))
    told = [
        news(stage, sent(at(9, n, day=6), principals=(f"user:{n:016x}",))) for n in range(1, 30)
    ]
    assert 1 <= sum(map(len, told)) <= 4


def test_a_false_positive_on_a_principal_keeps_the_next_ones_quiet() -> None:
    stage = baseline()
    news(stage, *known(principals=(CLERK,)))
    for _ in range(2):
        stage.answer(
            Feedback(
                at=at(9, day=5),
                alert="a",
                verdict="false-positive",
                subprocessor="hubspot",
                rule="new-principal",
                since=at(8, day=5),
                until=at(9, day=5),
            )
        )
    assert not news(stage, sent(at(10, day=5), principals=(STRANGER,)))


def test_what_was_stored_before_there_were_regions_is_read_and_learns_them() -> None:
    stage = baseline()
    news(stage, *known())
    pairs = [(name, value) for name, value in dump_changes(stage) if value is not None]
    old = [(name, _without_since(value) if "known" in name else value) for name, value in pairs]
    restored = baseline()
    restore(restored, old)
    assert not news(restored, sent(at(9, day=6), regions=("eu-central-1",)))
    assert news(restored, sent(at(9, day=10), regions=("us-east-1",)))


def _without_since(value: bytes) -> bytes:
    known = msgspec.msgpack.decode(value)
    known["kinds"] = {kind: fields[:4] for kind, fields in known["kinds"].items()}
    return msgspec.msgpack.encode(known)


PHONE = "user.contact.phone_number"


def two_services() -> Baseline:
    """The shop has always sent e-mail addresses, the other service telephone numbers."""
    stage = baseline()
    for day in range(9):
        shop = [part(at(9, n, day=day), 5, service="shop") for n in range(2)]
        assert not news(stage, *shop, sent(at(9, day=day), service="shop"), sent(at(9, day=day)))
        assert not news(stage, *(part(at(9, n, day=day), 5, category=PHONE) for n in (3, 4)))
    return stage


def of_shop(day: int, minutes: int, category: str = PHONE) -> list[PartialSum]:
    return [part(at(10, n, day=day), 5, category=category, service="shop") for n in range(minutes)]


def test_what_others_send_is_news_of_a_service_that_never_did() -> None:
    stage = two_services()
    [finding] = news(stage, *of_shop(9, 5))
    assert (finding.rule, finding.service, finding.category) == ("new-category", "shop", PHONE)
    assert "never sent by this service before" in finding.message
    assert not news(stage, *of_shop(10, 5))


def test_what_a_service_sends_once_is_no_news() -> None:
    assert not news(two_services(), *of_shop(9, 1))


def test_a_weekly_job_that_begins_is_news() -> None:
    """Of few values on its second run; of many at once."""
    stage = two_services()
    assert not news(stage, *of_shop(9, 1))
    assert [one.rule for one in news(stage, *of_shop(16, 1))] == ["new-category"]
    many = part(at(10, day=9), 5_000, category=PHONE, service="shop")
    assert [one.rule for one in news(two_services(), many)] == ["new-category"]


def test_many_services_do_not_make_what_one_begins_to_send_old_news() -> None:
    stage = baseline()
    names = [f"service {number}" for number in range(150)]
    for day in range(9):
        sums = [part(at(9, day=day), 5, service=name) for name in names]
        mine = [part(at(9, day=day), 5, service="crm", category=PHONE)]
        assert not news(
            stage, *(sent(at(9, day=day), service=name) for name in names), *sums, *mine
        )
    new = [part(at(9, n, day=9), 5, service="service 7", category=PHONE) for n in range(5)]
    assert [one.service for one in news(stage, *new) if one.rule == "new-category"] == ["service 7"]


def test_what_nobody_has_sent_is_told_once() -> None:
    assert len(news(two_services(), *of_shop(9, 5, "user.financial.card"))) == 1


def test_a_new_service_brings_its_categories() -> None:
    stage = two_services()
    new = [
        sent(at(10, day=9), service="my app"),
        part(at(10, day=9), 5, service="my app", category=PHONE),
    ]
    later = [part(at(11, n, day=10), 5, service="my app") for n in range(3)]
    assert [one.rule for one in news(stage, *new, *later)] == ["new-service"]

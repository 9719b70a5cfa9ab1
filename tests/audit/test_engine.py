from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.audit.baseline import BaselineEntry, make_baseline, update_baseline
from tenfold.audit.engine import audit, exit_code
from tenfold.audit.result import Outcome
from tenfold.config import Config, PathOverride
from tenfold.errors import TenfoldError
from tenfold.practice import (
    CannotTell,
    Confidence,
    Context,
    Evidence,
    Impact,
    NotApplicable,
)
from tenfold.project.contexts import Contexts
from tenfold.project.dependencies import Dependencies
from tenfold.project.model import Known, Location, Problem, Unknown
from tenfold.project.settings import Possible, Settings
from tenfold.project.source import Source
from tenfold.project.urls import Urls
from tests.builders import (
    SUSPECTED_MEDIUM,
    make_entry,
    make_finding,
    make_module,
    make_practice,
    make_project,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.audit.result import Report
    from tenfold.practices.catalogue import Entry

VIEWS = "import os\n\n\ndef detail(request):\n    user.save()\n    user.save()\n"


def run(root: Path, *entries: Entry, config: Config | None = None, **facts: object) -> Report:
    return audit(make_project(root, {"shop/views.py": VIEWS}, **facts), entries, config=config)


def outcome(report: Report) -> Outcome:
    return report.verdicts[0].outcome


def test_no_judgement_means_held(tmp_path: Path) -> None:
    report = run(tmp_path, make_entry(make_practice()))
    assert outcome(report) is Outcome.HELD
    assert report.score.overall == 100


def test_a_finding_of_high_confidence_breaks_the_practice(tmp_path: Path) -> None:
    practice = make_practice()
    report = run(tmp_path, make_entry(practice, make_finding(practice, line=5)))
    assert outcome(report) is Outcome.BROKEN
    assert report.score.overall == 0


def test_a_finding_that_does_not_count_is_a_suspicion(tmp_path: Path) -> None:
    practice = make_practice()
    report = run(tmp_path, make_entry(practice, make_finding(practice, **SUSPECTED_MEDIUM)))
    assert outcome(report) is Outcome.SUSPECTED
    assert report.score.overall is None
    assert exit_code(report) == 0


def test_what_cannot_be_told_is_unknown_with_its_reason_and_place(tmp_path: Path) -> None:
    entry = make_entry(make_practice(), CannotTell("read from the vault", Location("shop/settings.py", 4)))
    report = run(tmp_path, entry)
    assert outcome(report) is Outcome.UNKNOWN
    assert report.verdicts[0].reasons == ("read from the vault (shop/settings.py:4)",)
    assert report.score.overall == 0


def test_a_practice_may_say_that_it_does_not_apply(tmp_path: Path) -> None:
    report = run(tmp_path, make_entry(make_practice(), NotApplicable("no Celery")))
    assert outcome(report) is Outcome.NOT_APPLICABLE
    assert report.verdicts[0].reasons == ("no Celery",)


@pytest.mark.parametrize(
    ("need", "facts"),
    [
        ("settings", {"settings": Settings(module=Unknown("no wsgi.py names it"))}),
        ("urls", {"urls": Urls(root=Unknown("no wsgi.py names it"))}),
        ("probed", {"probed": Unknown("no wsgi.py names it")}),
        ("lint", {"lint": Unknown("no wsgi.py names it")}),
        ("python", {"dependencies": Dependencies(python=Unknown("no wsgi.py names it"))}),
    ],
)
def test_a_needed_fact_that_is_unknown_makes_the_practice_unknown(
    tmp_path: Path, need: str, facts: dict[str, object]
) -> None:
    practice = make_practice(needs=(need,))
    report = run(tmp_path, make_entry(practice, make_finding(practice)), **facts)
    assert outcome(report) is Outcome.UNKNOWN
    assert report.verdicts[0].reasons == ("no wsgi.py names it",)
    assert report.verdicts[0].findings == ()


def test_a_check_that_raises_costs_no_other_verdict_and_exits_with_3(tmp_path: Path) -> None:
    def fail(project: object) -> None:
        raise KeyError("boom")

    fine = make_practice("http/named-urls")
    report = run(
        tmp_path, make_entry(make_practice(), check=fail), make_entry(fine, make_finding(fine, line=5))
    )
    assert [v.outcome for v in report.verdicts] == [Outcome.ERROR, Outcome.BROKEN]
    assert "KeyError: 'boom'" in report.verdicts[0].reasons[0]
    assert "in fail" in report.verdicts[0].reasons[1]
    assert exit_code(report) == 3


def test_a_need_that_no_reader_gives_is_an_error_of_that_practice(tmp_path: Path) -> None:
    report = run(tmp_path, make_entry(make_practice(needs=("telepathy",))))
    assert outcome(report) is Outcome.ERROR


def test_findings_are_worst_first(tmp_path: Path) -> None:
    practice = make_practice()
    mild = make_finding(practice, line=1, impact=Impact.LOW)
    unsure = make_finding(practice, line=2, impact=Impact.CRITICAL, **SUSPECTED_MEDIUM)
    severe = make_finding(practice, line=3, impact=Impact.CRITICAL)
    report = run(tmp_path, make_entry(practice, mild, unsure, severe))
    assert [r.finding.where.line for r in report.verdicts[0].findings] == [3, 1, 2]


def test_equal_findings_are_reported_once_with_the_best_evidence(tmp_path: Path) -> None:
    practice = make_practice()
    report = run(
        tmp_path,
        make_entry(practice, make_finding(practice), make_finding(practice, evidence=Evidence.PROVEN)),
    )
    (only,) = report.verdicts[0].findings
    assert only.finding.evidence is Evidence.PROVEN


def contexts_of(**reached: str) -> Contexts:
    return Contexts(reached={f"shop.views.{k}": frozenset({v}) for k, v in reached.items()})


VIEW_MODULE = Source([make_module("shop/views.py", ("function", "detail", 4, 6))])


def test_a_finding_where_the_practice_does_not_matter_is_dropped(tmp_path: Path) -> None:
    practice = make_practice(contexts=(Context.REQUEST,))
    entry = make_entry(practice, make_finding(practice, line=5))
    report = run(tmp_path, entry, source=VIEW_MODULE, contexts=contexts_of(detail="command"))
    assert outcome(report) is Outcome.HELD


def test_a_finding_where_the_practice_matters_keeps_its_contexts(tmp_path: Path) -> None:
    practice = make_practice(contexts=(Context.REQUEST,))
    entry = make_entry(practice, make_finding(practice, line=5))
    report = run(tmp_path, entry, source=VIEW_MODULE, contexts=contexts_of(detail="request"))
    assert report.shown[0].contexts == {"request"}
    assert report.shown[0].finding.counts


def test_a_finding_in_code_that_nothing_reaches_does_not_count(tmp_path: Path) -> None:
    practice = make_practice(contexts=(Context.REQUEST,))
    entry = make_entry(practice, make_finding(practice, line=5))
    report = run(tmp_path, entry, source=VIEW_MODULE)
    assert report.shown[0].finding.confidence is Confidence.MEDIUM
    assert outcome(report) is Outcome.SUSPECTED


def test_a_method_is_where_its_class_is_reached(tmp_path: Path) -> None:
    practice = make_practice(contexts=(Context.TEST,))
    module = make_module("shop/views.py", ("class", "Detail", 1, 6), ("function", "Detail.get", 4, 6))
    entry = make_entry(practice, make_finding(practice, line=5))
    report = run(tmp_path, entry, source=Source([module]), contexts=contexts_of(Detail="request"))
    assert outcome(report) is Outcome.HELD


def test_a_snippet_holds_three_lines_on_either_side(tmp_path: Path) -> None:
    practice = make_practice()
    report = run(tmp_path, make_entry(practice, make_finding(practice, line=5)))
    assert report.shown[0].snippet == (
        (2, ""),
        (3, ""),
        (4, "def detail(request):"),
        (5, "    user.save()"),
        (6, "    user.save()"),
    )


def test_no_secret_reaches_the_report(tmp_path: Path) -> None:
    secret = "wh4t-nobody-may-see"
    where = Location("shop/settings.py", 1)
    practice = make_practice()
    finding = make_finding(
        practice,
        "shop/settings.py",
        1,
        f"{secret} is committed",
        proof=f"SECRET_KEY = {secret!r}",
        remedy=secret,
    )
    project = make_project(
        tmp_path,
        {"shop/settings.py": f'SECRET_KEY = "{secret}"\nOTHER = "{secret}"\n'},
        settings=Settings(module=Known("shop.settings"), values={"SECRET_KEY": (Possible(secret, where),)}),
    )
    report = audit(project, [make_entry(practice, finding)])
    assert secret not in repr(report)
    assert report.shown[0].snippet[0] == (1, 'SECRET_KEY = "***"')


def test_a_suppressed_finding_is_kept_with_its_reason_and_not_shown(tmp_path: Path) -> None:
    practice = make_practice()
    text = "DEBUG = True  # tenfold: allow[settings/debug-off] a demo\n"
    project = make_project(tmp_path, {"shop/settings.py": text})
    report = audit(project, [make_entry(practice, make_finding(practice, "shop/settings.py", 1))])
    assert report.verdicts[0].findings[0].suppression == "a demo"
    assert report.shown == ()
    assert report.hidden == {"suppressed": 1}
    assert exit_code(report) == 0


def test_a_suppression_does_not_raise_the_score(tmp_path: Path) -> None:
    practice = make_practice()
    text = "DEBUG = True  # tenfold: allow[settings/debug-off] a demo\n"
    project = make_project(tmp_path, {"shop/settings.py": text})
    report = audit(project, [make_entry(practice, make_finding(practice, "shop/settings.py", 1))])
    assert outcome(report) is Outcome.BROKEN
    assert report.score.overall == 0


def test_an_unused_suppression_is_reported_when_its_practice_was_judged(tmp_path: Path) -> None:
    text = "DEBUG = False  # tenfold: allow[settings/debug-off] a demo\n"
    other = make_entry(make_practice("http/named-urls"))
    project = make_project(tmp_path, {"shop/settings.py": text})
    entries = [make_entry(make_practice()), other]
    assert [str(u.where) for u in audit(project, entries).unused_suppressions] == ["shop/settings.py:1"]
    assert audit(project, entries, config=Config(select=("http",))).unused_suppressions == ()


def test_a_suppression_of_a_misspelt_practice_is_reported_with_the_right_name(tmp_path: Path) -> None:
    project = make_project(tmp_path, {"a.py": "x = 1  # tenfold: allow[settings/debug-of] why\n"})
    (unused,) = audit(project, [make_entry(make_practice())]).unused_suppressions
    assert unused.text == "allow[settings/debug-of] names no practice; did you mean settings/debug-off?"


def test_a_suppression_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    project = make_project(tmp_path, {"a.py": "x = 1  # tenfold: ignore settings\n"})
    (unused,) = audit(project, [make_entry(make_practice())]).unused_suppressions
    assert str(unused.where) == "a.py:1"
    assert "allow[topic/practice]" in unused.text


def test_a_suppression_with_a_misspelt_word_is_reported(tmp_path: Path) -> None:
    text = "x = 1  # tenfold: alow[settings/debug-off] why\ny = 1  # tenfold: see the documentation\n"
    project = make_project(tmp_path, {"a.py": text})
    (unused,) = audit(project, [make_entry(make_practice())]).unused_suppressions
    assert str(unused.where) == "a.py:1"


def test_a_suppression_of_what_is_not_judged_yet_is_no_mistake(tmp_path: Path) -> None:
    project = make_project(tmp_path, {"a.py": "x.save()  # tenfold: allow[database/update-fields] new\n"})
    report = audit(project, [make_entry(make_practice())], unjudged=["database/update-fields"])
    assert report.unused_suppressions == ()


def test_a_finding_that_stands_in_no_file_is_marked_and_the_report_names_a_file_for_it(
    tmp_path: Path,
) -> None:
    practice = make_practice()
    places = [(".", 0), ("Dockerfile", 0), ("src/manage.py", 0), ("src/shop", 0)]
    found = [make_finding(practice, path, line, path, symbol=path) for path, line in places]
    files = {"src/manage.py": "", "src/tests/a/manage.py": "", "LICENSE": ""}
    report = audit(make_project(tmp_path, files), [make_entry(practice, *found)])
    assert [str(one.finding.where) for one in report.shown if one.in_file] == ["src/manage.py"]
    assert report.anchor == "src/manage.py"


def test_a_known_finding_is_not_shown(tmp_path: Path) -> None:
    practice = make_practice()
    entry = make_entry(practice, make_finding(practice, line=5))
    baseline = make_baseline(run(tmp_path, entry).shown)
    report = audit(make_project(tmp_path), [entry], baseline=baseline)
    assert report.shown == ()
    assert report.hidden == {"baseline": 1}
    assert exit_code(report) == 0
    assert report.score.overall == 0


def test_a_baseline_entry_of_a_practice_that_could_not_be_told_stays(tmp_path: Path) -> None:
    entry = BaselineEntry("settings/debug-off", "shop/settings.py", "DEBUG", "kept")
    unknown = make_entry(make_practice(), CannotTell("read from the vault"))
    report = audit(make_project(tmp_path), [unknown], baseline=(entry,))
    assert report.obsolete_baseline == ()
    assert update_baseline(report, before=(entry,)) == (entry,)
    held = audit(make_project(tmp_path), [make_entry(make_practice())], baseline=(entry,))
    assert update_baseline(held, before=(entry,)) == ()


def test_an_obsolete_baseline_entry_fails_the_run(tmp_path: Path) -> None:
    entry = BaselineEntry("settings/debug-off", "shop/settings.py", "DEBUG", "gone")
    report = audit(make_project(tmp_path), [make_entry(make_practice())], baseline=(entry,))
    assert report.obsolete_baseline == ("settings/debug-off shop/settings.py DEBUG",)
    assert exit_code(report) == 1


@pytest.mark.parametrize(
    ("fail_on", "impact", "code"),
    [
        ("high", Impact.HIGH, 1),
        ("high", Impact.CRITICAL, 1),
        ("high", Impact.MEDIUM, 0),
        ("low", Impact.LOW, 1),
        ("never", Impact.CRITICAL, 0),
    ],
)
def test_findings_at_or_above_fail_on_exit_with_1(
    tmp_path: Path, fail_on: str, impact: Impact, code: int
) -> None:
    practice = make_practice(impact=impact)
    report = run(tmp_path, make_entry(practice, make_finding(practice)), config=Config(fail_on=fail_on))
    assert exit_code(report) == code


def test_the_severity_of_the_practice_wins_over_its_topics(tmp_path: Path) -> None:
    practice = make_practice(impact=Impact.CRITICAL)
    config = Config(severity={"settings": "medium", "settings/debug-off": "low"})
    report = run(tmp_path, make_entry(practice, make_finding(practice)), config=config)
    assert report.shown[0].finding.impact is Impact.LOW
    assert report.verdicts[0].practice.impact is Impact.LOW


def test_an_override_leaves_a_practice_out_under_its_paths_only(tmp_path: Path) -> None:
    practice = make_practice()
    config = Config(overrides=(PathOverride(("legacy/*",), ("settings",)),))
    old, new = make_finding(practice, "legacy/deep/a.py"), make_finding(practice, "shop/views.py")
    report = run(tmp_path, make_entry(practice, old, new), config=config)
    assert [r.finding.where.path for r in report.shown] == ["shop/views.py"]


def test_excluded_paths_have_no_findings(tmp_path: Path) -> None:
    practice = make_practice()
    entry = make_entry(practice, make_finding(practice, "vendor/a.py"))
    assert outcome(run(tmp_path, entry, config=Config(exclude=("vendor/*",)))) is Outcome.HELD


@pytest.mark.parametrize("name", ["settings/debug-on", "setings", "BP40", "settings/*"])
def test_a_severity_for_what_is_no_practice_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TenfoldError, match="no practice and no topic"):
        run(tmp_path, make_entry(make_practice()), config=Config(severity={name: "low"}))


def test_a_misspelt_practice_of_an_override_is_refused(tmp_path: Path) -> None:
    config = Config(overrides=(PathOverride(("legacy/*",), ("setings",)),))
    with pytest.raises(TenfoldError, match="setings"):
        run(tmp_path, make_entry(make_practice()), config=config)


def test_the_problems_of_the_readers_reach_the_report(tmp_path: Path) -> None:
    problem = Problem(Location("a.py"), "cannot be read", "Give read permission.")
    assert run(tmp_path, make_entry(make_practice()), problems=(problem,)).problems == (problem,)


def test_progress_is_told_before_each_practice(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    entries = [make_entry(make_practice()), make_entry(make_practice("http/named-urls"))]
    audit(make_project(tmp_path), entries, progress=lambda *step: told.append(step))
    assert told == [("settings/debug-off", 0, 2), ("http/named-urls", 1, 2)]

"""`--format html`: one file that works offline; every byte it needs is inside.

Its content-security policy allows this very style and script and no request at all, so that text of the
audited project could not load or run anything even if it got past the escaping.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tenfold.audit.result import Outcome
from tenfold.practice import Confidence, Impact
from tenfold.report.parts.order import (
    count_by_impact,
    count_fixable,
    count_suspicions,
    explain_verdict,
    grade,
    group_by_practice,
    group_by_reason,
    group_by_topic,
    list_allowed,
    list_verdicts,
    order_topics,
)
from tenfold.report.parts.page import read_page
from tenfold.report.parts.plain import clean_text, count
from tenfold.report.parts.remedy import split_remedy
from tenfold.report.parts.web import draw_dial, highlight_block, highlight_snippet

if TYPE_CHECKING:
    from tenfold.audit.result import Report
    from tenfold.report.parts.order import Group

_FOLDER = "html"


def render(report: Report) -> str:
    """The whole page, UTF-8."""
    loader = PackageLoader("tenfold.report", _FOLDER)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalise,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=count,
        dial=draw_dial,
        explain=explain_verdict,
        grade=grade,
        page=read_page,
        remedy=split_remedy,
        highlight=highlight_block,
        snippet=highlight_snippet,
    )
    style = loader.get_source(environment, "page.css")[0]
    script = loader.get_source(environment, "page.js")[0]
    page = environment.get_template("page.html").render(
        report=report,
        style=Markup(style),
        style_hash=_hash(style),
        script=Markup(script),
        script_hash=_hash(script),
        **_collect(report),
    )
    return page if page.endswith("\n") else page + "\n"


def _collect(report: Report) -> dict[str, Any]:
    """What the template shows beside the report itself."""
    counting = _order_groups(group_by_practice(report, counting=True))
    others = _order_groups(group_by_practice(report, counting=False))
    return {
        "counting": counting,
        "others": others,
        "found_topics": sorted({group.topic for group in (*counting, *others)}),
        "totals": count_by_impact(report),
        "topics": order_topics(report),
        "total_weight": sum(topic.weight for topic in report.score.topics),
        "total_earned": sum(topic.earned for topic in report.score.topics),
        "suspicions": count_suspicions(report),
        "fixable": sum(count_fixable(report)),
        "unsafe": count_fixable(report)[1],
        "unknown": list_verdicts(report, Outcome.UNKNOWN),
        "unknown_reasons": group_by_reason(list_verdicts(report, Outcome.UNKNOWN)),
        "failed": list_verdicts(report, Outcome.ERROR),
        "held": list_verdicts(report, Outcome.HELD),
        "absent": list_verdicts(report, Outcome.NOT_APPLICABLE),
        "allowed": list_allowed(report),
        "impacts": sorted(Impact, reverse=True),
        "confidences": sorted(Confidence, reverse=True),
    }


def _order_groups(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Worst first, topics together."""
    return tuple(group for members in group_by_topic(groups).values() for group in members)


def _finalise(value: Any) -> Any:
    """Every text that the template puts out is made harmless, then escaped by Jinja."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean_text(value)


def _hash(text: str) -> str:
    """The source that a content-security policy names for the inline `text`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

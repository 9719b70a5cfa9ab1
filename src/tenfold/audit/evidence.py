"""Climbs the ladder: what the running project confirmed about a setting is proven, no longer suspected;
what rests on settings that may not be production's goes down it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.practice import Confidence, Evidence
from tenfold.project.model import Known

if TYPE_CHECKING:
    from tenfold.practice import Finding
    from tenfold.project.model import Project

_SETTING = re.compile(r"[A-Z][A-Z0-9_]+")


def raise_evidence(finding: Finding, project: Project) -> Finding:
    """The finding, proven when its symbol names a setting that the probe resolved as it was judged.

    A setting that no resolved settings hold is proven to be unset. A value that an environment variable
    decides stays suspected: the probe ran in another environment than production's.
    """
    settings = project.settings
    name = _SETTING.match(finding.symbol)
    if finding.evidence >= Evidence.PROVEN or not settings.exact or name is None:
        return finding
    if finding.where.path not in (settings.path, *settings.files):
        return finding
    possible = settings.values.get(name[0], ())
    proven = all(value.exact for value in possible) if possible else _is_unset(name[0], project)
    return replace(finding, evidence=Evidence.PROVEN) if proven else finding


def lower_confidence(finding: Finding, project: Project) -> Finding:
    """A suspicion without a fix where it was read from settings that may not be production's."""
    settings = project.settings
    if not settings.doubt or finding.where.path not in (settings.path, *settings.files):
        return finding
    return replace(finding, confidence=Confidence.PREVIEW, evidence=Evidence.SUSPECTED, fixable=None)


def _is_unset(name: str, project: Project) -> bool:
    return isinstance(project.probed, Known) and name not in project.probed.value.settings

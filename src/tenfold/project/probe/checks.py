"""Django's own system checks, with the deployment ones, without the database ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .encode import dotted, mask_text

if TYPE_CHECKING:
    from .places import Places


def read_checks(places: Places) -> dict[str, Any]:
    """`messages`, those that the project silences marked; `failures`: checks that raised."""
    from django.core.checks import Tags
    from django.core.checks.registry import registry

    report: dict[str, Any] = {"messages": [], "failures": {}}
    for check in sorted(registry.get_checks(include_deployment_checks=True), key=dotted):
        if Tags.database in getattr(check, "tags", ()):
            continue
        try:
            messages: list[Any] = list(check(app_configs=None, databases=None))
        except Exception as error:
            report["failures"][dotted(check)] = f"{type(error).__name__}: {mask_text(str(error))[:500]}"
            continue
        report["messages"].extend(read_message(message) for message in messages)
    return report


def read_message(message: Any) -> dict[str, Any]:
    return {
        "id": str(message.id or ""),
        "level": int(message.level),
        "text": mask_text(str(message.msg))[:2000],
        "hint": mask_text(str(message.hint or ""))[:2000],
        "object": name_object(message.obj),
        "silenced": bool(message.is_silenced()),
    }


def name_object(found: Any) -> str:
    """What a message is about, as Django prints it: a model's label, else its text."""
    if found is None:
        return ""
    if hasattr(found, "_meta"):
        return str(found._meta.label)
    return mask_text(str(found))[:500]

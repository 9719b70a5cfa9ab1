"""Where running code begins: views, tasks, commands, and what Django calls for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.readers.call_graph import is_task, name_decorator
from tenfold.project.records import Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.readers.call_graph import CallGraph
    from tenfold.project.records import Scope
    from tenfold.project.source import Module
    from tenfold.project.urls import Urls

_REQUEST_CLASSES = (
    "django.views.View",
    "django.forms.BaseForm",
    "rest_framework.serializers.BaseSerializer",
    "rest_framework.permissions.BasePermission",
    "django.utils.deprecation.MiddlewareMixin",
    "django.contrib.admin.options.BaseModelAdmin",
    "django.contrib.syndication.views.Feed",
    "django.contrib.sitemaps.Sitemap",
    "rest_framework.views.APIView",
    "channels.consumer.AsyncConsumer",
    "channels.consumer.SyncConsumer",
    "graphene.",
    "strawberry.",
    "ninja_extra.",
    "wagtail.models.Page",
)
"""Bases whose methods run for a request; an entry that ends with a dot is any class of that package."""
_TASK_CLASSES = ("celery.Task", "celery.app.task.Task", "huey.api.Task", "dramatiq.GenericActor")
_COMMAND_CLASSES = ("django.core.management.base.BaseCommand",)
_CLASSES = {"request": _REQUEST_CLASSES, "task": _TASK_CLASSES, "command": _COMMAND_CLASSES}
_REQUEST_DECORATORS = frozenset(
    {"api_view", "filter", "global_function", "inclusion_tag", "receiver", "simple_block_tag", "simple_tag"}
)
_QUEUES = frozenset({"async_task", "enqueue", "enqueue_at", "enqueue_call", "enqueue_in"})
_SIGNALS = frozenset({"connect"})
_COMMAND_TASKS = ("invoke.", "fabric.", "fabric2.")
"""Packages whose `@task` is a command that a person starts at a terminal."""
_LOAD_TASKS = ("locust.",)
"""Packages whose `@task` runs in a load test."""


def find_entry_points(graph: CallGraph, urls: Urls) -> dict[str, set[str]]:
    """Context -> absolute names of the functions and classes at which it begins."""
    starts: dict[str, set[str]] = {"request": set(), "task": set(), "command": set()}
    roots = {
        context: tuple(map(graph.source.resolve_absolute, classes)) for context, classes in _CLASSES.items()
    }
    for route in urls.routes:
        starts["request"].update(_with_methods(graph, graph.source.resolve_absolute(route.view)))
    for module in graph.modules:
        for index, scope in enumerate(module.scopes):
            for context in _contexts(graph, module, index, roots=roots) if index else ():
                starts[context].update(_with_methods(graph, f"{module.name}.{scope.qualname}"))
        starts["task"].update(_handed_to(graph, module, receivers=_QUEUES))
        starts["request"].update(_handed_to(graph, module, receivers=_SIGNALS))
    return starts


def _with_methods(graph: CallGraph, absolute: str) -> Iterator[str]:
    place = graph.places.get(absolute)
    if place is not None:
        yield absolute
        if place[0].scopes[place[1]].kind == "class":
            yield from graph.methods_of(absolute)


def _contexts(
    graph: CallGraph, module: Module, index: int, *, roots: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    scope = module.scopes[index]
    if scope.kind == "class":
        yield from _contexts_of_class(graph, module, index, roots=roots)
    elif scope.decorators and is_task(scope):
        yield from _contexts_of_task(graph, module, index)
    elif _serves_requests(module, scope):
        yield "request"


def _contexts_of_task(graph: CallGraph, module: Module, index: int) -> Iterator[str]:
    scope = module.scopes[index]
    names = [graph.source.resolve(module, name_decorator(d), scope.parent) for d in scope.decorators]
    if any(name.startswith(_COMMAND_TASKS) for name in names):
        yield "command"
    elif not any(name.startswith(_LOAD_TASKS) for name in names):
        yield "task"


def _contexts_of_class(
    graph: CallGraph, module: Module, index: int, *, roots: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """By its bases; `roots` are the classes of each context as the source spells them."""
    scope = module.scopes[index]
    ancestors = graph.source.ancestors(module.qualname(index)) if scope.bases else ()
    found = [c for c, classes in roots.items() if any(_is_one_of(name, classes) for name in ancestors)]
    yield from found
    if "command" not in found and _is_middleware(module, scope):
        yield "request"


def _is_one_of(name: str, classes: tuple[str, ...]) -> bool:
    return any(name.startswith(entry) if entry.endswith(".") else name == entry for entry in classes)


def _is_middleware(module: Module, scope: Scope) -> bool:
    """A class made with `get_response`, as Django's MIDDLEWARE asks for."""
    index = module.by_qualname.get(f"{scope.qualname}.__init__")
    return index is not None and "get_response" in module.scopes[index].parameters


def _serves_requests(module: Module, scope: Scope) -> bool:
    """A context processor, a signal receiver, a template tag or filter, or a function of a views module
    whose first parameter is the request."""
    if any(name_decorator(d).rpartition(".")[2] in _REQUEST_DECORATORS for d in scope.decorators):
        return True
    if scope.parameters[:1] == ("get_response",):
        return True
    named = "views" in module.name.split(".") or "context_processors" in module.name.split(".")
    return scope.parent == 0 and named and scope.parameters[:1] == ("request",)


def _handed_to(graph: CallGraph, module: Module, *, receivers: frozenset[str]) -> Iterator[str]:
    """Functions handed on by name: `queue.enqueue(f, ...)`, `async_task(f)`, `post_save.connect(f)`."""
    if not any(name[name.rfind(".") + 1 :] in receivers for name in module.names):
        return
    for call in module.calls:
        if call.callee.rpartition(".")[2] in receivers and call.args and isinstance(call.args[0], Name):
            yield graph.source.resolve(module, call.args[0].dotted, call.scope)

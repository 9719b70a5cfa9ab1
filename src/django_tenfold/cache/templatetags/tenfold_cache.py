"""`{% cached 300 "side" product tags="prices" %} ... {% endcached %}`: a fragment that a change takes back.

The words after the seconds tell entries apart and, where they are models or instances, are what the fragment
shows. `tags` is further text with spaces between. The language and the time zone are told apart by themselves; the
user is not: name `request.user.pk` where the fragment shows it. Messages, CSRF tokens and nonces are never kept.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django import template
from django.db.models import Model
from django.utils.functional import SimpleLazyObject, empty
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from django_tenfold.cache.flights import Made
from django_tenfold.cache.pages.policy import name_zone
from django_tenfold.cache.tags.tagged import collect_tags, name_tag
from django_tenfold.cache.transactions import may_keep
from django_tenfold.cache.values import prepare, run_steps

register = template.Library()
_NEEDS_COOKIE = "CSRF_COOKIE_NEEDS_UPDATE"


class CachedNode(template.Node):
    def __init__(self, nodelist: Any, seconds: Any, words: list[Any], tags: Any) -> None:
        self.nodelist = nodelist
        self.seconds = seconds
        self.words = words
        self.tags = tags

    def render(self, context: Any) -> str:
        words = [one.resolve(context) for one in self.words]
        shown = [one for one in words if isinstance(one, Model)]
        texts = self.tags.resolve(context).split() if self.tags else []
        told = [name_tag(one) if isinstance(one, Model) else str(one) for one in words]
        apart = (told, get_language(), name_zone())
        digest = blake2b(repr(apart).encode(), digest_size=16).hexdigest()
        seconds = float(self.seconds.resolve(context))
        wanted = prepare(f"fragment.{digest}", (*shown, *texts), seconds=seconds, stale=0)
        return SafeString(run_steps(wanted, lambda: self._make(context)))

    def _make(self, context: Any) -> Made:
        request = context.get("request")
        meta, messages = getattr(request, "META", {}), getattr(request, "_messages", None)
        before, shown = meta.pop(_NEEDS_COOKIE, False), getattr(messages, "used", False)
        if messages is not None:
            messages.used = False
        with collect_tags() as further:
            text = str(self.nodelist.render(context))
        holds_token = meta.get(_NEEDS_COOKIE, False)
        meta[_NEEDS_COOKIE] = before or holds_token
        holds_messages = messages is not None and messages.used
        if messages is not None:
            messages.used = shown or holds_messages
        personal = holds_token or holds_messages or _holds_secret(context, text)
        return Made(text, frozenset(further), kept=not personal and may_keep())


def _holds_secret(context: Any, text: str) -> bool:
    """A token or nonce that the page made before this fragment is told again without being made again."""
    request = context.get("request")
    for secret in (context.get("csrf_token"), getattr(request, "_csp_nonce", None)):
        if isinstance(secret, SimpleLazyObject) and secret._wrapped is empty:
            continue  # nobody has asked for it
        if secret and str(secret) in text:
            return True
    return False


@register.tag("cached")
def parse_cached(parser: Any, token: Any) -> CachedNode:
    """Raises TemplateSyntaxError without seconds and a name."""
    nodelist = parser.parse(("endcached",))
    parser.delete_first_token()
    name, *bits = token.split_contents()
    tags = None
    if bits and bits[-1].startswith("tags="):
        tags = parser.compile_filter(bits.pop()[len("tags=") :])
    if len(bits) < 2:
        raise template.TemplateSyntaxError(
            f'{{% {name} %}} takes the seconds and a name: {{% {name} 300 "side" %}}.'
        )
    seconds, *words = map(parser.compile_filter, bits)
    return CachedNode(nodelist, seconds, words, tags)

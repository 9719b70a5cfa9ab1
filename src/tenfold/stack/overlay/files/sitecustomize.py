"""Runs first in every Python process of the project: adds the packages that it lacks to the path's end.

Python imports one `sitecustomize`; this one stands before any other on PYTHONPATH, so it runs the one
that it hides afterwards.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def append_packages() -> None:
    """The stack's packages come last: what the project's environment has is what it gets.

    They were installed for one version of Python; another interpreter that the project starts has no
    use for them.
    """
    packages = os.environ.get("TENFOLD_PACKAGES", "")
    version = os.environ.get("TENFOLD_PYTHON", "")
    if packages and version == "{}.{}".format(*sys.version_info) and packages not in sys.path:
        sys.path.append(packages)


def keep_bytecode_away() -> None:
    """Bytecode of the project's own files goes below .tenfold: nothing is written into the project.

    `sys.pycache_prefix` would do it for every package of the environment as well, which would then be
    compiled anew.
    """
    root, folder = os.environ.get("TENFOLD_ROOT", ""), os.environ.get("TENFOLD_PYCACHE", "")
    finder = sys.modules.get("_frozen_importlib_external")
    original = getattr(finder, "cache_from_source", None)
    if not root or not folder or original is None or sys.pycache_prefix:
        return

    def cache_from_source(path: str, *arguments: object, **options: object) -> str:
        made: str = original(path, *arguments, **options)
        own = made.startswith(root + os.sep) and "site-packages" not in made
        return folder + made[len(root) :] if own else made

    finder.cache_from_source = cache_from_source  # type: ignore[union-attr]


def run_hidden() -> None:
    """Runs the `sitecustomize` of the environment itself, when it has one."""
    others = [path for path in sys.path if os.path.abspath(path or os.curdir) != FOLDER]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


append_packages()
keep_bytecode_away()
run_hidden()

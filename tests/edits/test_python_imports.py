from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from tenfold.edits.model import AddImport
from tenfold.errors import EditError
from tests.edits.text import change_text

if TYPE_CHECKING:
    from collections.abc import Callable

Check: TypeAlias = "Callable[..., None]"
P = "s.py"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import os\n"),
        ("A = 1\n", "import os\n\nA = 1\n"),
        (
            "#!/usr/bin/env python\n# coding: utf-8\nA = 1\n",
            "#!/usr/bin/env python\n# coding: utf-8\nimport os\n\nA = 1\n",
        ),
        ('"""Doc."""\n\nA = 1\n', '"""Doc."""\n\nimport os\n\nA = 1\n'),
        ("from __future__ import annotations\n", "from __future__ import annotations\n\nimport os\n"),
        ("import ast\nimport sys\n", "import ast\nimport os\nimport sys\n"),
        ("import sys\n", "import os\nimport sys\n"),
        ("from pathlib import Path\n", "import os\nfrom pathlib import Path\n"),
        ("import environ\n", "import os\n\nimport environ\n"),
        ("import os\n", "import os\n"),
        ("A = 1\nimport os\n", "A = 1\nimport os\n"),
        ("import os.path\n", "import os\nimport os.path\n"),
        ("from os import (\n    environ,\n)  # e\n", "import os\nfrom os import (\n    environ,\n)  # e\n"),
    ],
)
def test_a_standard_import_is_sorted_in(becomes: Check, before: str, after: str) -> None:
    becomes(before, AddImport(P, "import os"), after=after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\n\nA = 1\n", "import os\n\nfrom environ import Env\n\nA = 1\n"),
        ("import os\n\nimport django\n", "import os\n\nimport django\nfrom environ import Env\n"),
        ("from environ import Env as E\n", "from environ import Env\nfrom environ import Env as E\n"),
        ("from environ import Path, Env\n", "from environ import Path, Env\n"),
    ],
)
def test_a_third_party_import_is_sorted_in(becomes: Check, before: str, after: str) -> None:
    becomes(before, AddImport(P, "from environ import Env"), after=after)


def test_a_statement_that_imports_nothing_is_refused() -> None:
    with pytest.raises(EditError, match="no import"):
        change_text("", AddImport(P, "os.system('x')"))

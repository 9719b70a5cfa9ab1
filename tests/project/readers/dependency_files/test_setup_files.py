from __future__ import annotations

from tenfold.project.model import Problem
from tenfold.project.readers.dependency_files.setup_files import read_conda, read_setup_cfg, read_setup_py
from tenfold.project.readers.repository_files.documents import read_yaml


def test_setup_py_is_read_through_its_variables() -> None:
    text = "needs = ['Django>=5',\n 3, f()]\n"
    text += "setup(install_requires=needs, extras_require={'test': ['pytest'], x: []})\n"
    found = read_setup_py(text, "setup.py")
    assert not isinstance(found, Problem)
    assert [(r.name, r.group, r.where.line) for r in found] == [("django", "main", 1), ("pytest", "test", 3)]


def test_broken_files_are_problems_with_their_line() -> None:
    for problem in (read_setup_py("x = 1\n(\n", "setup.py"), read_setup_cfg("[options]\nx\n", "setup.cfg")):
        assert isinstance(problem, Problem)
    assert isinstance(read_setup_py("\0", "setup.py"), Problem)


def test_setup_cfg_gives_its_groups_and_its_python() -> None:
    text = "[options]\npython_requires = >=3.11\ninstall_requires =\n  Django>=5\n"
    text += "[options.extras_require]\ndocs = sphinx\n"
    result = read_setup_cfg(text, "setup.cfg")
    assert not isinstance(result, Problem)
    found = [(r.name, r.group, r.where.line) for r in result[0]]
    assert (found, result[1]) == ([("django", "main", 4), ("sphinx", "docs", 6)], ">=3.11")


def test_conda_pins_with_one_sign_and_holds_pips_own() -> None:
    text = "dependencies:\n- python=3.12\n- forge::Django=5.2\n- redis>=5\n- pip:\n  - celery==5\n"
    documents = read_yaml(text, "environment.yml")
    assert not isinstance(documents, Problem)
    found = [(r.name, r.specifier, r.pinned) for r in read_conda(documents[0], "environment.yml")]
    assert found == [("django", "==5.2", True), ("redis", ">=5", False), ("celery", "==5", True)]

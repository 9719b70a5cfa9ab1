from __future__ import annotations

import pytest

from tenfold.stack.overlay.commands import project_command
from tests.stack.example_site import make_site


def test_a_command_runs_in_the_projects_interpreter_folder_and_environment() -> None:
    site = make_site()
    command = project_command(site, "django", "migrate", "--noinput", role="migrate")
    assert command.words == (site.shape.python, "-m", "django", "migrate", "--noinput")
    assert command.folder == site.shape.folder
    assert command.environment == {**site.environment, "TENFOLD_ROLE": "migrate"}


def test_a_command_of_an_unknown_role_is_a_fault() -> None:
    with pytest.raises(ValueError, match="none of the roles"):
        project_command(make_site(), "django", role="webb")

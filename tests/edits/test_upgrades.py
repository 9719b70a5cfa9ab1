from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.apply import apply, plan
from tenfold.edits.model import SetSetting, UpgradeDjango

if TYPE_CHECKING:
    from pathlib import Path

OLD = (
    "from django.utils.translation import ugettext as _\n"
    "from django.conf.urls import url\n"
    "\n"
    "TITLE = _('shop')  # stays\n"
    "urlpatterns = [url(r'^$', index)]\n"
)


def test_code_for_an_older_django_is_rewritten_for_the_named_one(tmp_path: Path) -> None:
    (tmp_path / "urls.py").write_text(OLD)
    apply(plan(tmp_path, [UpgradeDjango("urls.py", "5.2")]))
    text = (tmp_path / "urls.py").read_text()
    assert "from django.utils.translation import gettext as _" in text
    assert "path('', index)" in text
    assert "TITLE = _('shop')  # stays\n" in text


def test_code_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "urls.py").write_text("from django.urls import path\n")
    made = plan(tmp_path, [UpgradeDjango("urls.py", "5.2")])
    assert made.files == ()
    assert made.already


def test_an_upgrade_and_a_setting_of_one_file_go_together(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("from django.utils.translation import ugettext\nDEBUG = True\n")
    changes = [UpgradeDjango("settings.py", "5.2"), SetSetting("settings.py", "DEBUG", "False")]
    apply(plan(tmp_path, changes))
    assert (tmp_path / "settings.py").read_text() == (
        "from django.utils.translation import gettext\nDEBUG = False\n"
    )


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"from django.utils.translation import ugettext\r\nx = 1\r\n")
    apply(plan(tmp_path, [UpgradeDjango("a.py", "5.2")]))
    assert (tmp_path / "a.py").read_bytes() == (b"from django.utils.translation import gettext\r\nx = 1\r\n")

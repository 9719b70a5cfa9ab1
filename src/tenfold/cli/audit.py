"""Judge a Django project and report what to change, worst first."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.cli import _output, _project, _remembered

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tenfold.audit.baseline import Baseline
    from tenfold.audit.result import Report

NAME = "audit"
HELP = "judge a project against the practices"
BASELINE = "tenfold-baseline.json"
_OF_THE_REPOSITORY = ("github", "gitlab", "sarif")
"""Formats whose readers look paths up from the repository's root, not from the project's folder."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from tenfold.report.formats import list_formats

    formats = list_formats()
    _project.add_project_arguments(parser)
    parser.add_argument(
        "--fail-on",
        choices=("critical", "high", "medium", "low", "never"),
        help="exit with 1 from this severity on (default: high)",
    )
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        choices=formats,
        help=f"{', '.join(formats)} (default: text)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="the report to a file, not the terminal")
    parser.add_argument("--html", metavar="FILE", help="the HTML report to this file as well")
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help=f"known findings that are not reported again (default: {BASELINE}, if it is there)",
    )
    parser.add_argument(
        "--update-baseline", action="store_true", help=f"write them anew (default file: {BASELINE})"
    )
    parser.add_argument(
        "--diff-base", metavar="REF", help="only what is new since this git revision (source only, no probe)"
    )
    parser.add_argument("--verbose", action="store_true", help="everything, nothing shortened")


def run(arguments: argparse.Namespace) -> int:
    from tenfold.audit.engine import exit_code
    from tenfold.report.formats import load_format

    request = _project.make_request(
        arguments,
        fail_on=arguments.fail_on,
        format=arguments.format,
        html=arguments.html,
        baseline=arguments.baseline,
    )
    if arguments.diff_base:
        request = replace(request, comparable=False)
    load_format(request.config.format)
    for path in filter(None, (arguments.output, request.config.html)):
        _output.refuse_missing_folder(Path(path))
    baseline = _read_baseline(request, update=arguments.update_baseline)
    probe = _project.settle_probe(request)
    started = time.perf_counter()
    with _output.progress(quiet=arguments.quiet) as progress:
        known = () if arguments.update_baseline else baseline
        report = _make_report(request, probe=probe, baseline=known, progress=progress)
        if arguments.diff_base:
            progress(f"Judging {arguments.diff_base}")
            report = _only_new(report, request, reference=arguments.diff_base)
    if arguments.update_baseline:
        return _update_baseline(report, request, before=baseline)
    report = replace(report, seconds=time.perf_counter() - started)
    _show(report, request, arguments)
    if arguments.quiet or request.config.format != "text":
        _say_unseen_failures(report)
    return exit_code(report)


def _make_report(
    request: _project.Request,
    *,
    probe: tuple[bool, str],
    baseline: Baseline,
    progress: Callable[[str], None],
) -> Report:
    """The kept report when nothing changed since, else a new one, kept when it was made from source only."""
    cache = _project.cache_folder(request.root) if request.cached and not probe[0] else None
    signature = _remembered.sign(request.root, request.config, (baseline, probe)) if cache else ""
    if cache and (known := _remembered.recall(cache, signature)):
        return known
    project = _project.read(request, probe=probe, progress=progress)
    report = _project.judge(project, request.config, baseline=baseline, progress=progress)
    if cache and not project.source.unparsed:
        _remembered.keep(cache, signature, report)
    return report


def _baseline_path(request: _project.Request) -> Path:
    return request.root / (request.config.baseline or BASELINE)


def _read_baseline(request: _project.Request, *, update: bool) -> Baseline:
    from tenfold.audit.baseline import read_baseline

    path = _baseline_path(request)
    if not request.config.baseline and not path.exists():
        return ()
    if update and not path.exists():
        return ()
    return read_baseline(path)


def _update_baseline(report: Report, request: _project.Request, *, before: Baseline) -> int:
    from tenfold.audit.baseline import update_baseline, write_baseline
    from tenfold.report.parts.plain import count

    known = _project.practice_ids()
    baseline = update_baseline(report, before=tuple(entry for entry in before if entry.practice in known))
    path = _baseline_path(request)
    _output.write_file(path, write_baseline(baseline))
    written = count(len(baseline), "known finding")
    _output.note(f"{path}: {written}. Commit it; each entry has a note to say why.")
    return 0


def _only_new(report: Report, request: _project.Request, *, reference: str) -> Report:
    """The report with what stood at `reference` already marked as old."""
    from tenfold.audit.difference import mark_new
    from tenfold.project.readers.base_tree import base_tree

    with base_tree(request.root, reference) as folder:
        there = replace(request, root=folder, cached=False)
        project = _project.read(there, probe=_project.settle_probe(there))
        return mark_new(report, _project.judge(project, request.config))


def _show(report: Report, request: _project.Request, arguments: argparse.Namespace) -> None:
    text = _render(report, request.config.format, arguments)
    if arguments.output:
        _output.write_file(arguments.output, text)
        if not arguments.quiet:
            _output.note(f"report written to {arguments.output}")
    else:
        _output.write(text)
    if request.config.html:
        from tenfold.report.formats import load_format

        _output.write_file(Path(request.config.html), load_format("html")(report))
        if not arguments.quiet:
            _output.note(f"HTML report written to {request.config.html}")


def _say_unseen_failures(report: Report) -> None:
    """What fails the run beside findings, to standard error: most formats have no place for it."""
    from tenfold.audit.result import Outcome

    for verdict in report.verdicts:
        if verdict.outcome is Outcome.ERROR:
            _output.note(
                f"tenfold: a fault of Tenfold, not yours: {verdict.practice.id}: {verdict.reasons[0]}"
            )
    if report.obsolete_baseline and report.fail_on is not None:
        _output.note("tenfold: entries of the baseline match nothing any more, which fails the run:")
        for line in report.obsolete_baseline:
            _output.note(f"  {line}")
        _output.note("  Write it anew with `tenfold audit --update-baseline`.")


def _render(report: Report, form: str, arguments: argparse.Namespace) -> str:
    if form != "text":
        from tenfold.report.formats import load_format

        if form in _OF_THE_REPOSITORY:
            from tenfold.project.readers.base_tree import folder_in_repository
            from tenfold.report.parts.prefix import move_below

            report = move_below(report, folder_in_repository(Path(report.root)))
        return load_format(form)(report)
    if arguments.quiet:
        return "".join(
            f"{one.finding.where}: {one.finding.impact.label} {one.finding.practice}: {one.finding.message}\n"
            for one in report.shown
            if one.finding.counts or arguments.verbose
        )
    from tenfold.report.text import render

    colour = not arguments.output and _output.is_colour_wanted()
    return render(report, width=_output.width(), colour=colour, verbose=arguments.verbose)

from __future__ import annotations

from tenfold.project.readers.repository_files.dockerfile import read_instructions


def test_an_instruction_stands_on_its_own_line_below_comments_and_blank_lines() -> None:
    text = "# syntax=docker/dockerfile:1\n\nFROM python:3.13\n# secrets come later\nENV A=1\n"
    assert read_instructions(text) == (("FROM", "python:3.13", 3), ("ENV", "A=1", 5))


def test_comments_inside_a_continued_instruction_are_dropped() -> None:
    ((name, arguments, line),) = read_instructions("ENV A=1 \\\n  # inner\n  B=2\n")
    assert (name, arguments.split(), line) == ("ENV", ["A=1", "B=2"], 1)


def test_a_heredoc_is_the_text_that_the_instruction_runs() -> None:
    ((name, arguments, _), last) = read_instructions("RUN <<EOF\npip install x\nEOF\nCMD y\n")
    assert (name, arguments) == ("RUN", "pip install x")
    assert last == ("CMD", "y", 4)

"""A long task tells how far it is without drowning a log."""

import itertools

from proxirh.kernel.progress import progress


def test_a_short_task_leaves_no_trace_in_a_log(capsys) -> None:
    with progress("Lecture", total=3) as advance:
        for _ in range(3):
            advance(1)
    assert capsys.readouterr().err == ""


def test_a_long_task_writes_a_line_now_and_then(capsys) -> None:
    clock = itertools.count(0, 4).__next__
    with progress("Lecture", total=10, clock=clock) as advance:
        for _ in range(10):
            advance(1)
    lines = capsys.readouterr().err.splitlines()
    assert 1 < len(lines) < 10
    assert lines[0] == "Lecture\u00a0: 30\u00a0%"


def test_a_reader_sees_a_bar(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress("Lecture", total=10) as advance:
        advance(10)
    assert "Lecture" in capsys.readouterr().err

from __future__ import annotations


def test_each_figure_has_a_median_of_its_own() -> None:
    from serving.rounds import Measured, take_medians

    runs = (Measured(10, 3, 200), Measured(30, 1, 100), Measured(20, 2, 900))
    assert take_medians(runs) == Measured(20, 2, 200)


def test_figures_are_written_rounded() -> None:
    from serving.rounds import Measured

    described = Measured(1866.42, 18.734, 975.6).describe()
    assert described == {"requests_per_s": 1866, "p99_ms": 18.7, "us_per_request": 976}

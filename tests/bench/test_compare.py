"""The comparison of two versions, as it is printed."""

from bench.compare import Comparison, table
from bench.figures import Figure, Figures


def run(value: float) -> Figures:
    return {"im66": Figure(value, "messages/s")}


def test_ratio_is_the_median_of_the_ratios_of_each_run_with_their_range() -> None:
    # The machine was half as fast in the second run.
    comparison = Comparison("pairs", "sqlite", [run(100), run(50), run(100)], [run(110), run(60), run(90)])
    printed = table("v0.1.0", [comparison])
    assert "| pairs | sqlite | im66 | 100.0 | 90.0 messages/s | 1.10 | 0.90 to 1.20 |" in printed
    assert "confidence of 75%" in printed


def test_figure_of_zero_in_the_earlier_version_has_no_ratio() -> None:
    assert "| 0.0 | 3.0 messages/s |  |  |" in table(
        "main", [Comparison("pairs", "sqlite", [run(0)], [run(3)])]
    )

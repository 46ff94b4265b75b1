"""A chart and its table say the same, and colour is never alone."""

import pytest
from bs4 import BeautifulSoup

from proxirh.ui.charts import WITHHELD, Chart, bar_chart, line_chart, stacked_chart

ROWS = [("Mobilité", 39), ("Santé", 16), ("Formation", 0)]
SERIES = {"1er degré": [380, 40], "2d degré": [420, 30], "BIATSS": [160, 20], "Encadrement": [40, 10]}


def names(chart: Chart) -> list[str]:
    """The first cell of each row, whether or not it bears a bar."""
    return [getattr(row[0], "text", row[0]) for row in chart.table.rows]


def widths(chart: Chart) -> list[float]:
    """The bar of each row, in percent; 0 for none."""
    return [float(getattr(row[0], "bar", "0%").rstrip("%")) for row in chart.table.rows]


def test_the_table_of_a_bar_chart_holds_the_very_values():
    chart = bar_chart(title="Sujets", rows=ROWS, label_header="Sujet")
    assert names(chart) == ["Mobilité", "Santé", "Formation"]
    assert [row[1] for row in chart.table.rows] == ["39", "16", "0"]


def test_bars_are_in_proportion_from_zero():
    chart = bar_chart(title="Sujets", rows=[("a", 40), ("b", 10), ("c", 0)])
    assert widths(chart) == [100, 25, 0]


def test_shares_are_written_in_percent():
    chart = bar_chart(title="Sujets", rows=[("a", 0.385)], share=True)
    assert chart.table.rows[0][1] == "39\u00a0%"


def test_a_withheld_value_has_no_bar_and_says_why(draw):
    chart = bar_chart(title="Sujets", rows=[("a", 12), ("b", None)])
    assert widths(chart) == [100, 0]
    assert chart.table.rows[1][1] == WITHHELD


def test_a_chart_with_nothing_to_show_draws_nothing(draw):
    chart = bar_chart(title="Sujets", rows=[("a", None), ("b", None)])
    assert chart.is_empty
    html = draw("{% chart chart %}", chart=chart)
    assert "<svg" not in html
    assert "Données insuffisantes" in html
    assert "<table" not in html


def test_a_stacked_bar_fills_its_whole_width_and_its_table_is_complete():
    chart = stacked_chart(title="Catégories", categories=["T1", "T2"], series=SERIES)
    for bar in chart.bars:
        assert sum(float(part.width.rstrip("%")) for part in bar.segments) == pytest.approx(100, abs=0.1)
    assert [bar.value for bar in chart.bars] == ["1\u00a0000", "100"]
    assert list(chart.table.rows[0]) == ["T1", "380", "420", "160", "40"]


def test_a_stacked_bar_with_a_withheld_part_is_not_drawn():
    """Its width would give the part away."""
    chart = stacked_chart(title="Catégories", categories=["T1", "T2"], series={"a": [3, 4], "b": [5, None]})
    assert chart.bars[0].segments
    assert not chart.bars[1].segments
    assert chart.bars[1].value == WITHHELD
    assert chart.table.rows[1] == ("T2", "4", WITHHELD)


def test_segments_carry_the_letter_of_their_legend():
    chart = stacked_chart(title="Catégories", categories=["T1"], series={"a": [50], "b": [50]})
    assert [part.text[0] for part in chart.bars[0].segments] == [key.letter for key in chart.legend] == ["A", "B"]


def test_a_line_breaks_where_a_value_is_withheld():
    chart = line_chart(title="Mois", categories=["a", "b", "c", "d"], series={"x": [1, 2, None, 4]})
    assert len(chart.lines[0].points) == 3
    assert len(chart.lines[0].paths) == 1
    assert [row[1] for row in chart.table.rows] == ["1", "2", WITHHELD, "4"]


def test_the_scale_starts_at_zero_and_holds_the_highest_value():
    chart = line_chart(title="Mois", categories=["a", "b"], series={"x": [812, 1502]})
    assert [rule.text for rule in chart.rules] == ["0", "500", "1\u00a0000", "1\u00a0500", "2\u00a0000"]
    assert chart.rules[0].y == "100.00%"
    assert all(0 <= float(point.y.rstrip("%")) <= 100 for point in chart.lines[0].points)


def test_lines_differ_by_shape_and_not_by_colour_alone():
    chart = line_chart(title="Mois", categories=["a", "b"], series={"x": [1, 2], "y": [2, 1], "z": [0, 0]})
    assert len({line.marker for line in chart.lines}) == 3


def test_written_values_never_cover_each_other():
    chart = line_chart(title="Mois", categories=["a", "b"], series={"x": [10, 100], "y": [10, 99]})
    assert sum(len(line.labels) for line in chart.lines) == 1


@pytest.mark.parametrize("values", [[0, 0], [None, None], []])
def test_charts_without_height_are_drawn_without_error(draw, values):
    categories = ["a", "b"][: len(values)]
    assert draw("{% chart chart %}", chart=line_chart(title="Mois", categories=categories, series={"x": values}))
    assert draw("{% chart chart %}", chart=stacked_chart(title="Mois", categories=categories, series={"x": values}))


def test_more_series_than_shapes_are_refused():
    with pytest.raises(ValueError, match="at most 6"):
        line_chart(title="Trop", categories=["a"], series={str(n): [n] for n in range(7)})


def test_a_chart_is_a_figure_with_a_hidden_drawing_and_a_readable_table(draw):
    soup = BeautifulSoup(draw("{% chart chart %}", chart=bar_chart(title="Sujets", rows=ROWS)), "html.parser")
    assert soup.figure.figcaption.get_text(strip=True) == "Sujets"
    assert {one.get("aria-hidden") for one in soup.find_all("svg")} == {"true"}
    assert [cell.get_text(strip=True) for cell in soup.table.tbody.find_all("td")] == ["39", "16", "0"]
    assert "style" not in str(soup)

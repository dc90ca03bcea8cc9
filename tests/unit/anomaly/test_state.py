"""What has to be stored anew: rows that are marked."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.anomaly.state import Marked

ROWS = st.integers(0, 300)


@given(st.lists(st.tuples(st.sampled_from(["add", "discard", "update", "clear"]), st.lists(ROWS))))
def test_marked_rows_are_those_of_a_set_in_order(steps: list[tuple[str, list[int]]]) -> None:
    marked, model = Marked(), set[int]()
    for step, rows in steps:
        match step:
            case "update":
                marked.update(np.array(rows, np.int64))
                model.update(rows)
            case "clear":
                marked.clear()
                model.clear()
            case "add":
                for row in rows:
                    marked.add(row)
                model.update(rows)
            case _:
                for row in rows:
                    marked.discard(row)
                model.difference_update(rows)
        assert list(marked) == sorted(model)

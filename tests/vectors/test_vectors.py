"""Every recorded case of functions.json and queries.json; gaps.tsv lists those that must fail."""

import pytest
import vectors

FUNCTIONS = vectors.load("functions.json")["cases"]
QUERIES = vectors.load("queries.json")["cases"]
GAPS = vectors.gaps()


@pytest.fixture(scope="module")
def functions():
    return vectors.Functions()


@pytest.fixture(scope="module")
def queries(tmp_path_factory):
    return vectors.Queries(tmp_path_factory.mktemp("tables"))


def check(run, case):
    """`run` raises where the answer differs; a gap must."""
    if "skip" in case["expected"]:
        try:
            run()
        except Exception as error:
            assert str(error)  # refused in words
        return
    if case["id"] not in GAPS:
        run()
        return
    with pytest.raises(Exception):  # noqa: B017 - a refusal or a difference
        run()
        pytest.fail("%s passes: take it out of gaps.tsv" % case["id"], pytrace=False)


@pytest.mark.parametrize("case", FUNCTIONS, ids=lambda case: case["id"])
def test_function(functions, case):
    check(lambda: vectors.check_function(functions, case), case)


@pytest.mark.parametrize("case", QUERIES, ids=lambda case: case["id"])
def test_query(queries, case):
    check(lambda: vectors.check_query(queries, case), case)


def test_gaps_are_cases():
    known = {case["id"] for case in FUNCTIONS + QUERIES}
    assert set(GAPS) <= known, set(GAPS) - known
    assert all(GAPS.values()), "a gap has a reason"

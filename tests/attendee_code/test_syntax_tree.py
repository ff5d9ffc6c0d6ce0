"""Python source as a syntax tree."""

import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from workshop import places
from workshop.attendee_code.syntax_tree import tree_of


def test_threads_parse_without_getting_into_each_others_way():
    """Even where something in the process lets threads change places in each garbage collection, as hypothesis does."""
    source = (places.checkout() / "workshop" / "attendee_code" / "packaging.py").read_text(encoding="utf-8")
    expected, threshold = ast.dump(ast.parse(source)), gc.get_threshold()

    def change_places(phase, info):
        time.sleep(0)

    gc.callbacks.append(change_places)
    gc.set_threshold(50)
    try:
        with ThreadPoolExecutor(4) as pool:
            trees = list(pool.map(tree_of, [source] * 60))
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(change_places)
    assert [ast.dump(tree) == expected for tree in trees] == [True] * 60


def test_what_is_no_python_says_so():
    """As `ast.parse` does."""
    with pytest.raises(SyntaxError):
        tree_of("def")

"""Batches give the same results in the same order whatever runs them, a few at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from toolkit.analysis.batches import run_batches


def scaled_sum(batch, weights, factor):
    return float((weights[batch] * factor).sum())


WEIGHTS = np.random.default_rng(5).random(1000)
BATCHES = np.array_split(np.arange(1000), 37)
EXPECTED = [float((WEIGHTS[batch] * 0.1).sum()) for batch in BATCHES]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_bits(threads):
    assert list(run_batches(scaled_sum, BATCHES, WEIGHTS, 0.1, threads=threads)) == EXPECTED


def test_an_executor_of_the_users_gives_the_same_bits_and_stays_open():
    with ThreadPoolExecutor(2) as client:
        assert list(run_batches(scaled_sum, BATCHES, WEIGHTS, 0.1, client=client)) == EXPECTED
        assert client.submit(pow, 2, 3).result() == 8


def test_a_client_of_dask_gives_the_same_bits():
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        assert list(run_batches(scaled_sum, BATCHES, WEIGHTS, 0.1, client=client)) == EXPECTED


def test_only_a_few_batches_are_under_way():
    started, most = [], 0
    for done, _ in enumerate(run_batches(pow, started_of(started), 2, threads=2, ahead=3)):
        most = max(most, len(started) - done)
    assert len(started) == 50
    assert most <= 4  # the one whose result is in hand, and three


def started_of(started):
    for number in range(50):
        started.append(number)
        yield number


def test_an_error_is_raised_in_its_turn_and_the_rest_cancelled():
    begun, lock = [], threading.Lock()

    def reciprocal(number):
        with lock:
            begun.append(number)
        return 1 / number

    results = run_batches(reciprocal, [1, 2, 0, *range(3, 100)], threads=2, ahead=4)
    assert [next(results), next(results)] == [1.0, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert len(begun) <= 6


def test_nothing_to_do():
    assert list(run_batches(pow, [], 2)) == []

"""Work that may hang: it is cut off at its deadline, when we should stop, and when the user interrupts us."""

import threading

import pytest

from crawler.threads import Overdue, within


def hang(is_cut: threading.Event) -> str:
    assert is_cut.wait(30)
    return "half a line"


def interrupt() -> bool:
    raise KeyboardInterrupt


@pytest.mark.parametrize("should_stop", [lambda: False, lambda: True], ids=["deadline", "stop"])
def test_what_a_job_gives_after_it_was_cut_off_is_worth_nothing(should_stop) -> None:
    is_cut = threading.Event()
    with pytest.raises(Overdue):
        within(0.1, lambda: hang(is_cut), cut=is_cut.set, should_stop=should_stop)


def test_a_job_that_is_cut_off_may_say_how_far_it_came() -> None:
    is_cut = threading.Event()

    def job() -> None:
        raise ConnectionError(hang(is_cut))

    with pytest.raises(ConnectionError, match="half a line"):
        within(0.1, job, cut=is_cut.set)


def test_an_interrupt_cuts_the_job_off() -> None:
    is_cut = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        within(60, lambda: hang(is_cut), cut=is_cut.set, should_stop=interrupt)
    assert is_cut.is_set()

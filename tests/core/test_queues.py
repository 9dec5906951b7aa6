"""Queues by account and locks by key: admission, order of arrival, and that they leave nothing behind."""

import asyncio
from collections import Counter
from collections.abc import Coroutine

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadloop.core.queues import AccountQueue, KeyedLock

LONG_S, SHORT_S, PATIENCE_S = 600.0, 0.01, 60.0
AT_ONCE, MOST_WAITING, IN_ALL = 2, 3, 3


class Refused(Exception):
    """The refusal of a queue or a lock."""


class Failed(Exception):
    """In a place."""


def finish(run: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(run, PATIENCE_S))


async def settle() -> None:
    """Lets every task run until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)


class Callers:
    """Callers of a queue, and a log of events. A caller holds its slot until the test releases it."""

    def __init__(self, queue: AccountQueue) -> None:
        self.queue = queue
        self.came: list[tuple[str, int]] = []
        self.entered: list[tuple[str, int]] = []
        self.refused: set[int] = set()
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.inside: dict[int, tuple[str, asyncio.Future[None]]] = {}

    def come(self, account: str) -> None:
        number = len(self.came)
        self.came.append((account, number))
        self.tasks[number] = asyncio.create_task(self._stay(account, number))

    async def _stay(self, account: str, number: int) -> None:
        try:
            async with self.queue.slot(account):
                self.entered.append((account, number))
                self.inside[number] = account, asyncio.get_running_loop().create_future()
                try:
                    await self.inside[number][1]
                finally:
                    del self.inside[number]
        except Refused:
            self.refused.add(number)
        except Failed:
            pass

    def waiting(self) -> list[int]:
        return [number for number, task in self.tasks.items() if not task.done() and number not in self.inside]

    def check(self) -> None:
        """Checks limits, order of arrival within an account, and that no caller waits while a slot is free."""
        by_account = Counter(account for account, _ in self.inside.values())
        assert all(number <= AT_ONCE for number in by_account.values()) and len(self.inside) <= IN_ALL
        waiting = Counter(self.came[number][0] for number in self.waiting())
        assert all(waiting[account] + by_account[account] <= AT_ONCE + MOST_WAITING for account in waiting)
        for account in {account for account, _ in self.entered}:
            numbers = [number for name, number in self.entered if name == account]
            assert numbers == sorted(numbers)
        if len(self.inside) < IN_ALL:
            assert all(by_account[account] == AT_ONCE for account in waiting)
        assert {account for account in "ab" if account in self.queue} == {*waiting, *by_account}


Steps = st.lists(
    st.tuples(
        st.sampled_from([*["come a"] * 4, "come b", "leave", "fail", "cancel", "cancel and leave"]), st.integers(0, 9)
    ),
    max_size=40,
)


@given(Steps)
@example([("come a", 0)] * (AT_ONCE + MOST_WAITING + 1))
def test_whatever_callers_do_the_bounds_and_the_order_hold_and_nothing_is_left(
    steps: list[tuple[str, int]],
) -> None:
    async def run() -> None:
        callers = Callers(AccountQueue(AT_ONCE, Refused, max_waiting=MOST_WAITING, max_wait_s=LONG_S, max_total=IN_ALL))
        for step, which in steps:
            refused_before, expected = len(callers.refused), 0
            if step.startswith("come"):
                account = step[-1]
                here = [number for name, number in callers.came if name == account and not callers.tasks[number].done()]
                expected = len(here) == AT_ONCE + MOST_WAITING
                callers.come(account)
            waiting, inside = callers.waiting(), list(callers.inside.values())
            if step.startswith("cancel") and waiting:
                callers.tasks[waiting[which % len(waiting)]].cancel()
            if step.endswith("leave") and inside:
                inside[which % len(inside)][1].set_result(None)
            if step == "fail" and inside:
                inside[which % len(inside)][1].set_exception(Failed())
            await settle()
            assert len(callers.refused) == refused_before + expected
            callers.check()
        for task in callers.tasks.values():
            task.cancel()
        await asyncio.gather(*callers.tasks.values(), return_exceptions=True)
        callers.check()
        for account in "ab":
            async with callers.queue.slot(account):  # every slot is free again
                pass

    finish(run())


def test_who_has_waited_too_long_is_refused_and_a_free_place_is_taken_at_once() -> None:
    async def run() -> None:
        queue = AccountQueue(AT_ONCE, Refused, max_wait_s=SHORT_S)
        leave, leave_second = await queue.enter("a"), await queue.enter("a")
        (await queue.enter("b"))()
        with pytest.raises(Refused):
            await queue.enter("a")
        leave()
        leave_third = await queue.enter("a")
        with pytest.raises(Refused):
            await queue.enter("a")
        leave_second()
        leave_third()
        assert "a" not in queue and "b" not in queue

    finish(run())


def test_one_without_a_limit_lets_all_wait() -> None:
    async def run() -> None:
        queue = AccountQueue(1, Refused)
        leave = await queue.enter("a")
        waiting = [asyncio.create_task(queue.enter("a")) for _ in range(100)]
        leave()
        for task in waiting:
            (await task)()
        assert "a" not in queue

    finish(run())


async def hold(lock: KeyedLock, key: str, name: str, order: list[str], release: asyncio.Event) -> bool:
    async with lock.hold(key) as has_waited:
        order.append(name)
        await release.wait()
        return has_waited


def test_a_lock_is_held_by_one_of_a_key_at_a_time_in_the_order_of_arrival() -> None:
    async def run() -> None:
        lock, order, release = KeyedLock(LONG_S, Refused), list[str](), asyncio.Event()
        tasks = [asyncio.create_task(hold(lock, "k", str(number), order, release)) for number in range(4)]
        other = asyncio.create_task(hold(lock, "another", "other", order, release))
        await settle()
        assert order == ["0", "other"]
        tasks[1].cancel()
        await settle()
        release.set()
        newcomer = asyncio.create_task(hold(lock, "k", "newcomer", order, release))
        assert [await task for task in (tasks[0], *tasks[2:], newcomer)] == [False, True, True, True]
        assert await other is False and tasks[1].cancelled()
        assert order == ["0", "other", "2", "3", "newcomer"]
        async with lock.hold("k") as waited:
            assert not waited

    finish(run())


def test_a_lock_is_free_after_an_error_and_refuses_who_has_waited_too_long() -> None:
    async def run() -> None:
        lock = KeyedLock(SHORT_S, Refused)
        with pytest.raises(Failed):
            async with lock.hold("k"):
                with pytest.raises(Refused):
                    async with lock.hold("k"):
                        pytest.fail("two hold it")
                raise Failed
        async with lock.hold("k") as waited:
            assert not waited

    finish(run())


def test_the_wait_for_a_place_among_those_of_all_accounts_is_bounded_too() -> None:
    async def run() -> None:
        queue = AccountQueue(1, Refused, max_wait_s=SHORT_S, max_total=1)
        leave = await queue.enter("a")
        with pytest.raises(Refused):
            await queue.enter("b")
        leave()
        (await queue.enter("b"))()
        assert "a" not in queue and "b" not in queue

    finish(run())

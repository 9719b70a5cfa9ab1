"""What a process keeps is bounded, and what was dropped stays dropped."""

from __future__ import annotations

from django_tenfold.accounts.memory import Memory


def test_the_least_recently_used_is_thrown_away_first() -> None:
    memory: Memory[int] = Memory(2)
    for number in range(2):
        memory.put(str(number), number, memory.generation)
    memory.get("0")
    memory.put("2", 2, memory.generation)
    assert (memory.get("0"), memory.get("1"), memory.get("2"), len(memory)) == (0, None, 2, 2)


def test_what_was_read_before_a_drop_is_not_kept_after_it() -> None:
    memory: Memory[int] = Memory(2)
    generation = memory.generation
    memory.drop(["other"])
    assert not memory.put("a", 1, generation)
    assert memory.get("a") is None


def test_clearing_forgets_all_and_what_is_being_read() -> None:
    memory: Memory[int] = Memory(2)
    memory.put("a", 1, memory.generation)
    generation = memory.generation
    memory.clear()
    assert (len(memory), memory.put("b", 1, generation)) == (0, False)

"""What document stores promise to many callers at once."""

from __future__ import annotations

import asyncio

from plynx_common.interfaces.documents import CompareAndSet, Delete, DocumentStore, Insert, Outcome

CALLERS = 20
INCREMENTS = 15


class ConcurrencyContract:
    async def test_concurrent_increments_give_each_number_exactly_once(self, store: DocumentStore) -> None:
        await store.write([Insert("counters", {"_id": "a", "n": 0})])
        taken: list[int] = []

        async def increment() -> None:
            done = 0
            while done < INCREMENTS:
                document = await store.get("counters", "a")
                await asyncio.sleep(0)  # others read the same
                assert document is not None
                n = document["n"]
                if await store.write([CompareAndSet("counters", "a", {"n": n}, {"n": n + 1})]) == [Outcome.STORED]:
                    taken.append(n)
                    done += 1

        await asyncio.gather(*(increment() for _ in range(CALLERS)))
        assert sorted(taken) == list(range(CALLERS * INCREMENTS))
        assert await store.get("counters", "a") == {"_id": "a", "n": CALLERS * INCREMENTS}

    async def test_one_of_many_inserts_and_one_of_many_deletes_wins(self, store: DocumentStore) -> None:
        inserts = (store.write([Insert("counters", {"_id": "a", "n": n})]) for n in range(CALLERS))
        outcomes = await asyncio.gather(*inserts)
        assert outcomes.count([Outcome.STORED]) == 1
        winner = outcomes.index([Outcome.STORED])
        assert await store.get("counters", "a") == {"_id": "a", "n": winner}
        deletes = (store.write([Delete("counters", "a", {"n": winner})]) for _ in range(CALLERS))
        assert (await asyncio.gather(*deletes)).count([Outcome.STORED]) == 1

    async def test_each_batch_of_many_at_once_hears_of_its_own_writes(self, store: DocumentStore) -> None:
        async def write(caller: int) -> None:
            for number in range(INCREMENTS):
                id = f"{caller}-{number}"
                batch = [Insert("counters", {"_id": id}), Insert("counters", {"_id": id}), Delete("counters", "none")]
                assert await store.write(batch) == [Outcome.STORED, Outcome.MISSED, Outcome.MISSED]
                assert await store.get("counters", id) == {"_id": id}

        await asyncio.gather(*(write(caller) for caller in range(CALLERS)))
        assert await store.count("counters", {}) == CALLERS * INCREMENTS

    async def test_every_way_of_reading_sees_what_was_written_before(self, store: DocumentStore) -> None:
        await store.write([Insert("counters", {"_id": "a", "n": 0})])
        for n in range(1, 50):
            await store.write([CompareAndSet("counters", "a", {}, {"n": n, f"large_{n % 3}": "x" * 5000})])
            document = await store.get("counters", "a")
            found, listed, counted = await asyncio.gather(
                store.find("counters", {"_id": "a"}), store.find("counters", {}), store.count("counters", {"n": n})
            )
            assert document is not None
            assert document["n"] == n
            assert found == listed == [document]
            assert counted == 1

    async def test_reads_never_see_half_a_write(self, store: DocumentStore) -> None:
        """The two fields are large: a store may keep them apart."""
        await store.write([Insert("counters", {"_id": "a", "n": 0, "left": "0" * 5000, "right": "0" * 5000})])
        is_over = False

        async def read() -> None:
            while not is_over:
                for document in (*await store.find("counters", {}), await store.get("counters", "a")):
                    assert document is not None
                    assert document["left"] == document["right"] == str(document["n"]) * 5000
                await asyncio.sleep(0)

        readers = [asyncio.ensure_future(read()) for _ in range(3)]
        for n in range(60):
            text = str(n % 10) * 5000
            await store.write([CompareAndSet("counters", "a", {}, {"n": n % 10, "left": text, "right": text})])
        is_over = True
        await asyncio.gather(*readers)

    async def test_a_caller_that_gives_up_disturbs_nobody(self, store: DocumentStore) -> None:
        writes = [asyncio.ensure_future(store.write([Insert("counters", {"_id": str(n)})])) for n in range(CALLERS)]
        await asyncio.sleep(0)
        for write in writes[::2]:
            write.cancel()
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert all(outcome == [Outcome.STORED] for outcome in outcomes[1::2])
        assert await store.write([Insert("counters", {"_id": "last"})]) == [Outcome.STORED]

    async def test_what_is_waiting_is_not_changed_by_its_caller(self, store: DocumentStore) -> None:
        await store.write([Insert("counters", {"_id": "a", "n": 1})])
        where, fields, inserted = {"n": 1}, {"list": [1]}, {"_id": "b", "list": [1]}
        before = asyncio.ensure_future(store.write([Insert("counters", {"_id": "before"})]))
        batch = [CompareAndSet("counters", "a", where, fields), Insert("counters", inserted)]
        waiting = asyncio.ensure_future(store.write(batch))
        await asyncio.sleep(0)
        where["n"] = 2
        fields["list"].append(2)
        inserted.clear()
        batch.clear()
        assert [await before, await waiting] == [[Outcome.STORED], [Outcome.STORED] * 2]
        assert await store.get("counters", "a") == {"_id": "a", "n": 1, "list": [1]}
        assert await store.get("counters", "b") == {"_id": "b", "list": [1]}

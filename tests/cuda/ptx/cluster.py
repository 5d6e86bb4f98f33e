"""Blocks that run together: their threads one after the other, from one collective operation to the next."""

import math

from .text import PtxError
from .threads import Block


def indices_of(size):
    return [(x, y, z) for z in range(size[2]) for y in range(size[1]) for x in range(size[0])]


class Shape:
    """Of a launch: blocks of the grid, threads of a block, blocks of a cluster."""

    def __init__(self, grid, block, cluster):
        self.grid, self.block, self.cluster = grid, block, cluster
        self.n_clusters = tuple(n // of for n, of in zip(grid, cluster))
        self.n_threads, self.n_blocks = math.prod(block), math.prod(cluster)


class Cluster:
    """Blocks that reach each other's shared memory. A block alone is a cluster, too.

    Its barrier has phases. Who waits knows what all have done before they arrived, unless they did so .relaxed, and
    nothing of what they did between arriving and waiting. Those that have ended are not waited for. Fences order nothing.
    """

    def __init__(self, machine, program, function, index, shape, params, dynamic_shared, counts):
        self.machine, self.program, self.index, self.shape = machine, program, index, shape
        machine.races.start(shape.n_blocks * shape.n_threads)
        if machine.check_races:
            machine.memory.history.clear()
        self.blocks = [Block(self, function, rank, params, dynamic_shared, counts) for rank in range(shape.n_blocks)]
        self.n_alive = self.n_absent = shape.n_blocks * shape.n_threads  # absent: alive, and not arrived in this phase
        self.phase, self.released, self.known = 0, [], None
        self.waiting, self.woken = [], []

    def run(self):
        ready = [t for block in self.blocks for t in block.threads]
        while ready:
            going, ready = self._turn(ready)
            for thread in going:
                ready += self._step(thread)
        for block in self.blocks:
            block.check_ended()

    def _turn(self, ready):
        """Whose turn it is, in any order, and who stays behind: about every second block."""
        self.machine.random.shuffle(ready)
        ranks = list({t.block.rank for t in ready})
        if len(ranks) == 1:
            return ready, []
        chosen = {self.machine.random.choice(ranks)} | {r for r in ranks if self.machine.random.random() < 0.5}
        return [t for t in ready if t.block.rank in chosen], [t for t in ready if t.block.rank not in chosen]

    def _step(self, thread):
        """To the next collective operation; the threads that may go on then."""
        from .machine import ThreadExit
        block, may_go = thread.block, []
        self.machine.current = thread.number
        try:
            thread.request = thread.coroutine.send(thread.answer)
            ends = False
        except (StopIteration, ThreadExit):
            ends = True
        except Exception as error:
            name = "a register that was never written: " if isinstance(error, UnboundLocalError) else ""
            raise PtxError(f"{self.program.place_of(error.__traceback__)}\n  thread {thread.index} of block {block.index}: "
                           f"{name}{error}") from error
        try:
            if ends:
                self._end(thread)
            else:
                may_go = self._wait(thread) if thread.request[0] == "cluster.wait" else block.arrive(thread)
        except PtxError as error:
            raise PtxError(f"{block.where(thread)}\n  thread {thread.index} of block {block.index}: {error}") from error
        may_go, self.woken = may_go + self.woken, []
        return may_go

    # ---- the barrier

    def arrive(self, thread, releases):
        if thread.must_wait:
            raise PtxError("arrives at the cluster's barrier twice without waiting")
        thread.arrivals, thread.must_wait = thread.arrivals + 1, True
        if self.machine.check_races and releases:
            self.released.append(self.machine.races.release(thread.number))
        self.n_absent -= 1
        self._end_phase()

    def _wait(self, thread):
        if not thread.must_wait:
            raise PtxError("waits at the cluster's barrier without having arrived")
        thread.must_wait, thread.answer = False, None
        if thread.arrivals > self.phase:
            self.waiting.append(thread)
            return []
        self._learn(thread)
        return [thread]

    def _end_phase(self):
        if self.n_absent > 0 or self.n_alive == 0:
            return
        self.known = list(map(max, *self.released)) if len(self.released) > 1 else (self.released or [None])[0]
        self.phase, self.n_absent, self.released = self.phase + 1, self.n_alive, []
        for thread in self.waiting:
            self._learn(thread)
        self.woken, self.waiting = self.woken + self.waiting, []

    def _learn(self, thread):
        if self.known is not None:
            self.machine.races.acquire(thread.number, self.known)

    # ---- blocks begin and end

    def _end(self, thread):
        thread.block.ended.add(thread.index)
        self.n_alive -= 1
        self.n_absent -= thread.arrivals == self.phase
        self._end_phase()
        if self.machine.check_races and self.shape.n_blocks > 1 and thread.block.has_ended():
            self._check_end_of(thread.block)

    def reached(self, thread, rank):
        """The block whose shared memory the thread is about to touch."""
        if rank >= len(self.blocks):
            raise PtxError(f"access to the shared memory of a block that the cluster of {len(self.blocks)} does not have")
        block = self.blocks[rank]
        if block is not thread.block:
            if block.has_ended():
                raise PtxError(f"access to the shared memory of block {rank} of the cluster, which has ended")
            if self.machine.check_races and not self._knows(thread, block):
                raise PtxError(f"access to the shared memory of block {rank} of the cluster, which may not have begun")
        return block

    def _knows(self, thread, block):
        known = self.machine.races.clocks[thread.number]
        return known[block.numbers[0]] > 0 or any(known[t] > 0 for t in block.numbers)

    def _check_end_of(self, block):
        """Of accesses by other blocks some thread of this one knew when it ended; else it could have ended before."""
        known = self.machine.races.known_to(block.numbers)
        for key, thread, step, line, kind in block.shared.history.accesses():
            if thread not in block.numbers and step > known[thread]:
                raise PtxError(f"block {block.rank} of the cluster may have ended before the {kind} of its shared memory at "
                               f"{key * 4 if key >= 0 else ~key:#x} in line {line} by thread {thread} of the cluster: "
                               f"{self.program.statement(line)}")

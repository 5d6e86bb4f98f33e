"""The threads of one block, and what those of it that meet tell each other."""

import collections

from .exchange import exchange
from .memory import GUARD, History, Memory
from .operands import GLOBAL_BASE, LOCAL_WINDOW, PARAMETER_STRIDE, SHARED_STRIDE, SHARED_WINDOW
from .text import PtxError

_local_bytes = 16384
_number_of_none = 255
_letters = {"B": 1, "H": 2, "I": 4, "Q": 8, "f": 4, "d": 8}


class Thread:
    """What generated text calls T."""

    def __init__(self, block, index):
        self.block, self.machine, self.index = block, block.machine, index
        self.number = block.rank * block.n + index  # in the cluster
        shape = block.cluster.shape
        self._place("tid", place_of(index, shape.block))
        self._place("ntid", shape.block)
        self._place("ctaid", block.index)
        self._place("nctaid", shape.grid)
        self._place("clusterid", block.cluster.index)
        self._place("nclusterid", shape.n_clusters)
        self._place("cluster_ctaid", place_of(block.rank, shape.cluster))
        self._place("cluster_nctaid", shape.cluster)
        self.cluster_ctarank, self.cluster_nctarank = block.rank, shape.n_blocks
        self.lane, self.warp = index % 32, index // 32
        self.local = Memory("local", 0, _local_bytes)
        self.local.open_reads = self.machine.open_local_reads
        self.local_ways, self.generic_ways, self.cluster_ways = {}, {}, {}
        self.answer = None
        self.request = None
        self.arrivals, self.must_wait = 0, False  # at the cluster's barrier

    def _place(self, name, values):
        for axis, value in zip("xyz", values):
            setattr(self, f"{name}_{axis}", value)

    def enter(self, sp, size):
        if sp + size > _local_bytes:
            raise PtxError(f"{sp + size} bytes of local memory")
        self.local.allocate(sp, size)

    def leave(self, sp, size):
        self.local.forget(sp, size)

    def parameter(self, address, letter):
        from .machine import _formats
        data = self.block.params[address // PARAMETER_STRIDE]
        if address % _letters[letter]:
            raise PtxError(f"misaligned parameter at {address}")
        return _formats[letter].unpack_from(data, address % PARAMETER_STRIDE)[0]

    def access(self, space, verb, kind):
        machine = self.machine
        if space == "global":
            return machine.way(machine.memory, machine.global_ways, verb, kind)
        if space == "shared":
            return machine.way(self.block.shared, self.block.shared_ways, verb, kind)
        if space == "local":
            return machine.way(self.local, self.local_ways, verb, kind)
        key = verb, kind
        if space == "shared::cluster":
            if key not in self.cluster_ways:
                self.cluster_ways[key] = self._of_cluster(verb, kind)
            return self.cluster_ways[key]
        if key not in self.generic_ways:
            self.generic_ways[key] = self._generic(verb, kind)
        return self.generic_ways[key]

    def _of_cluster(self, verb, kind):
        own, cluster, machine = self.access("shared", verb, kind), self.block.cluster, self.machine

        def way(address, *rest):
            number, offset = divmod(address, SHARED_STRIDE)
            if number == 0:
                return own(offset, *rest)
            block = cluster.reached(self, number - 1)
            return machine.way(block.shared, block.shared_ways, verb, kind)(offset, *rest)

        return way

    def _generic(self, verb, kind):
        of_global, of_local, of_cluster = (self.access(s, verb, kind) for s in ("global", "local", "shared::cluster"))

        def way(address, *rest):
            if address >= GLOBAL_BASE:
                return of_global(address, *rest)
            if address >= LOCAL_WINDOW:
                return of_local(address - LOCAL_WINDOW, *rest)
            if address >= SHARED_WINDOW:
                return of_cluster(address - SHARED_WINDOW, *rest)
            raise PtxError(f"generic access to {address:#x}, which no memory has")

        return way

    def _shared_address(self, address, window):
        if not window <= address < window + SHARED_WINDOW:
            raise PtxError(f"{address:#x} is no address of shared memory")
        return address - window

    def in_block(self, rank, address, window):
        """The same address in another block's shared memory; one that no access may have where there is no such block, because
        compilers move mapa out of the branch that asks whether there is."""
        number = rank + 1 if rank < self.cluster_nctarank else _number_of_none
        return window + number * SHARED_STRIDE + self._shared_address(address, window) % SHARED_STRIDE

    def block_of(self, address, window):
        number = self._shared_address(address, window) // SHARED_STRIDE
        return number - 1 if number > 0 else self.block.rank

    def arrive_at_cluster(self, releases):
        self.block.cluster.arrive(self, releases)


def place_of(index, size):
    return index % size[0], index // size[0] % size[1], index // (size[0] * size[1])


class Block:
    def __init__(self, cluster, function, rank, params, dynamic_shared, counts):
        self.cluster, self.machine, self.program = cluster, cluster.machine, cluster.program
        self.rank, self.params = rank, params
        shape = cluster.shape
        self.index = tuple(c * n + i for c, n, i in zip(cluster.index, shape.cluster, place_of(rank, shape.cluster)))
        self.n = shape.n_threads
        self.numbers = range(rank * self.n, (rank + 1) * self.n)  # of its threads
        self._make_shared(self.program.shared[function.name], dynamic_shared)
        self.threads = [Thread(self, i) for i in range(self.n)]
        for thread in self.threads:
            counters = [0] * len(self.program.mixes)
            counts.threads.append((self.index, thread.index, counters))
            thread.coroutine = self._start(self.program.functions[function.name], function, thread, counters)
        self.pending = collections.defaultdict(list)
        self.ended = set()

    def _make_shared(self, allocations, dynamic):
        end = max([GUARD] + [at + (size or dynamic) for at, size in allocations])
        history = History(self.machine.races, "shared") if self.machine.check_races else None
        self.shared = Memory("shared", 0, end + GUARD, history)
        self.shared_ways = {}
        for at, size in allocations:
            self.shared.allocate(at, size or dynamic)

    def _start(self, call, function, thread, counters):
        if function.name in self.program.waits:
            return call(thread, counters, 0, *self.params)

        def alone():
            call(thread, counters, 0, *self.params)
            return
            yield

        return alone()

    def has_ended(self):
        return len(self.ended) == self.n

    def check_ended(self):
        """All threads have ended, or none could go on."""
        if self.has_ended():
            return
        waiting = [t for t in self.threads if t.index not in self.ended]
        text = "\n".join(f"  thread {t.index} waits at {self.where(t)}" for t in waiting)
        raise PtxError(f"deadlock: of {self.n} threads of block {self.index} {len(self.ended)} have ended\n{text}")

    def where(self, thread):
        frame, inner = None, thread.coroutine
        while inner is not None and getattr(inner, "gi_frame", None) is not None:
            frame, inner = inner.gi_frame, inner.gi_yieldfrom
        line = self.program.line_of(frame.f_lineno) if frame else 0
        return f"{self.program.path}:{line}: {self.program.statement(line)}"

    def arrive(self, thread):
        """Returns the threads that may go on."""
        request = thread.request
        if request[0] == "bar.sync":
            key, n = ("block", request[1]), self.n
        else:
            if not request[1] >> thread.lane & 1:
                raise PtxError(f"the lane is not in its own mask {request[1]:#x}")
            key, n = (thread.warp, request[1]), request[1].bit_count()
        group = self.pending[key]
        group.append(thread)
        if group[0].request[0] != request[0]:
            raise PtxError(f"{request[0]} meets {group[0].request[0]} at {self.where(group[0])}")
        if len(group) < n:
            return []
        del self.pending[key]
        if request[0].startswith("bar"):
            if self.machine.check_races:
                self.machine.races.meet([t.number for t in group])
            for t in group:
                t.answer = None
        else:
            exchange(request[0], group)
        return group

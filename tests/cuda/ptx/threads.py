"""The threads of one block, from one collective operation to the next."""

import collections

from .memory import GUARD, History, Memory
from .operands import GLOBAL_BASE, LOCAL_WINDOW, PARAMETER_STRIDE, SHARED_WINDOW
from .text import PtxError

_local_bytes = 16384
_letters = {"B": 1, "H": 2, "I": 4, "Q": 8, "f": 4, "d": 8}


class Thread:
    """What generated text calls T."""

    def __init__(self, block, index):
        self.block, self.machine, self.index = block, block.machine, index
        x, y, _ = block.size
        self.tid_x, self.tid_y, self.tid_z = index % x, index // x % y, index // (x * y)
        self.ntid_x, self.ntid_y, self.ntid_z = block.size
        self.ctaid_x, self.ctaid_y, self.ctaid_z = block.index
        self.nctaid_x, self.nctaid_y, self.nctaid_z = block.grid
        self.lane, self.warp = index % 32, index // 32
        self.local = Memory("local", 0, _local_bytes)
        self.local.open_reads = self.machine.open_local_reads
        self.local_ways, self.generic_ways = {}, {}
        self.answer = None
        self.request = None

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
        if key not in self.generic_ways:
            self.generic_ways[key] = self._generic(verb, kind)
        return self.generic_ways[key]

    def _generic(self, verb, kind):
        of_global, of_shared, of_local = (self.access(s, verb, kind) for s in ("global", "shared", "local"))

        def way(address, *rest):
            if address >= GLOBAL_BASE:
                return of_global(address, *rest)
            if address >= LOCAL_WINDOW:
                return of_local(address - LOCAL_WINDOW, *rest)
            if address >= SHARED_WINDOW:
                return of_shared(address - SHARED_WINDOW, *rest)
            raise PtxError(f"generic access to {address:#x}, which no memory has")

        return way


class Block:
    def __init__(self, machine, program, function, index, grid, size, params, dynamic_shared, counts):
        self.machine, self.program = machine, program
        self.index, self.grid, self.size, self.params = index, grid, size, params
        self.n = size[0] * size[1] * size[2]
        machine.races.start(self.n)
        if machine.check_races:
            machine.memory.history.clear()
        self._make_shared(program.shared[function.name], dynamic_shared)
        self.threads = [Thread(self, i) for i in range(self.n)]
        for thread in self.threads:
            counters = [0] * len(program.mixes)
            counts.threads.append((index, thread.index, counters))
            thread.coroutine = self._start(program.functions[function.name], function, thread, counters)
        self.pending = collections.defaultdict(list)
        self.n_ended = 0
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

    def run(self):
        from .machine import ThreadExit
        ready = list(self.threads)
        machine, program = self.machine, self.program
        while ready:
            machine.random.shuffle(ready)
            released = []
            for thread in ready:
                machine.current = thread.index
                try:
                    thread.request = thread.coroutine.send(thread.answer)
                except (StopIteration, ThreadExit):
                    self.ended.add(thread.index)
                    continue
                except Exception as error:
                    name = "a register that was never written: " if isinstance(error, UnboundLocalError) else ""
                    raise PtxError(f"{program.place_of(error.__traceback__)}\n  thread {thread.index} of block {self.index}: "
                                   f"{name}{error}") from error
                try:
                    released += self._arrive(thread)
                except PtxError as error:
                    raise PtxError(f"{self._where(thread)}\n  thread {thread.index} of block {self.index}: {error}") from error
            ready = released
        if len(self.ended) < self.n:
            waiting = [t for t in self.threads if t.index not in self.ended]
            text = "\n".join(f"  thread {t.index} waits at {self._where(t)}" for t in waiting)
            raise PtxError(f"deadlock: of {self.n} threads of block {self.index} {len(self.ended)} have ended\n{text}")

    def _where(self, thread):
        frame, inner = None, thread.coroutine
        while inner is not None and getattr(inner, "gi_frame", None) is not None:
            frame, inner = inner.gi_frame, inner.gi_yieldfrom
        line = self.program.line_of(frame.f_lineno) if frame else 0
        return f"{self.program.path}:{line}: {self.program.statement(line)}"

    def _arrive(self, thread):
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
            raise PtxError(f"{request[0]} meets {group[0].request[0]} at {self._where(group[0])}")
        if len(group) < n:
            return []
        del self.pending[key]
        if request[0].startswith("bar"):
            if self.machine.check_races:
                self.machine.races.meet([t.index for t in group])
            for t in group:
                t.answer = None
        else:
            _exchange(request[0], group)
        return group


def _exchange(name, group):
    what, how = name.split(".")
    by_lane = {t.lane: t.request for t in group}
    if what == "shfl":
        for t in group:
            t.answer = _shuffled(how, t.lane, by_lane)
        return
    values = [t.request[2] for t in group]
    if what == "vote":
        ballot = sum(1 << t.lane for t in group if t.request[2])
        result = {"ballot": ballot, "any": ballot != 0, "all": all(values), "uni": len(set(values)) == 1}[how]
    elif what == "redux":
        result = values[0]
        for value in values[1:]:
            result = {"add": result + value, "min": min(result, value), "max": max(result, value), "and": result & value,
                      "or": result | value, "xor": result ^ value}[how]
    for t in group:
        t.answer = result if what != "match" else sum(1 << u.lane for u in group if u.request[2] == t.request[2])


def _shuffled(how, lane, requests):
    """PTX ISA, shfl.sync: (value, whether the source lane was in range)."""
    _, mask, value, b, c = requests[lane]
    segment, clamp = c >> 8 & 31, c & 31
    greatest = lane & segment | clamp & ~segment
    if how == "up":
        source = lane - (b & 31)
        inside = source >= greatest
    elif how == "idx":
        source = lane & segment | b & 31 & ~segment
        inside = source <= greatest
    else:
        source = lane + (b & 31) if how == "down" else lane ^ b & 31
        inside = source <= greatest
    if not inside:
        return value, False
    if source not in requests:
        raise PtxError(f"lane {lane} reads lane {source}, which is not in the mask {mask:#x}")
    return requests[source][2], True

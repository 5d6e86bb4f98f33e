"""One address space: what is allocated, what was written, who read and wrote it since threads last met.

Every byte has a shadow: 0 beside any allocation, 1 allocated, 3 written. Accesses are checked for alignment, bounds
and (reads) memory that was never written. Races.read() and its like keep, for each word, the accesses that the accessing
thread may not have met: two of them, one a write that is not atomic, are a race.
"""

import array

from . import arithmetic
from .text import PtxError

BYTES = {"B": 1, "H": 2, "I": 4, "Q": 8, "f": 4, "d": 8}
_UNSIGNED = {1: "B", 2: "H", 4: "I", 8: "Q"}
GUARD = 4096


class Races:
    """Vector clocks of the threads of a cluster's blocks: clocks[t][u] is the last step of u that t knows of."""

    def __init__(self, machine):
        self.machine = machine
        self.start(0)

    def start(self, n_threads):
        self.clocks = [[1 if t == u else 0 for u in range(n_threads)] for t in range(n_threads)]

    def meet(self, threads):
        known = self.known_to(threads)
        for t in threads:
            self.clocks[t] = own = known[:]
            own[t] += 1

    def release(self, thread):
        """What the thread knows; it does not know of its next steps."""
        before = self.clocks[thread]
        self.clocks[thread] = own = before[:]
        own[thread] += 1
        return before

    def acquire(self, thread, known):
        self.clocks[thread] = list(map(max, self.clocks[thread], known))

    def known_to(self, threads):
        """What any of them knows."""
        return list(map(max, *[self.clocks[t] for t in threads])) if len(threads) > 1 else self.clocks[threads[0]]


class History:
    """The accesses to one address space by the threads of one cluster of blocks."""

    def __init__(self, races, what):
        self.races = races
        self.what = what
        self.clear()

    def clear(self):
        self.writes, self.reads, self.atomics = {}, {}, {}
        self.split = {}  # word -> its bytes that were accessed by themselves

    def accesses(self):
        """(key, thread, step, line, kind) of all that no later one has taken the place of."""
        for table in (self.writes, self.reads, self.atomics):
            for key, entries in table.items():
                for thread, (step, line, kind) in entries.items():
                    yield key, thread, step, line, kind

    def _overlapping(self, tables, thread, key, kind, line):
        """Of a byte the accesses to its word, of a word those to its bytes."""
        if key < 0:
            self.split.setdefault(~key >> 2, set()).add(key)
        for other in (~key >> 2,) if key < 0 else self.split[key]:
            for table in tables:
                if other in table:
                    self._conflict(table[other], thread, other, kind, line)

    def _conflict(self, entries, thread, key, kind, line):
        known = self.races.clocks[thread]
        for other, (step, other_line, other_kind) in entries.items():
            if other != thread and step > known[other]:
                raise PtxError(f"race: {kind} of {self.what} memory at {key * 4 if key >= 0 else ~key:#x} in line {line} "
                               f"by thread {thread}, {other_kind} in line {other_line} by thread {other}, and no "
                               f"synchronisation of both between")

    def _enter(self, table, thread, key, kind, line):
        entry = (self.races.clocks[thread][thread], line, kind)
        if key in table:
            table[key][thread] = entry
        else:
            table[key] = {thread: entry}

    def read(self, key, line):
        thread = self.races.machine.current
        if key < 0 or key in self.split:
            self._overlapping((self.writes, self.atomics), thread, key, "read", line)
        for table in (self.writes, self.atomics):
            if key in table:
                self._conflict(table[key], thread, key, "read", line)
        self._enter(self.reads, thread, key, "read", line)

    def write(self, key, line):
        thread = self.races.machine.current
        if key < 0 or key in self.split:
            self._overlapping((self.writes, self.reads, self.atomics), thread, key, "write", line)
        for table in (self.writes, self.reads, self.atomics):
            if key in table:
                self._conflict(table.pop(key), thread, key, "write", line)
        self._enter(self.writes, thread, key, "write", line)

    def atomic(self, key, line):
        thread = self.races.machine.current
        if key < 0 or key in self.split:
            self._overlapping((self.writes, self.reads), thread, key, "atomic operation", line)
        for table in (self.writes, self.reads):
            if key in table:
                self._conflict(table[key], thread, key, "atomic operation", line)
        self._enter(self.atomics, thread, key, "atomic operation", line)


def _keys(address, size):
    """Words of four bytes; smaller accesses are keyed by their bytes."""
    if size < 4:
        return (~address,) if size == 1 else (~address, ~(address + 1))
    word = address >> 2
    return (word,) if size == 4 else (word, word + 1)


class Memory:
    def __init__(self, what, base, size, history=None):
        size = (size + 7) // 8 * 8
        self.what, self.base, self.size, self.history = what, base, size, history
        self.data = array.array("Q", bytes(size))
        self.shadow = array.array("Q", bytes(size))
        self.bytes = memoryview(self.data).cast("B")
        self.marks = memoryview(self.shadow).cast("B")
        self.open_reads = None  # a Counter of lines: reads of what was never written are counted, not errors

    def allocate(self, offset, size):
        """What nobody has written is NaN, and so are whole numbers -1."""
        self.marks[offset:offset + size] = b"\x01" * size
        self.bytes[offset:offset + size] = b"\xff" * size

    def forget(self, offset, size):
        self.marks[offset:offset + size] = bytes(size)

    def put(self, address, data):
        """Written by the host."""
        i = address - self.base
        self.bytes[i:i + len(data)] = data
        self.marks[i:i + len(data)] = b"\x03" * len(data)

    def get(self, address, size):
        return bytes(self.bytes[address - self.base:address - self.base + size])

    def was_written(self, address, size):
        return bytes(self.marks[address - self.base:address - self.base + size]) == b"\x03" * size

    def fault(self, verb, address, size):
        i = address - self.base
        where = f"{verb} of {size} bytes of {self.what} memory at {address:#x}"
        if address % size != 0:
            raise PtxError(f"misaligned {where}")
        if not 0 <= i <= self.size - size or 0 in self.marks[i:i + size]:
            raise PtxError(f"{where}, which is beside every allocation")
        raise PtxError(f"{where}, which was never written")

    def _typed(self, kind):
        size = BYTES[kind]
        data = memoryview(self.data).cast("B").cast(kind)
        shadow = memoryview(self.shadow).cast("B").cast(_UNSIGNED[size])
        ones = int.from_bytes(b"\x01" * size, "little")
        return data, shadow, ones

    def load(self, kind):
        data, shadow, ones = self._typed(kind)
        base, end, size = self.base, self.size, BYTES[kind]
        low, shift, written, history = size - 1, size.bit_length() - 1, 3 * ones, self.history

        def load(address, line):
            i = address - base
            k = i >> shift
            if i & low or not 0 <= i < end or shadow[k] != written:
                if i & low or not 0 <= i < end or shadow[k] & ones != ones or self.open_reads is None:
                    self.fault("read", address, size)
                self.open_reads[line] += 1
            if history is not None:
                for key in _keys(address, size):
                    history.read(key, line)
            return data[k]

        return load

    def store(self, kind):
        data, shadow, ones = self._typed(kind)
        base, end, size = self.base, self.size, BYTES[kind]
        low, shift, written, history = size - 1, size.bit_length() - 1, 3 * ones, self.history

        def store(address, value, line):
            i = address - base
            k = i >> shift
            if i & low or not 0 <= i < end or shadow[k] & ones != ones:
                self.fault("write", address, size)
            if history is not None:
                for key in _keys(address, size):
                    history.write(key, line)
            shadow[k] = written
            data[k] = value

        return store

    def atomic(self, kind, combine):
        data, shadow, ones = self._typed(kind)
        base, end, size = self.base, self.size, BYTES[kind]
        low, shift, written, history = size - 1, size.bit_length() - 1, 3 * ones, self.history

        def atomic(address, value, line):
            i = address - base
            k = i >> shift
            if i & low or not 0 <= i < end or shadow[k] != written:
                self.fault("atomic operation", address, size)
            if history is not None:
                for key in _keys(address, size):
                    history.atomic(key, line)
            before = data[k]
            data[k] = combine(before, value)
            return before

        return atomic


def combination(name, kind, width):
    """What an atomic operation does: (before, operand) -> after."""
    mask, sign = (1 << width) - 1, 1 << width - 1
    if name in ("min", "max"):
        choose = min if name == "min" else max
        if kind[0] == "s":
            return lambda a, b: choose(a ^ sign, b ^ sign) ^ sign
        return choose
    if name == "add" and kind[0] == "f":
        return (lambda a, b: arithmetic.to_f32(a + b)) if width == 32 else (lambda a, b: a + b)
    plain = {"add": lambda a, b: a + b & mask, "and": lambda a, b: a & b, "or": lambda a, b: a | b,
             "xor": lambda a, b: a ^ b, "exch": lambda a, b: b}
    if name not in plain:
        raise PtxError(f"unknown atomic operation {name}")
    return plain[name]

"""Executes PTX on a machine without a GPU.

    text.py        PTX text -> functions made of statements
    operands.py    what the operands of one function are in Python
    emit.py        one statement -> Python text
    flow.py        one function -> one Python function: blocks, branches, calls, instruction counts
    arithmetic.py  what Python's own operators do not say: roundings, conversions, bit fields
    memory.py      bounds, alignment, memory that was never written; races
    exchange.py    what the lanes of a warp tell each other
    threads.py     the threads of a block
    cluster.py     blocks that run together: threads that run from one collective operation to the next
    machine.py     modules made executable, and launches

Threads are coroutines. Nothing is simulated of warps but which lanes a collective operation waits
for: between two of them threads run one after the other, in an order shuffled by a seed, and blocks of a
cluster get ahead of each other.
"""

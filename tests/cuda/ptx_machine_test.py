#!/usr/bin/env python3
"""What the PTX machine computes, counts and refuses, on small texts."""

import math
import os
import random
import struct
import tempfile
import unittest
from fractions import Fraction

from ptx import arithmetic
from ptx.machine import Machine
from ptx.text import PtxError

HEAD = """.version 9.0
.target sm_90
.address_size 64
"""
KERNEL = HEAD + """.extern .shared .align 16 .b8 dynamic[];
%(functions)s
.visible .entry kernel(.param .u64 kernel_param_0)
{
 .reg .pred %%p<20>; .reg .b16 %%rs<20>; .reg .b32 %%r<40>; .reg .b64 %%rd<40>; .reg .f32 %%f<20>; .reg .f64 %%fd<20>;
 .shared .align 8 .b8 own[64];
 ld.param.u64 %%rd1, [kernel_param_0];
 cvta.to.global.u64 %%rd2, %%rd1;
 mov.u32 %%r1, %%tid.x;
%(body)s
 ret;
}
"""


def launch(body, data=b"\0" * 64, threads=1, shared=0, seed=1, functions="", blocks=1, cluster=1):
    """The data after the kernel, and the counts."""
    machine = Machine(seed, capacity=1 << 16)
    with tempfile.NamedTemporaryFile("w", suffix=".ptx", delete=False) as file:
        file.write(KERNEL % {"body": body, "functions": functions})
    try:
        program = machine.load(file.name)
    finally:
        os.unlink(file.name)
    address = machine.allocate(len(data), data)
    counts = machine.launch(program, "kernel", (blocks, 1, 1), (threads, 1, 1), [struct.pack("<Q", address)], shared,
                            (cluster, 1, 1))
    return machine.memory.get(address, len(data)), counts


def words(kind, data):
    return list(struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data))


OWN_WORD = """
 mul.wide.u32 %rd3, %r1, 4;
 add.s64 %rd4, %rd2, %rd3;
 mov.u32 %r2, own;
 shl.b32 %r3, %r1, 2;
 add.s32 %r4, %r2, %r3;
"""


class Integers(unittest.TestCase):
    def run_one(self, op, a, b, kind="Q"):
        w = 64 if kind == "Q" else 32
        register = "rd" if w == 64 else "r"
        body = f" ld.global.b{w} %{register}10, [%rd2]; ld.global.b{w} %{register}11, [%rd2+8]; {op}; " \
               f"st.global.b64 [%rd2+16], %rd12;"
        data = struct.pack("<QQQQ", a % (1 << w), b % (1 << w), 0, 0)
        return words("Q", launch(body, data)[0])[2]

    def test_signed_and_unsigned(self):
        m = 1 << 64
        self.assertEqual(self.run_one("mul.wide.s32 %rd12, %r10, %r11", -3, 5, "I"), -15 % m)
        self.assertEqual(self.run_one("mul.wide.u32 %rd12, %r10, %r11", -1, 2, "I"), 2 * 0xFFFFFFFF)
        self.assertEqual(self.run_one("mul.hi.u64 %rd12, %rd10, %rd11", -1, -1), m - 2)
        self.assertEqual(self.run_one("mul.hi.s64 %rd12, %rd10, %rd11", -1, -1), 0)
        self.assertEqual(self.run_one("div.s64 %rd12, %rd10, %rd11", -7, 2), -3 % m)
        self.assertEqual(self.run_one("rem.s64 %rd12, %rd10, %rd11", -7, 2), -1 % m)
        self.assertEqual(self.run_one("min.s64 %rd12, %rd10, %rd11", -7, 2), -7 % m)
        self.assertEqual(self.run_one("max.u64 %rd12, %rd10, %rd11", -7, 2), -7 % m)
        self.assertEqual(self.run_one("sub.s64 %rd12, %rd10, %rd11", 1, 2), m - 1)
        self.assertEqual(self.run_one("cvt.s64.s32 %rd12, %r10", -2, 0, "I"), m - 2)
        self.assertEqual(self.run_one("cvt.u64.u32 %rd12, %r10", -2, 0, "I"), 0xFFFFFFFE)

    def test_bits(self):
        x = 0x0123456789ABCDEF
        self.assertEqual(self.run_one("cvt.u32.u64 %r11, %rd11; shr.s64 %rd12, %rd10, %r11", -16, 70), (1 << 64) - 1)
        self.assertEqual(self.run_one("cvt.u32.u64 %r11, %rd11; shl.b64 %rd12, %rd10, %r11", x, 64), 0)
        self.assertEqual(self.run_one("bfi.b64 %rd12, %rd10, %rd11, 8, 16", 0xABCD, x), 0x0123456789ABCDEF & ~0xFFFF00 | 0xABCD00)
        self.assertEqual(self.run_one("clz.b64 %r12, %rd10; cvt.u64.u32 %rd12, %r12", 1, 0), 63)
        self.assertEqual(self.run_one("prmt.b32 %r12, %r10, %r11, 0x0123; cvt.u64.u32 %rd12, %r12", 0x11223344, 0, "I"), 0x44332211)
        self.assertEqual(self.run_one("mov.b64 {%r12,%r13}, %rd10; mov.b64 %rd12, {%r13,%r12}", x, 0), 0x89ABCDEF01234567)


class Floats(unittest.TestCase):
    def test_fp32_is_rounded_once(self):
        random.seed(5)
        for op, exact in (("add", lambda a, b: a + b), ("mul", lambda a, b: a * b), ("div", lambda a, b: a / b)):
            for _ in range(20):
                a, b = (arithmetic.f32_of(random.getrandbits(32) & 0xBFFFFFFF) for _ in range(2))
                body = f"ld.global.f32 %f1, [%rd2]; ld.global.f32 %f2, [%rd2+4]; {op}.rn.f32 %f3, %f1, %f2; st.global.f32 [%rd2+8], %f3;"
                if a == 0.0 or b == 0.0:
                    continue
                got = words("f", launch(body, struct.pack("<fff", a, b, 0))[0])[2]
                expected = arithmetic._exact(exact(Fraction(a), Fraction(b)), 24, -149, a)
                self.assertEqual(got, expected, (op, a, b))

    def test_fused(self):
        self.assertEqual(arithmetic.fused(1.0 + 2.0**-52, 1.0 - 2.0**-52, -1.0, 53), -(2.0**-104))
        self.assertEqual(arithmetic.fused(1e308, 10.0, -math.inf, 53), -math.inf)
        self.assertEqual(arithmetic.fused(1e308, 10.0, 0.0, 53), math.inf)
        self.assertEqual(arithmetic.fused(5e-324, 0.5, 0.0, 53), 0.0)

    def test_nan_of_arithmetic_is_odd_and_that_of_memory_is_kept(self):
        body = """ld.global.f64 %fd1, [%rd2]; add.rn.f64 %fd2, %fd1, %fd1; st.global.f64 [%rd2+8], %fd2;
                  mov.f64 %fd3, %fd1; st.global.f64 [%rd2+16], %fd3; mov.b64 %rd5, %fd2; st.global.u64 [%rd2+24], %rd5;"""
        nan = 0x7FF8000000000000
        got = words("Q", launch(body, struct.pack("<QQQQ", nan, 0, 0, 0))[0])
        self.assertEqual(got, [nan, 0x7FFFFFFFFFFFFFFF, nan, 0x7FFFFFFFFFFFFFFF])

    def test_comparisons_with_nan(self):
        ops = ("eq", "ne", "lt", "ge", "equ", "neu", "ltu", "geu", "num", "nan")
        body = "mov.f64 %fd1, 0d7FF8000000000000; mov.f64 %fd2, 0d3FF0000000000000;"
        for i, op in enumerate(ops):
            body += f"setp.{op}.f64 %p1, %fd1, %fd2; selp.u32 %r5, 1, 0, %p1; st.global.u32 [%rd2+{4 * i}], %r5;"
        self.assertEqual(words("I", launch(body)[0])[:len(ops)], [0, 0, 0, 0, 1, 1, 1, 1, 0, 1])

    def test_conversions(self):
        body = """ld.global.f64 %fd1, [%rd2]; cvt.rzi.s32.f64 %r5, %fd1; cvt.rmi.f64.f64 %fd2, %fd1; cvt.rn.f32.f64 %f1, %fd1;
                  st.global.u32 [%rd2+8], %r5; st.global.f32 [%rd2+12], %f1; st.global.f64 [%rd2+16], %fd2;"""
        for x, whole, low in ((-0.5, 0, -1.0), (2.75, 2, 2.0), (-0.0, 0, -0.0), (1e300, 0x7FFFFFFF, 1e300)):
            got = launch(body, struct.pack("<ddd", x, 0, 0))[0]
            self.assertEqual(struct.unpack_from("<I", got, 8)[0], whole)
            self.assertEqual(got[16:], struct.pack("<d", low))
        self.assertEqual(struct.unpack_from("<f", got, 12)[0], math.inf)


class Threads(unittest.TestCase):
    def test_shuffles(self):
        for how, b, c, source in (("bfly", 1, 31, lambda i: i ^ 1), ("up", 2, 0, lambda i: i - 2 if i >= 2 else i),
                                  ("down", 3, 31, lambda i: i + 3 if i + 3 < 32 else i), ("idx", 5, 31, lambda i: 5),
                                  ("up", 1, 0x1800, lambda i: i if i % 8 == 0 else i - 1)):
            body = OWN_WORD + f" shfl.sync.{how}.b32 %r5|%p1, %r1, {b}, {c}, -1; st.global.u32 [%rd4], %r5;"
            self.assertEqual(words("I", launch(body, b"\0" * 128, 32)[0]), [source(i) for i in range(32)], how)

    def test_atomics_of_all_threads(self):
        body = " atom.global.add.u32 %r5, [%rd2], 3; atom.global.or.b32 %r6, [%rd2+4], 5; atom.global.min.u64 %rd5, [%rd2+8], 7;"
        got = launch(body, struct.pack("<IIQ", 1, 0, 9), 40)[0]
        self.assertEqual(struct.unpack("<IIQ", got), (121, 5, 7))

    def test_neighbours_meet_after_a_barrier(self):
        body = OWN_WORD + """ st.shared.u32 [%r4], %r1; bar.warp.sync -1; xor.b32 %r5, %r3, 4; add.s32 %r6, %r2, %r5;
                              ld.shared.u32 %r7, [%r6]; st.global.u32 [%rd4], %r7;"""
        # The shared array has room for 16 words.
        whole = body.replace("own;", "dynamic;")
        self.assertEqual(words("I", launch(whole, b"\0" * 128, 32, shared=128)[0]), [i ^ 1 for i in range(32)])
        for seed in range(5):
            with self.assertRaisesRegex(PtxError, "race|never written"):
                launch(whole.replace("bar.warp.sync -1;", ""), b"\0" * 128, 32, shared=128, seed=seed)
        with self.assertRaisesRegex(PtxError, "beside every allocation"):
            launch(whole, b"\0" * 128, 32, shared=124)

    def test_a_missing_barrier_before_memory_is_written_again_is_a_race(self):
        body = OWN_WORD + """ setp.eq.s32 %p1, %r1, 0; @%p1 st.shared.u32 [%r2], %r1; bar.warp.sync -1;
                              ld.shared.u32 %r7, [%r2]; SECOND @%p1 st.shared.u32 [%r2], %r1; st.global.u32 [%rd4], %r7;"""
        launch(body.replace("SECOND", "bar.warp.sync -1;"), b"\0" * 128, 32)
        with self.assertRaisesRegex(PtxError, "race"):
            launch(body.replace("SECOND", "shfl.sync.bfly.b32 %r9|%p2, %r1, 1, 31, -1;"), b"\0" * 128, 32)

    def test_deadlocks_are_reported(self):
        with self.assertRaisesRegex(PtxError, "deadlock.*31 threads|deadlock: of 32 threads .* 1 have ended"):
            launch(" setp.eq.s32 %p1, %r1, 3; @%p1 ret; bar.warp.sync -1;", threads=32)
        with self.assertRaisesRegex(PtxError, "not in its own mask"):
            launch(" bar.warp.sync 1;", threads=32)
        with self.assertRaisesRegex(PtxError, "deadlock"):
            launch(" setp.eq.s32 %p1, %r1, 33; @%p1 exit; bar.sync 0;", threads=64)

    def test_accesses_are_checked(self):
        for body, text in ((" ld.global.u32 %r5, [%rd2+62];", "misaligned"), (" ld.global.v2.u64 {%rd5,%rd6}, [%rd2+8];", "misaligned"),
                           (" ld.global.u64 %rd5, [%rd2+64];", "beside"), (" ld.shared.u32 %r5, [own];", "never written"),
                           (" st.global.u8 [%rd2+-1], %r1;", "beside"), (" mov.u64 %rd5, 0; ld.u32 %r5, [%rd5];", "no memory")):
            with self.assertRaisesRegex(PtxError, text):
                launch(body)
        with self.assertRaisesRegex(PtxError, "unknown instruction"):
            launch(" sin.approx.f32 %f1, %f2;")
        with self.assertRaisesRegex(PtxError, "never written"):
            launch(" @%p1 bra $L1; setp.eq.s32 %p2, %r1, 5;\n$L1: selp.u32 %r5, 1, 0, %p2; setp.eq.s32 %p1, %r1, 5;")


CLUSTER_BARRIER = " barrier.cluster.arrive; barrier.cluster.wait;\n"
# %r10: rank of the block, %r11: of the next one, %r12: the thread's word of the next one's memory, %r4: of its own, %rd4: the
# thread's word of the data.
NEXT = CLUSTER_BARRIER + OWN_WORD + """
 mov.b32 %r10, %cluster_ctarank; mov.b32 %r5, %cluster_nctarank;
 add.s32 %r11, %r10, 1; rem.u32 %r11, %r11, %r5;
 mapa.shared::cluster.u32 %r12, %r4, %r11;
 mov.u32 %r6, %ntid.x; mad.lo.s32 %r7, %r10, %r6, %r1; mul.wide.u32 %rd3, %r7, 4; add.s64 %rd4, %rd2, %rd3;
"""
FIRST = " setp.ne.s32 %p1, %r10, 0;\n"  # of the blocks


class Clusters(unittest.TestCase):
    def launch(self, body, data=b"\0" * 128, threads=2, seed=1, blocks=2):
        return launch(NEXT + body, data, threads, seed=seed, blocks=blocks, cluster=blocks)[0]

    def refused(self, body, text, **how):
        for seed in range(8):
            with self.assertRaisesRegex(PtxError, text):
                self.launch(body, seed=seed, **how)

    def test_places(self):
        body = """ mov.u32 %r2, %ctaid.x; mul.wide.u32 %rd3, %r2, 16; add.s64 %rd4, %rd2, %rd3;
 mov.b32 %r3, %cluster_ctarank; mov.b32 %r4, %cluster_nctarank; mov.u32 %r5, %clusterid.x; mov.u32 %r6, %nclusterid.x;
 st.global.v2.u32 [%rd4], {%r3,%r4}; st.global.v2.u32 [%rd4+8], {%r5,%r6};"""
        got = words("I", launch(body, b"\0" * 96, blocks=6, cluster=2)[0])
        self.assertEqual(got, [x for block in range(6) for x in (block % 2, 2, block // 2, 3)])
        with self.assertRaisesRegex(PtxError, "no clusters"):
            launch(body, b"\0" * 96, blocks=5, cluster=2)

    def test_blocks_have_memory_of_their_own_and_reach_the_others(self):
        tell = " st.shared.u32 [%r4+32], %r1; st.shared::cluster.u32 [%r12], %r7;" + CLUSTER_BARRIER
        read = " ld.shared.u32 %r8, [%r4]; st.global.u32 [%rd4], %r8;"
        expected = [(i - 2) % 8 for i in range(8)] + [0] * 24
        for seed in range(4):
            self.assertEqual(words("I", self.launch(tell + read, seed=seed, blocks=4)), expected)
        # The same by generic addresses.
        generic = """ cvt.u64.u32 %rd5, %r4; cvta.shared.u64 %rd5, %rd5; mapa.u64 %rd6, %rd5, %r11; st.u32 [%rd6], %r7;
 getctarank.u32 %r9, %rd6; setp.ne.s32 %p2, %r9, %r11; @%p2 trap;""" + CLUSTER_BARRIER + \
            " ld.u32 %r8, [%rd5]; st.global.u32 [%rd4], %r8;"
        self.assertEqual(words("I", self.launch(generic, blocks=4)), expected)
        # The address of the own memory among all.
        own = " mapa.shared::cluster.u32 %r13, %r4, %r10; st.shared::cluster.u32 [%r13], %r7; ld.shared.u32 %r8, [%r4];"
        self.assertEqual(words("I", self.launch(own + " st.global.u32 [%rd4], %r8;", blocks=4))[:8], list(range(8)))

    def test_atomics_of_all_blocks(self):
        body = FIRST + " setp.eq.s32 %p2, %r7, 0; @%p2 st.shared.u32 [own], 5; mov.u32 %r2, own;" \
            " mapa.shared::cluster.u32 %r13, %r2, 0;" + CLUSTER_BARRIER + \
            " atom.shared::cluster.add.u32 %r14, [%r13], 3;" + CLUSTER_BARRIER + \
            " @!%p1 ld.shared.u32 %r8, [own]; @!%p1 st.global.u32 [%rd4], %r8;"
        self.assertEqual(words("I", self.launch(body, threads=3, blocks=4))[:3], [5 + 3 * 12] * 3)

    def test_races_between_blocks(self):
        tell = " st.shared::cluster.u32 [%r12], %r7; BETWEEN ld.shared.u32 %r8, [%r4]; st.global.u32 [%rd4], %r8;" + \
            CLUSTER_BARRIER
        self.launch(tell.replace("BETWEEN", CLUSTER_BARRIER))
        self.refused(tell.replace("BETWEEN", ""), "race|never written")
        # A block's barrier orders that block.
        self.launch(" st.shared.u32 [%r4], %r7; bar.sync 0; xor.b32 %r8, %r3, 4; add.s32 %r8, %r2, %r8; ld.shared.u32 %r9, [%r8];")
        self.refused(tell.replace("BETWEEN", "bar.sync 0;"), "race|never written")
        both = " mov.u32 %r2, own; mapa.shared::cluster.u32 %r13, %r2, 1; setp.eq.s32 %p1, %r7, 0; setp.eq.s32 %p2, %r7, WHO;" \
               " @%p1 st.shared::cluster.u32 [%r13], 7; bar.sync 0; @%p2 st.shared::cluster.u32 [%r13], 8;" + CLUSTER_BARRIER
        self.launch(both.replace("WHO", "1"))
        self.refused(both.replace("WHO", "2"), "race: write of shared memory .* by thread [02], write in line")
        # Memory may not be written again while another block reads it.
        again = " st.shared.u32 [%r4], 1;" + CLUSTER_BARRIER + \
            " ld.shared::cluster.u32 %r8, [%r12]; BETWEEN st.shared.u32 [%r4], 2;" + CLUSTER_BARRIER
        self.launch(again.replace("BETWEEN", CLUSTER_BARRIER))
        self.refused(again.replace("BETWEEN", "bar.sync 0;"), "race")
        # Global memory, too.
        self.refused(" st.global.u32 [%rd2], %r7;", "race: write of global memory")

    def test_a_byte_of_a_word_is_a_race(self):
        body = OWN_WORD + " setp.eq.s32 %p1, %r1, 0; @%p1 st.shared.u32 [own], 1; @%p1 bra $L; " \
            "mov.u32 %r5, 7; ACCESS;\n$L: bar.warp.sync -1;"
        for access in ("st.shared.u8 [own+3], %r5", "st.shared.u16 [own+2], %r5", "ld.shared.u8 %r6, [own+1]"):
            for seed in range(4):
                with self.assertRaisesRegex(PtxError, "race|never written"):
                    launch(body.replace("ACCESS", access), threads=2, seed=seed)

    def test_what_the_cluster_barrier_orders(self):
        tell = " ARRIVE st.shared::cluster.u32 [%r12], %r7; LATE barrier.cluster.wait; ld.shared.u32 %r8, [%r4];" + CLUSTER_BARRIER
        early = tell.replace("ARRIVE", "").replace("LATE", "barrier.cluster.arriveHOW;")
        self.launch(early.replace("HOW", ""))
        self.launch(early.replace("HOW", ".release.aligned").replace("cluster.wait", "cluster.wait.acquire.aligned"))
        self.refused(early.replace("HOW", ".relaxed"), "race")
        # What is done between arriving and waiting.
        self.refused(tell.replace("ARRIVE", "barrier.cluster.arrive;").replace("LATE", ""), "race|never written")

    def test_the_cluster_barrier_is_used_as_it_must_be(self):
        self.refused(" barrier.cluster.wait;", "without having arrived")
        self.refused(" barrier.cluster.arrive; barrier.cluster.arrive;", "twice")
        # Threads that have ended are not waited for, others are.
        self.launch(FIRST + " @%p1 exit;" + CLUSTER_BARRIER)
        self.refused(FIRST + " @%p1 bra $L;" + CLUSTER_BARRIER + "\n$L: bar.sync 0; setp.ne.s32 %p2, %r7, 3; @%p2 bra $E;"
                     " bar.sync 0;\n$E:", "deadlock")
        with self.assertRaisesRegex(PtxError, "unknown barrier"):
            self.launch(" barrier.cluster.sync;")

    def test_blocks_begin_and_end(self):
        with self.assertRaisesRegex(PtxError, "may not have begun"):
            launch(NEXT.replace(CLUSTER_BARRIER, "") + " st.shared::cluster.u32 [%r12], %r7;" + CLUSTER_BARRIER, threads=2,
                   blocks=2, cluster=2)
        read = " st.shared.u32 [%r4], %r7;" + CLUSTER_BARRIER + " ld.shared::cluster.u32 %r8, [%r12];"
        self.launch(read + CLUSTER_BARRIER)
        self.refused(read, "has ended|may have ended before the read")
        self.refused(read + " bar.sync 0;", "has ended|may have ended before the read")
        self.refused(FIRST + read.replace("ld.", "@%p1 ld."), "has ended|may have ended before the read", threads=1)
        # One thread of each block waits for the others.
        self.launch(read + " barrier.cluster.arrive; setp.eq.s32 %p2, %r1, 1; @%p2 exit; barrier.cluster.wait;")

    def test_addresses_are_checked(self):
        self.refused(" st.shared::cluster.u32 [%r12+64], %r7;", "beside every allocation")
        self.refused(" st.shared.u32 [%r12], %r7;", "beside every allocation")
        for rank in (2, 1000):
            none = f" mapa.shared::cluster.u32 %r13, %r4, {rank};"
            self.launch(none)
            self.refused(none + "st.shared::cluster.u32 [%r13], 1;", "block that the cluster of 2 does not have")
        self.refused(" add.s32 %r13, %r12, 33554432; st.shared::cluster.u32 [%r13], 1;", "block that the cluster of 2")
        self.refused(" mapa.u64 %rd5, %rd2, 1;", "no address of shared memory")


class Flow(unittest.TestCase):
    function = """.func (.param .b64 func_retval0) twice(.param .b64 twice_param_0)
{ .reg .f64 %fd<3>; .reg .b64 %SP; .reg .b64 %SPL; .local .align 8 .b8 depot[8];
 mov.u64 %SPL, depot; cvta.local.u64 %SP, %SPL;
 ld.param.f64 %fd1, [twice_param_0]; add.rn.f64 %fd2, %fd1, %fd1; st.f64 [%SP], %fd2; ld.local.f64 %fd1, [%SPL];
 st.param.f64 [func_retval0+0], %fd1; ret; }"""

    def test_calls(self):
        body = """ ld.global.f64 %fd1, [%rd2];
 { .reg .b32 temp_param_reg; .param .b64 param0; st.param.f64 [param0+0], %fd1; .param .b64 retval0;
 call.uni (retval0), twice, ( param0 ); ld.param.f64 %fd2, [retval0+0]; }
 st.global.f64 [%rd2], %fd2;"""
        got, _ = launch(body, struct.pack("<d", 1.25), functions=self.function)
        self.assertEqual(got, struct.pack("<d", 2.5))

    def test_loops_are_counted(self):
        body = """ mov.u32 %r5, 0; mov.u32 %r6, 0;
$L_loop: add.s32 %r6, %r6, %r5; add.s32 %r5, %r5, 1; setp.lt.u32 %p1, %r5, 10;
 @%p1 bra $L_loop;
 st.global.u32 [%rd2], %r6;"""
        got, counts = launch(body)
        self.assertEqual(words("I", got)[0], 45)
        mix = counts.classes()
        self.assertEqual((mix["integer"], mix["branch"], mix["move"], mix["parameter"], mix["ld/st global"]), (30, 11, 4, 1, 1))

    def test_tables_of_branches(self):
        body = OWN_WORD + """ and.b32 %r5, %r1, 3;
 $L_table: .branchtargets $L0, $L1, $L0, $L2;
 brx.idx %r5, $L_table;
$L0: mov.u32 %r6, 100; bra.uni $L_end;
$L1: mov.u32 %r6, 101; bra.uni $L_end;
$L2: mov.u32 %r6, 102;
$L_end: st.global.u32 [%rd4], %r6;"""
        self.assertEqual(words("I", launch(body, b"\0" * 16, 4)[0]), [100, 101, 100, 102])

    def test_initialised_arrays(self):
        functions = ".const .align 8 .u64 table[3] = {7, 8, 0x10};\n.global .align 4 .b8 bytes[4] = {1, 2, 3, 255};"
        body = " ld.const.u64 %rd5, [table+16]; mov.u64 %rd6, bytes; ld.global.u8 %rs1, [%rd6+3]; cvt.u64.u16 %rd7, %rs1;" \
               " add.s64 %rd5, %rd5, %rd7; st.global.u64 [%rd2], %rd5;"
        self.assertEqual(words("Q", launch(body, functions=functions)[0])[0], 16 + 255)


if __name__ == "__main__":
    unittest.main()

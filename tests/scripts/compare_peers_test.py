#!/usr/bin/env python3
"""What bench/peers/compare_peers.py computes itself, by numbers that can be checked by hand."""

import math
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "peers"))
import compare_peers


class ComparePeersTest(unittest.TestCase):
    def test_log_likelihood_of_the_exponential(self):
        self.assertAlmostEqual(compare_peers.log_likelihood([1.0, 3.0], 0.0, 2.0), -2 * math.log(2) - 2, 14)

    def test_log_likelihood_at_shape_one(self):
        # density (1/2)(1 + y/2)^-2: at 2 it is 1/8
        self.assertAlmostEqual(compare_peers.log_likelihood([2.0], 1.0, 2.0), -math.log(8), 14)

    def test_an_excess_beyond_the_support_has_no_likelihood(self):
        self.assertEqual(compare_peers.log_likelihood([3.0], -0.5, 1.0), -math.inf)

    def test_classes(self):
        sample = [1.0, 3.0]
        best = compare_peers.log_likelihood(sample, 0.0, 2.0)
        fits = [None, (-1.5, 10.0), (-0.5, 1.0), (0.0, 2.0), (0.0, 2.5)]
        failed, shortfalls = compare_peers.classify(fits, [sample] * 5, [(0.0, 2.0, best)] * 5)
        self.assertEqual(failed, 3)  # nothing, a shape below -1, an excess beyond the support
        self.assertEqual(len(shortfalls), 1)
        self.assertAlmostEqual(shortfalls[0], 2 * math.log(1.25) + 4 / 2.5 - 2, 14)

    def test_shapes_that_move_or_are_lost(self):
        fits = {1e-6: [(0.1, 1.0), (0.1, 1.0), None], 1.0: [(0.1, 1.0), (0.2, 1.0), (0.1, 1.0)]}
        self.assertEqual(compare_peers.moved_with_the_unit(fits), 2)

    def test_the_same_seed_draws_the_same_samples(self):
        first, again = compare_peers.draw(7, 1), compare_peers.draw(7, 1)
        self.assertEqual(len(first), len(compare_peers.SIZES) * len(compare_peers.SHAPES))
        self.assertTrue(all((a == b).all() for a, b in zip(first, again)))
        self.assertTrue(all((a > 0).all() for a in first))


if __name__ == "__main__":
    unittest.main()

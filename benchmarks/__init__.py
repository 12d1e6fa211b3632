"""Measurements that are too long for the tests. Each prints its figures and exits 1 where a promise does not hold."""

"""Adapters to what lies outside the process.

The database. Features own their tables, not this package.
"""

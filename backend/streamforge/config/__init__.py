"""Typed settings. The only package that reads the environment."""

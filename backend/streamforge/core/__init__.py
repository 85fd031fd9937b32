"""Ids, clock, errors, tasks, logging: what every package stands on. It imports nothing of ours."""

"""Rooms: their durable definitions (REST) and the meetings that live in them."""

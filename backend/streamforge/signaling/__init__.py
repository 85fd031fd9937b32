"""The Socket.IO edge: sockets, sessions, limits, queues. It decides nothing about meetings."""

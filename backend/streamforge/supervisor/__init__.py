"""Keeps the server and the media workers running as siblings. It serves no request itself.

It owns the listening sockets, so that they stay open while a server is replaced, and it is the one
owner of signals. A killed server leaves media running, a killed worker leaves signaling running.
"""

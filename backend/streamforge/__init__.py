"""StreamForge: self-hosted WebRTC meetings.

The packages are layers; `[tool.importlinter]` in the workspace's pyproject.toml lists their order.
"""

__version__ = "0.1.0"

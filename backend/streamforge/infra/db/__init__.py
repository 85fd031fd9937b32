"""The SQL database.

Engine, migrations, and the meeting journal. Feature tables live with their feature.
"""

"""What every HTTP route shares.

Errors, authentication, limits, paging, the edge. It has no feature.
"""

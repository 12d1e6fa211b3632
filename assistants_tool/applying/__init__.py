"""Plan -> Outcomes: the only writes there are, and the backups that are made before them.

In: a Plan and an open endpoint. Out: one Outcome for each change. May be imported by `report` and the line.
"""

"""The straight line: load, open, list, plan, guard, apply, report. Composed once, here, for every front end.

In: what was asked for (paths, environment, options). Out: plans and outcomes. It alone opens endpoints. May be imported by the front ends:
`api` and `cli`.
"""

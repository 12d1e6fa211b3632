"""project.yaml -> where a run works: root, environment, endpoint, scope of ownership; and the scaffold that begins a project.

In: paths, the command line's choice, environment variables. Out: a `Target`. May be imported by `applying`, `asking`, `endpoint` and the
line.
"""

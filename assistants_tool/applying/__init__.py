"""Plan -> Outcomes: the only writes there are, and the backups that are made before them.

In: a Plan and an open endpoint. Out: one Outcome for each change. May be imported by `report` and the line.

`run` is the entry. It puts the parts in order, each of which imports only what stands before it here: `context` (what a run is given),
`progress` (what it has come to know), `outcomes` (errors as outcomes), `workers` (several at once), `looking` (fresh listings), `verifying`
(is the answer what was sent?), `writing` (one change), `proof` (is it managed?), `settling` (creates without a clear answer),
`lastlook` (second assistants of one key). `backups` keeps old objects (`earlierbackups` reads those of earlier versions), `restoring` makes
a plan of them, and `returning` carries that out.
"""

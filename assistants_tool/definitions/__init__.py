"""Files -> Definitions, with the position of everything that is wrong with them; and back, for `import`.

In: paths, and what project.yaml says of each environment. Out: `objects.Definition`s, or every problem at once. May be imported by
`project` and all that comes after it.
"""

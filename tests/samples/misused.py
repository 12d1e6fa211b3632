"""What a checker of types has to refuse; each line says with which of mypy's codes."""

from __future__ import annotations

from openai import OpenAI

from assistants_tool import AsyncProject, Project, Projekt, plan  # attr-defined

project = Project.open("assistants", environ="local")  # call-arg
project.plan(prune="yes")  # arg-type
project.plan(max_delete=5)  # arg-type
project.apply(project.load())  # arg-type
project.apply(on_outcome=len)  # arg-type
project.plan(client=OpenAI())  # arg-type
first = project.list().assistants[0]
print(first.mark.key)  # union-attr
planned: str = AsyncProject.open().plan()  # assignment
plan("assistants")  # arg-type
print(Projekt)

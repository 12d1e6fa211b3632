"""Words: plans, outcomes and assistants as text or data. Pure; who calls decides where it goes and in which colours."""

"""What is asked of a server beside its assistants: a chat, its models and their prices, a diagnosis.

In: an open endpoint, or what one answered. Out: plain data for a report. May be imported by `report` and the front ends.
"""

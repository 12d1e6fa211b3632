"""(desired, actual) -> Plan. Pure: what would change and why, what deserves a second look, what apply would refuse, what may be shown.

In: Definitions and a Listing. Out: a Plan, its masked view, a saved plan. May be imported by `applying`, `report`, `asking` and the line.
"""

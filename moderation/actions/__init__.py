"""The actions of moderators: one function for each action, followed by its `Action` entry.

In one transaction, a function changes the data through the services of accounts, groups and chat, adds an
entry to the audit log, and notifies the people concerned. Before it writes anything, it checks the
permission, the reason and the target, and raises RoleMissing, NoReason or ProtectedPerson. A refusal is
recorded in the audit log, so actions must not be called in a transaction.

Repeating an action changes nothing and notifies nobody. It still gets an audit entry, whose `log_id` is None.
"""

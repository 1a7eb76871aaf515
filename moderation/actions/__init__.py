"""What moderators do: one function for each action, with its entry in the table of its file. It asks whether
the moderator may, does it through the services of accounts, groups and chat, writes the audit log, and tells
whom it concerns: in one transaction.

Each raises NotAllowed, NoReason and ProtectedPerson before anything is written; a refusal has its own line in
the audit log, so actions are not called in a transaction. Doing again what is done already changes nothing
and tells nobody. It is a decision all the same, and has its entry, with no place in the log.
"""

"""Derives the groups, the people and the waiting messages from the staged data."""

from firstserver.report import ImportReport
from firstserver.staging import Staging

# Older builds stored a group's messages in a list under the group's id, which can also be a userid. So only
# messages to that group are left out, and only if no member of the group has this userid.
_OF_GROUPS = """
    SELECT waiting.userid, waiting.message FROM waiting JOIN message ON message.id = waiting.message
    WHERE CAST(message.gid AS TEXT) = waiting.userid
    AND NOT EXISTS (
        SELECT 1 FROM hash JOIN member USING (gid)
        WHERE gid = message.gid AND member.userid = waiting.userid
    )
"""
_WITHOUT_GROUP = "gid NOT IN (SELECT gid FROM hash)"
_WITHOUT_CREATOR = """
    SELECT gid, (SELECT min(userid) FROM member WHERE member.gid = hash.gid) AS userid
    FROM hash WHERE creator IS NULL
"""
_CREATORS = """
    UPDATE hash SET creator = (SELECT userid FROM creatorless WHERE creatorless.gid = hash.gid)
    WHERE creator IS NULL
"""
_LEFT_OUT = "groups left out: their creator is no userid, and they have no members"
_GOT_MEMBER = "groups that got a member as their creator, because theirs is no userid"
_GROUPS = """
    CREATE TABLE group_ AS
    SELECT gid, creator, name, notice, 0 AS dissolved FROM hash WHERE creator IS NOT NULL
    UNION ALL
    SELECT gid, sender, '', '', 1 FROM (
        SELECT DISTINCT gid, first_value(sender) OVER (PARTITION BY gid ORDER BY second, id) AS sender
        FROM message WHERE gid IS NOT NULL
    ) WHERE gid NOT IN (SELECT gid FROM hash WHERE creator IS NOT NULL)
"""
_PEOPLE = """
    CREATE TABLE person AS
    SELECT userid FROM profile
    UNION SELECT creator FROM group_
    UNION SELECT userid FROM member
    UNION SELECT userid FROM waiting
    UNION SELECT sender FROM message
"""


def resolve(staging: Staging, report: ImportReport) -> None:
    """Create the tables `group_` and `person`, and remove messages and members without a recipient or
    group."""
    _drop_lists_of_groups(staging, report)
    _drop_members_without_group(staging, report)
    _find_creators(staging, report)
    staging.execute(_GROUPS)
    staging.execute("CREATE UNIQUE INDEX by_gid ON group_ (gid)")
    staging.execute(_PEOPLE)
    for (gid,) in staging.query("SELECT gid FROM group_ WHERE dissolved ORDER BY gid"):
        report.note("dissolved groups, kept because messages of them wait", str(gid))


def _drop_lists_of_groups(staging: Staging, report: ImportReport) -> None:
    staging.execute(f"CREATE TEMP TABLE of_group AS {_OF_GROUPS}")
    for userid, count in staging.query("SELECT userid, count(*) FROM of_group GROUP BY userid"):
        report.note("messages in lists under a group's id, kept there by older builds", userid, count)
    staging.execute("DELETE FROM waiting WHERE (userid, message) IN (SELECT userid, message FROM of_group)")
    staging.execute("DELETE FROM message WHERE id NOT IN (SELECT message FROM waiting)")


def _drop_members_without_group(staging: Staging, report: ImportReport) -> None:
    for (gid,) in staging.query(f"SELECT DISTINCT gid FROM member WHERE {_WITHOUT_GROUP} ORDER BY gid"):
        report.note("groups that never were: members without a hash", f"groupmembers_{gid}")
    staging.execute(f"DELETE FROM member WHERE {_WITHOUT_GROUP}")


def _find_creators(staging: Staging, report: ImportReport) -> None:
    """Make a member the creator of each group whose creator is no userid. Groups without members are left
    out."""
    staging.execute(f"CREATE TEMP TABLE creatorless AS {_WITHOUT_CREATOR}")
    staging.execute(_CREATORS)
    for gid, userid in staging.query("SELECT gid, userid FROM creatorless ORDER BY gid"):
        report.note(_LEFT_OUT if userid is None else _GOT_MEMBER, f"group_{gid}")

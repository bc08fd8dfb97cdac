"""Reads of who works here."""

from sarnakh.accounts.models import Team, User


def branch_of(user: User) -> set[int]:
    """Ids of the manager's own team and all below; empty without a team."""
    if user.team_id is None:
        return set()
    parents = dict(Team.objects.values_list("id", "parent_id"))
    branch = {user.team_id}
    while True:
        grown = branch | {team for team, parent in parents.items() if parent in branch}
        if grown == branch:
            return branch
        branch = grown

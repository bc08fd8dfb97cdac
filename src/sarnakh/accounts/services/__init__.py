"""Acts on who works here: set-up, people, teams, keys and settings. Each is one transaction with its line in the log.

Who may call them is decided before (`selectors.demand`); what is stored is checked here, and a refusal names the field.
The organisation is remembered by each process for 5 s (`selectors.organisation`); changes made here are seen at once
by the process that made them.
"""

from sarnakh.accounts.services.checks import CALENDARS, LANGUAGES, THEMES, AccountError
from sarnakh.accounts.services.people import (
    NewUser,
    Place,
    create_team,
    create_user,
    set_language,
    set_membership,
    set_theme,
)
from sarnakh.accounts.services.settings import change_setting
from sarnakh.accounts.services.setup import (
    AlreadySetUp,
    Setup,
    SetupLinkInvalid,
    default_working_week,
    is_setup_link,
    make_setup_link,
    seed_holidays,
    set_up,
    use_setup_link,
)
from sarnakh.accounts.services.tokens import Bearer, authenticate_token, create_token, revoke_token

__all__ = [
    "CALENDARS",
    "LANGUAGES",
    "THEMES",
    "AccountError",
    "AlreadySetUp",
    "Bearer",
    "NewUser",
    "Place",
    "Setup",
    "SetupLinkInvalid",
    "authenticate_token",
    "change_setting",
    "create_team",
    "create_token",
    "create_user",
    "default_working_week",
    "is_setup_link",
    "make_setup_link",
    "revoke_token",
    "seed_holidays",
    "set_language",
    "set_membership",
    "set_theme",
    "set_up",
    "use_setup_link",
]

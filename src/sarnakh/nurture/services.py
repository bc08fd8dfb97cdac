"""Write to people what they asked for, once, and stop when they say so.

`welcome` is a step of `lifecycle.advance`: it queues, the outbox sends. Who may be written to is decided in `rules`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from sarnakh.accounts.models import Organisation
from sarnakh.djangokit.hot import hot
from sarnakh.kit.text import pick
from sarnakh.leads.facts import Fact, record_facts
from sarnakh.leads.models import Consent, Event, Lead, Person
from sarnakh.nurture import rules
from sarnakh.nurture.models import Template
from sarnakh.nurture.rendering import Footer, Rendered, TemplateFault, render
from sarnakh.nurture.rules import MARKETING, SERVICE
from sarnakh.nurture.selectors import UnknownMessage, addresses_of, permits_of
from sarnakh.outbox.models import Message
from sarnakh.outbox.ports import Draft
from sarnakh.outbox.selectors import known_keys, suppressions_of
from sarnakh.outbox.services import lift_suppression, queue, suppress
from sarnakh.outbox.tokens import unsubscribe_url

log = logging.getLogger(__name__)

SAMPLE_VALUES = {"name": "سارا احمدی", "company": "آسمان", "organisation": "سرنخ", "form": "demo", "language": "fa"}


@dataclass(frozen=True, slots=True)
class _Wish:
    lead: int
    person: Person
    form: str
    template: str
    asked_at: datetime


def welcome(lead_ids: Sequence[int], *, at: datetime) -> int:
    """Queue the welcome of whoever sent a form that has one in the last 24 h; how many were queued.

    Once for a form and a person, merged cards included; calling it again changes nothing.
    """
    wishes = _wishes(lead_ids, at)
    if not wishes:
        return 0
    templates = Template.objects.in_bulk({wish.template for wish in wishes}, field_name="slug")
    people = {wish.person.id for wish in wishes}
    addresses, permits = addresses_of(people), permits_of(people)
    organisation = Organisation.objects.first()
    drafts = [
        _draft(wish, templates[wish.template], addresses[wish.person.id], organisation)
        for wish in wishes
        if wish.template in templates
        and wish.person.id in addresses
        and rules.may_send(
            templates[wish.template].purpose, asked_at=wish.asked_at, permits=permits.get(wish.person.id, {})
        )
    ]
    return len(queue(drafts, at=at))


_submitted = hot(
    lambda ids, at_from, at_to: (
        Event.objects.filter(
            lead_id__in=ids, name="form_submitted", at__gt=at_from, at__lte=at_to, retracted_by__isnull=True
        )
        .order_by("at", "id")
        .values_list("lead_id", "at", "props")
    )
)


def _wishes(lead_ids: Sequence[int], at: datetime) -> list[_Wish]:
    """The fresh form submissions of these leads that ask for a welcome not yet written, one for a form and person."""
    submitted = _submitted(lead_ids, at - rules.WELCOME_WINDOW, at)
    asked = [(lead, asked_at, props) for lead, asked_at, props in submitted if props.get("welcome_template")]
    if not asked:
        return []
    leads = Lead.objects.select_related("person__company").in_bulk({lead for lead, _, _ in asked})
    wishes: dict[str, _Wish] = {}
    for lead, asked_at, props in asked:
        person, form = leads[lead].person, str(props.get("form") or "")
        wishes[rules.welcome_key(form, person.id)] = _Wish(lead, person, form, str(props["welcome_template"]), asked_at)
    written = _written_for(wishes.values())
    return [wish for key, wish in wishes.items() if key not in written]


def _written_for(wishes: Iterable[_Wish]) -> set[str]:
    """Keys of the wishes answered already, also under the name of a card that was merged into the person since."""
    listed = list(wishes)
    merged = Person.objects.filter(merged_into__in={wish.person.id for wish in listed}).values_list(
        "id", "merged_into_id"
    )
    cards: dict[int, list[int]] = {wish.person.id: [wish.person.id] for wish in listed}
    for gone, kept in merged:
        if kept is not None:
            cards[kept].append(gone)
    keys = {
        rules.welcome_key(wish.form, card): rules.welcome_key(wish.form, wish.person.id)
        for wish in listed
        for card in cards[wish.person.id]
    }
    return {keys[key] for key in known_keys(keys)}


def _draft(wish: _Wish, template: Template, address: str, organisation: Organisation | None) -> Draft:
    key = rules.welcome_key(wish.form, wish.person.id)
    language = wish.person.language or (organisation.language if organisation else "fa")
    values = {
        "name": wish.person.name,
        "company": wish.person.company.name if wish.person.company else "",
        "organisation": organisation.name if organisation else "",
        "form": wish.form,
        "language": language,
        "unsubscribe_url": unsubscribe_url(key),
    }
    fault = ""
    try:
        words = _rendered(template.subject, template.body, language, values)
    except TemplateFault as error:  # saved before its values were known: kept as failed, seen, and sent again by hand
        log.warning("template %s: %s", template.slug, error)
        words, fault = Rendered("", "", ""), f"template {template.slug}: {error}"
    return Draft(
        key=key,
        recipient=address,
        purpose=template.purpose,
        subject=words.subject,
        body_text=words.text,
        body_html=words.html,
        about_lead=wish.lead,
        about_person=wish.person.id,
        props={"template": template.slug, "form": wish.form},
        has_unsubscribe=True,
        fault=fault,
    )


def _rendered(
    subject: Mapping[str, str], body: Mapping[str, str], language: str, values: Mapping[str, object]
) -> Rendered:
    with translation.override(language):
        reason = (
            _("You get this message because you asked %(organisation)s for it.")
            % {"organisation": values["organisation"]}
            if values["organisation"]
            else _("You get this message because you asked us for it.")
        )
        footer = Footer(reason, _("Choose what we may send you"), str(values["unsubscribe_url"]))
    return render(pick(subject, language), pick(body, language), values=values, language=language, footer=footer)


def save_template(
    slug: str,
    *,
    name: str,
    purpose: str,
    subject: Mapping[str, str],
    body: Mapping[str, str],
    at: datetime,
) -> Template:
    """Make or change an e-mail template, tried out in each of its languages first. Raises TemplateFault."""
    assert purpose in (SERVICE, MARKETING)
    for language in subject.keys() | body.keys():
        _rendered(subject, body, language, {**SAMPLE_VALUES, "unsubscribe_url": unsubscribe_url("sample")})
    template, _is_new = Template.objects.update_or_create(
        slug=slug,
        defaults={
            "name": name,
            "channel": "email",
            "purpose": purpose,
            "subject": dict(subject),
            "body": dict(body),
            "updated_at": at,
        },
    )
    return template


def unsubscribe(message_key: str, *, purposes: Sequence[str] | None = None, at: datetime) -> None:
    """Take back the consent of whoever got this message, and stop its address; again changes nothing.

    `purposes`: service, marketing; None: what the message itself was for, and all that is less. Raises UnknownMessage.
    """
    with transaction.atomic():
        message = _locked(message_key)
        ended = tuple(purposes) if purposes is not None else rules.taken_back_by(message.purpose)
        address = ("email", message.recipient)
        stopped = {purpose for each in suppressions_of([address]).values() for purpose in each}
        new = [purpose for purpose in ended if purpose not in stopped]
        for purpose in new:
            suppress("email", address=message.recipient, purpose=purpose, reason="unsubscribed", at=at)
        _record(message, new, is_granted=False, at=at)


def resume(message_key: str, *, at: datetime) -> None:
    """They want our messages again after all: lifts what they stopped themselves. Raises UnknownMessage."""
    with transaction.atomic():
        message = _locked(message_key)
        permits = permits_of([message.about_person] if message.about_person else [])
        refused = {
            purpose
            for words in permits.values()
            for purpose, permit in words.items()
            if not permit.is_granted and purpose in (SERVICE, MARKETING)
        }
        if lift_suppression("email", address=message.recipient, reason="unsubscribed"):
            _record(message, sorted(refused), is_granted=True, at=at)


def _locked(message_key: str) -> Message:
    message = Message.objects.select_for_update().filter(key=message_key, channel="email").first()
    if message is None:
        raise UnknownMessage
    return message


def _record(message: Message, purposes: Sequence[str], *, is_granted: bool, at: datetime) -> None:
    """The words of the person as consent rows and facts; mail that is about nobody leaves only the suppression."""
    person = Person.objects.filter(id=message.about_person).first() if message.about_person else None
    if person is None or not purposes:
        return
    root = person.merged_into_id or person.id
    Consent.objects.bulk_create(
        Consent(
            origin_id=person.id,
            person_id=root,
            purpose=purpose,
            channel="email",
            is_granted=is_granted,
            at=at,
            text="",
            source="unsubscribe",
        )
        for purpose in purposes
    )
    name = "consent_given" if is_granted else "consent_withdrawn"
    told: list[tuple[str, Mapping[str, object]]] = [
        (name, {"purpose": purpose, "channel": "email"}) for purpose in purposes
    ]
    if not is_granted:
        told.append(("unsubscribed", message.props))
    lead, waiting = message.about_lead, None if message.about_lead else person.id
    record_facts([Fact(name, at, origin=lead, person=waiting, props=props) for name, props in told], received_at=at)

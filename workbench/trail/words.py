"""What each action code of the audit trail means, in words, by kind. A code without a word fails in tests/guards.

The one table over all apps: the page that reads the trail spans them all, those who write it need no words.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Kind(TextChoices):
    """Kinds of actions, as the search offers them."""

    OPENING = "opening", _("Looking into records")
    IDENTITY = "identity", _("Identity shown in full")
    EMERGENCY = "emergency", _("Emergency access")
    EXPORT = "export", _("Exports and prints")
    CARE = "care", _("Follow-up and treatment")
    ARCHIVE = "archive", _("Archive and contract")
    REFERRAL = "referral", _("Referral")
    IMPORT = "import", _("Roster import")
    ACCOUNT = "account", _("Sign-in and accounts")
    HOUSE = "house", _("Organizations and people")
    SYSTEM = "system", _("Run by Yilian itself")


# Kinds by which somebody learnt something about a resident: what a resident who asks is told.
LOOKING: Final = (Kind.OPENING, Kind.IDENTITY, Kind.EMERGENCY, Kind.EXPORT)


class Word(NamedTuple):
    """An action in words."""

    kind: Kind
    text: "StrOrPromise"


K = Kind
WORDS: Final[dict[str, Word]] = {
    "patient.open": Word(K.OPENING, _("opened the record")),
    "visit.open": Word(K.OPENING, _("opened the follow-up form")),
    "referral.open": Word(K.OPENING, _("opened a referral case")),
    "referral.write": Word(K.OPENING, _("opened the referral form")),
    "records.list": Word(K.OPENING, _("listed records over the interface")),
    "records.open": Word(K.OPENING, _("opened a record over the interface")),
    "records.pull": Word(K.OPENING, _("pulled changes over the interface")),
    "trail.search": Word(K.OPENING, _("searched the audit trail")),
    "trail.access-history": Word(K.OPENING, _("opened the access history")),
    "identity.unmask": Word(K.IDENTITY, _("saw document number and telephone in full")),
    "identity.read": Word(K.IDENTITY, _("read document number and telephone over the interface")),
    "patient.break_glass": Word(K.EMERGENCY, _("opened the record in an emergency")),
    "patient.break_glass_end": Word(K.EMERGENCY, _("ended an emergency access")),
    "patient.break_glass_review": Word(K.EMERGENCY, _("reviewed an emergency access")),
    "patient.print": Word(K.EXPORT, _("printed a record form or leaflet")),
    "referral.print": Word(K.EXPORT, _("printed the referral slip")),
    "performance.export": Word(K.EXPORT, _("exported figures")),
    "export.alliance_flows": Word(K.EXPORT, _("exported referral flows")),
    "roster.report": Word(K.EXPORT, _("downloaded the report of an import")),
    "trail.export": Word(K.EXPORT, _("exported a month of the audit trail")),
    "visit.record": Word(K.CARE, _("recorded a follow-up")),
    "visit.amend": Word(K.CARE, _("corrected a follow-up")),
    "visit.move-away": Word(K.CARE, _("moved a follow-up to another resident")),
    "visit.move-here": Word(K.CARE, _("took over a follow-up entered on another resident")),
    "task.ask": Word(K.CARE, _("left a task after a follow-up")),
    "task.finish": Word(K.CARE, _("ended a task after a follow-up")),
    "appointment.book": Word(K.CARE, _("booked a follow-up")),
    "appointment.bring-forward": Word(K.CARE, _("brought a follow-up forward")),
    "appointment.cancel": Word(K.CARE, _("cancelled a follow-up")),
    "appointment.hand-over": Word(K.CARE, _("handed a follow-up over")),
    "appointment.move": Word(K.CARE, _("planned a follow-up for another day")),
    "appointment.move-back": Word(K.CARE, _("put a planned follow-up back")),
    "appointment.escalate": Word(K.CARE, _("told the team lead of an overdue follow-up")),
    "contact.attempt": Word(K.CARE, _("tried to reach the resident")),
    "followup.lost": Word(K.CARE, _("marked the resident as lost to follow-up")),
    "followup.found": Word(K.CARE, _("found the resident again")),
    "followup.route": Word(K.EXPORT, _("opened the route list for home visits")),
    "calendar.move": Word(K.CARE, _("moved planned follow-ups of a team together")),
    "calendar.undo": Word(K.CARE, _("undid a move of planned follow-ups")),
    "calendar.plan": Word(K.SYSTEM, _("planned days for follow-ups")),
    "calendar.set-day": Word(K.HOUSE, _("set a day of the working calendar")),
    "calendar.clear-day": Word(K.HOUSE, _("cleared a day of the working calendar")),
    "capacity.set-pattern": Word(K.HOUSE, _("set how many follow-ups a team does")),
    "capacity.set-day": Word(K.HOUSE, _("set a day on which a team does more or fewer follow-ups")),
    "capacity.clear-day": Word(K.HOUSE, _("cleared a day that differed for a team")),
    "protocol.draft": Word(K.HOUSE, _("drafted a version of the protocol settings")),
    "protocol.change": Word(K.HOUSE, _("changed a draft of the protocol settings")),
    "protocol.discard": Word(K.HOUSE, _("threw a draft of the protocol settings away")),
    "protocol.publish": Word(K.HOUSE, _("published a version of the protocol settings")),
    "protocol.withdraw": Word(K.HOUSE, _("withdrew a version of the protocol settings")),
    "protocol.what-if": Word(K.HOUSE, _("ran a draft of the protocol settings over the last year")),
    "protocol.what-if-stop": Word(K.HOUSE, _("stopped the run of a draft")),
    "contact.prefer": Word(K.CARE, _("kept how the resident wants to hear from us")),
    "contact.answer": Word(K.CARE, _("recorded whether the resident wants reminders")),
    "message.arrived": Word(K.CARE, _("noted an uncertain message as arrived")),
    "message.again": Word(K.CARE, _("had an uncertain message sent again")),
    "message.given_up": Word(K.CARE, _("gave up an uncertain message")),
    "care-plan.sign": Word(K.CARE, _("signed the care plan")),
    "care-plan.draft": Word(K.CARE, _("drafted a care plan")),
    "care-plan.propose": Word(K.CARE, _("proposed a care plan for signature")),
    "care-plan.take-back": Word(K.CARE, _("took a proposed care plan back")),
    "care-plan.discard": Word(K.CARE, _("threw a drafted care plan away")),
    "care-plan.send-back": Word(K.CARE, _("sent a proposed care plan back")),
    "care-plan.take-over": Word(K.CARE, _("took over a signed care plan")),
    "lifestyle.agree": Word(K.CARE, _("agreed on a lifestyle goal")),
    "lifestyle.end": Word(K.CARE, _("ended a lifestyle goal")),
    "intervention.log": Word(K.CARE, _("logged a lifestyle intervention")),
    "intervention.withdraw": Word(K.CARE, _("withdrew a lifestyle intervention")),
    "pathway.start": Word(K.CARE, _("began a pathway")),
    "pathway.step": Word(K.CARE, _("settled a step of a pathway")),
    "pathway.end": Word(K.CARE, _("ended a pathway")),
    "plan.open": Word(K.OPENING, _("opened the care plan")),
    "pathway.open": Word(K.OPENING, _("opened a pathway")),
    "pathway-template.publish": Word(K.HOUSE, _("made a new version of a pathway template")),
    "condition.diagnose": Word(K.ARCHIVE, _("recorded a diagnosis")),
    "enrolment.begin": Word(K.ARCHIVE, _("enrolled in a programme")),
    "enrolment.end": Word(K.ARCHIVE, _("ended an enrolment")),
    "patient.died": Word(K.ARCHIVE, _("recorded a death")),
    "responsibility.assign": Word(K.ARCHIVE, _("assigned to a team")),
    "referral.draft": Word(K.REFERRAL, _("drafted a referral")),
    "referral.submit": Word(K.REFERRAL, _("submitted a referral")),
    "referral.send": Word(K.REFERRAL, _("sent a referral")),
    "referral.ask": Word(K.REFERRAL, _("asked the sender back")),
    "referral.answer": Word(K.REFERRAL, _("answered a question on a referral")),
    "referral.accept": Word(K.REFERRAL, _("accepted a referral")),
    "referral.decline": Word(K.REFERRAL, _("declined a referral")),
    "referral.redirect": Word(K.REFERRAL, _("passed a referral on")),
    "referral.schedule": Word(K.REFERRAL, _("gave an appointment")),
    "referral.arrive": Word(K.REFERRAL, _("marked the arrival")),
    "referral.miss": Word(K.REFERRAL, _("marked that nobody came")),
    "referral.close": Word(K.REFERRAL, _("closed a referral")),
    "referral.admit": Word(K.REFERRAL, _("began the treatment")),
    "referral.return": Word(K.REFERRAL, _("returned the patient")),
    "referral.confirm": Word(K.REFERRAL, _("confirmed the return")),
    "referral.ask_to_cancel": Word(K.REFERRAL, _("asked to cancel a referral")),
    "referral.cancel": Word(K.REFERRAL, _("cancelled a referral")),
    "referral.agree": Word(K.REFERRAL, _("agreed to cancel a referral")),
    "referral.refuse": Word(K.REFERRAL, _("refused to cancel a referral")),
    "referral.expire": Word(K.REFERRAL, _("let a referral expire")),
    "referral.settle": Word(K.REFERRAL, _("settled a referral by an event in the archive")),
    "roster.preview": Word(K.IMPORT, _("checked a roster")),
    "roster.confirm": Word(K.IMPORT, _("confirmed an import")),
    "roster.discard": Word(K.IMPORT, _("threw a roster away")),
    "roster.import": Word(K.IMPORT, _("imported rows of a roster")),
    "roster.book-first": Word(K.IMPORT, _("booked first follow-ups after an import")),
    "roster.done": Word(K.IMPORT, _("finished an import")),
    "roster.rotate_keys": Word(K.SYSTEM, _("encrypted kept rosters anew")),
    "user.sign_in": Word(K.ACCOUNT, _("signed in")),
    "user.sign_in_refused": Word(K.ACCOUNT, _("sign-in refused")),
    "user.sign_out": Word(K.ACCOUNT, _("signed out")),
    "user.create": Word(K.ACCOUNT, _("made an account")),
    "user.close": Word(K.ACCOUNT, _("closed an account")),
    "user.reopen": Word(K.ACCOUNT, _("opened an account again")),
    "user.lock": Word(K.ACCOUNT, _("account locked")),
    "user.unlock": Word(K.ACCOUNT, _("unlocked an account")),
    "user.password_change": Word(K.ACCOUNT, _("changed the password")),
    "user.password_reset": Word(K.ACCOUNT, _("reset the password")),
    "user.reset_password": Word(K.ACCOUNT, _("reset a password")),
    "user.reset_second_factor": Word(K.ACCOUNT, _("reset a second factor")),
    "user.session_end": Word(K.ACCOUNT, _("ended a session")),
    "user.session_timeout": Word(K.ACCOUNT, _("session timed out")),
    "second_factor.enrol": Word(K.ACCOUNT, _("set up the second factor")),
    "second_factor.verify": Word(K.ACCOUNT, _("gave the second factor")),
    "second_factor.refuse": Word(K.ACCOUNT, _("second factor refused")),
    "second_factor.codes": Word(K.ACCOUNT, _("made new recovery codes")),
    "second_factor.recover": Word(K.ACCOUNT, _("used a recovery code")),
    "second_factor.reset": Word(K.ACCOUNT, _("reset the second factor")),
    "single_sign_on.link": Word(K.ACCOUNT, _("linked a hospital account")),
    "single_sign_on.unlink": Word(K.ACCOUNT, _("unlinked a hospital account")),
    "token.issue": Word(K.ACCOUNT, _("interface token issued")),
    "token.revoke": Word(K.ACCOUNT, _("interface token revoked")),
    "token.refused": Word(K.ACCOUNT, _("interface token refused")),
    "wording.write": Word(K.HOUSE, _("wrote the text of a message")),
    "wording.reset": Word(K.HOUSE, _("went back to the built-in text of a message")),
    "job.run": Word(K.HOUSE, _("had a background job run")),
    "job.reschedule": Word(K.HOUSE, _("changed when a background job runs")),
    "post.give": Word(K.HOUSE, _("gave a post")),
    "post.move": Word(K.HOUSE, _("moved a post")),
    "post.end": Word(K.HOUSE, _("ended a post")),
    "post.switch": Word(K.HOUSE, _("switched the post")),
    "delegation.make": Word(K.HOUSE, _("named a stand-in")),
    "delegation.end": Word(K.HOUSE, _("ended a stand-in")),
    "organization.move": Word(K.HOUSE, _("moved an organization")),
    "organization.merge": Word(K.HOUSE, _("merged organizations")),
    "organization.close": Word(K.HOUSE, _("closed an organization")),
    "team.create": Word(K.HOUSE, _("made a team")),
    "team.amend": Word(K.HOUSE, _("changed a team")),
    "team.join": Word(K.HOUSE, _("added a team member")),
    "team.leave": Word(K.HOUSE, _("ended a team membership")),
    "team.close": Word(K.HOUSE, _("closed a team")),
    "handover.propose": Word(K.CARE, _("proposed a hand-over of residents")),
    "handover.accept": Word(K.CARE, _("accepted a hand-over of residents")),
    "handover.decline": Word(K.CARE, _("declined a hand-over of residents")),
    "handover.withdraw": Word(K.CARE, _("withdrew a hand-over of residents")),
    "handover.settle": Word(K.CARE, _("settled a hand-over by an event in the archive")),
    "patient.emergency_lookup": Word(K.EMERGENCY, _("looked an ID number up for emergency access")),
    "export.training": Word(K.EXPORT, _("exported training attendance")),
    "agreement.make": Word(K.HOUSE, _("made an agreement")),
    "agreement.change": Word(K.HOUSE, _("changed an agreement")),
    "agreement.renew": Word(K.HOUSE, _("renewed an agreement")),
    "agreement.end": Word(K.HOUSE, _("ended an agreement")),
    "certificate.enter": Word(K.HOUSE, _("entered a certificate")),
    "certificate.change": Word(K.HOUSE, _("changed a certificate")),
    "certificate.remove": Word(K.HOUSE, _("removed a certificate")),
    "client.register": Word(K.HOUSE, _("registered a system")),
    "client.change": Word(K.HOUSE, _("changed a system")),
    "client.rotate": Word(K.HOUSE, _("gave a system a new secret")),
    "client.switch_on": Word(K.HOUSE, _("switched a system on")),
    "client.switch_off": Word(K.HOUSE, _("switched a system off")),
    "alliance.add": Word(K.HOUSE, _("added an alliance")),
    "alliance.edit": Word(K.HOUSE, _("changed an alliance")),
    "membership.join": Word(K.HOUSE, _("let an organization join an alliance")),
    "membership.leave": Word(K.HOUSE, _("let an organization leave an alliance")),
    "membership.lead": Word(K.HOUSE, _("changed who leads an alliance")),
    "mentoring.pair": Word(K.HOUSE, _("paired mentor and mentee")),
    "mentoring.aim": Word(K.HOUSE, _("set a mentoring target")),
    "mentoring.log": Word(K.HOUSE, _("logged a mentoring session")),
    "mentoring.void": Word(K.HOUSE, _("took a mentoring session back")),
    "mentoring.end": Word(K.HOUSE, _("ended a mentoring pair")),
    "organization.add": Word(K.HOUSE, _("added an organization")),
    "organization.edit": Word(K.HOUSE, _("changed an organization")),
    "department.add": Word(K.HOUSE, _("added a department")),
    "department.edit": Word(K.HOUSE, _("changed a department")),
    "department.close": Word(K.HOUSE, _("closed a department")),
    "area.add": Word(K.HOUSE, _("added a service area")),
    "area.edit": Word(K.HOUSE, _("changed a service area")),
    "area.remove": Word(K.HOUSE, _("removed a service area")),
    "training.plan": Word(K.HOUSE, _("planned a training")),
    "training.change": Word(K.HOUSE, _("changed a training")),
    "training.cancel": Word(K.HOUSE, _("cancelled a training")),
    "training.invite": Word(K.HOUSE, _("invited to a training")),
    "training.attend": Word(K.HOUSE, _("marked who attended a training")),
    "backoffice.add": Word(K.HOUSE, _("added in the back office")),
    "backoffice.change": Word(K.HOUSE, _("changed in the back office")),
    "backoffice.delete": Word(K.HOUSE, _("deleted in the back office")),
    "identity.rotate_keys": Word(K.SYSTEM, _("encrypted identities anew")),
    "trail.retire": Word(K.SYSTEM, _("exported and retired a month of the audit trail")),
    "demo.build": Word(K.SYSTEM, _("built the demo")),
    "demo.write": Word(K.SYSTEM, _("wrote rows of the demo")),
}


def word_of(action: str) -> "StrOrPromise":
    """The action in words; a code of another release as it is."""
    return WORDS[action].text if action in WORDS else action


def actions_of(*kinds: Kind) -> list[str]:
    """All codes of the kinds."""
    return [action for action, word in WORDS.items() if word.kind in kinds]


def choices() -> list[tuple["StrOrPromise", list[tuple[str, "StrOrPromise"]]]]:
    """For a select: kinds as headings, each first as a whole, then its actions."""
    return [
        (kind.label, [(kind.value, _("all of these")), *((a, WORDS[a].text) for a in actions_of(kind))])
        for kind in Kind
    ]

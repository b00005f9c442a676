"""What to say in a follow-up by telephone or video: composed from the person's programmes, each question once.

The answers go into the fields of the same form. Such a follow-up is none face to face (facts 1.4). The wording is ours;
the limits are those of the protocols and of the guidelines (facts 1.1-1.3, 2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_noop as _

from patients.programmes import Programme

_P = Programme
_VESSELS: Final = frozenset({_P.STROKE, _P.CHD})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to say (a msgid), the field its answer belongs to, and what to answer when (pairs of msgids)."""

    say: str
    field: str = ""
    cases: tuple[tuple[str, str], ...] = ()
    programmes: frozenset[str] = frozenset()

    def concerns(self, programmes: frozenset[str]) -> bool:
        """Whether it is asked of somebody with these programmes; a step without any is asked of everybody."""
        return not self.programmes or bool(self.programmes & programmes)


# fmt: off
_STEPS: Final = (
    Step(
        _("Hello, I am calling from your family doctor's team. Do you have five minutes? First your full name and the year"
          " of your birth, please."),
        cases=(
            (_("not now"), _("When may I call again? Note the time.")),
            (_("somebody else answers"), _("Say nothing about the illness; ask when the resident can be reached.")),
        ),
    ),
    Step(
        _("Since we last spoke: chest pain, a sudden severe headache, weakness of one side, fainting, or not enough air?"),
        "danger_signs",
        ((_("yes, now"), _("Call 120 at once and stay lying; I stay on the line. Tick the danger sign.")),
         (_("yes, over"), _("Please come to us today. Tick it under symptoms.")),),
    ),
    Step(
        _("Have you measured your blood pressure these days? What did it show, and when?"), "systolic",
        ((_("180/110 or more"), _("Sit down for five minutes and measure again; if it stays, 120 or come at once.")),
         (_("not measured"), _("Please come in to have it measured; leave the field empty.")),),
        frozenset({_P.HYPERTENSION, _P.DIABETES, _P.CKD, *_VESSELS}),
    ),
    Step(
        _("What was your sugar in the morning before breakfast?"), "fasting_glucose",
        ((_("3.9 or less"), _("Take some sugar or juice now, measure again in 15 minutes; I wait.")),
         (_("16.7 or more"), _("Please come today, drink water, do not skip the medicine.")),),
        frozenset({_P.DIABETES}),
    ),
    Step(
        _("Did you have cold sweat, trembling or sudden hunger that went away after eating?"), "hypoglycaemia",
        ((_("yes"), _("Always carry sugar; how often, and at what hour? The doctor looks at the dose.")),),
        frozenset({_P.DIABETES}),
    ),
    Step(
        _("Are you coughing more, is there more or yellow phlegm, do you get out of breath sooner than usual?"), "symptoms",
        ((_("worse for two days"), _("Please come within the day; it may be an exacerbation.")),
         (_("blue lips, cannot speak in sentences"), _("Call 120 at once.")),),
        frozenset({_P.COPD}),
    ),
    Step(
        _("Do you use the inhaler every day? Tell me step by step how."), "inhaler",
        ((_("a step is missing"), _("Say the step; show it again at the next visit.")),),
        frozenset({_P.COPD}),
    ),
    Step(
        _("Any bleeding: gums, nose, bruises, black stool?"), "bleeding",
        ((_("black stool, or it does not stop"), _("Please come today; do not stop the medicine on your own.")),),
        _VESSELS,
    ),
    Step(
        _("Is there less urine than before, or are face and legs swollen?"), "symptoms",
        ((_("yes"), _("Please come within two days for a urine and blood test.")),),
        frozenset({_P.CKD}),
    ),
    Step(
        _("Have your muscles been aching since you take the lipid medicine?"), "adverse_reaction",
        ((_("yes"), _("Please come for a blood test; do not stop it on your own.")),),
        frozenset({_P.DYSLIPIDAEMIA, *_VESSELS}),
    ),
    Step(
        _("Anything else that troubles you: dizziness, palpitation, numb hands or feet, swollen legs?"), "symptoms",
    ),
    Step(
        _("How do you take your medicines? Was there a day without them?"), "medication_adherence",
        ((_("forgets"), _("Put them beside the toothbrush; a box for the week helps.")),
         (_("stopped because of cost or discomfort"), _("Note why; the doctor finds another one.")),),
    ),
    Step(
        _("Do you smoke or drink, how salty do you eat, how often do you walk?"), "cigarettes_per_day",
    ),
    Step(
        _("Thank you. The next follow-up is on the day I tell you now; if anything is wrong before, please call us."), "note",
    ),
)
# fmt: on


def script_of(programmes: Iterable[str]) -> list[Step]:
    """The steps for somebody with these programmes, in the order of a talk."""
    mine = frozenset(programmes)
    return [step for step in _STEPS if step.concerns(mine)]

"""What reminders say outside the app. By default they name the day and the centre: no disease, no medicine, no reading."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from alliances.models import Organization
from journal.letters import Facts, MessageKind, Parts, Text, Variable
from journal.models import Communication, Language

#: Which of a reason's facts is its day.
DAYS: Final = {"due": "due_on", "overdue": "due_on", "medicine": "ends_on", "plan_review": "review_on"}

_PLACE = {
    "centre": Variable(_("the centre that is responsible"), "南泉街道社区卫生服务中心", needed=True),
    "phone": Variable(_("its telephone"), "023-66000000"),
}
_DAY = Variable(_("the day in question"), "2026年12月1日", needed=True)


def _kind(
    code: str, name: Any, chinese: tuple[str, str], english: tuple[str, str], **more: Any
) -> MessageKind:
    """A kind with its built-in texts: subject and one sentence a language; the text message is the sentence, signed."""
    call, ring = "联系电话：{phone}", "Telephone: {phone}"
    return MessageKind(
        code, name, {**more.pop("variables", {"day": _DAY}), **_PLACE},
        {Language.CHINESE: Text(chinese[0], f"{chinese[1]}\n{{centre}}\n{call}"),
         Language.ENGLISH: Text(english[0], f"{english[1]}\n{{centre}}\n{ring}")},
        {Language.CHINESE: Text("", f"【{{centre}}】{chinese[1]}"), Language.ENGLISH: Text("", f"{{centre}}: {english[1]}")},
        **more,
    )  # fmt: skip


KINDS: Final = (
    _kind("due", _("follow-up due"),
          ("{day}随访提醒", "您的下次随访日期为{day}，请按时前来；如需改期请与我们联系。"),
          ("Your follow-up on {day}", "Your next follow-up is due on {day}. Please come, or call us to arrange another day.")),
    _kind("overdue", _("follow-up missed"),
          ("您有一次随访尚未完成", "您原定{day}的随访尚未完成，请尽快前来或与我们联系。"),
          ("A follow-up was missed", "Your follow-up of {day} has not taken place. Please come soon, or call us.")),
    _kind("medicine", _("medicine running out"),
          ("用药提醒", "您的用药将于{day}到期，请提前前来续配。"),
          ("Your medicine", "Your medicine is planned until {day}. Please come for more before.")),
    _kind("plan_review", _("care plan due for review"),
          ("健康管理方案复核提醒", "您的健康管理方案将于{day}复核，我们会与您联系。"),
          ("Your care plan", "Your care plan is due for review on {day}. We shall be in touch.")),
    _kind("abnormal_home", _("value from home that cannot wait"),
          ("请尽快与我们联系", "您近日自测的数据需要尽快处理，请立即与我们联系；如有不适请拨打120。"),
          ("Please call us soon", "A value that you measured needs attention soon. Please call us; if you feel unwell, call 120."),
          variables={}, urgent=True),
)  # fmt: skip


def parts(messages: Sequence[Communication]) -> Parts:
    """The reasons of each message with the values of their texts; one statement for all."""
    wanted = {message.organization_id for message in messages}
    centres = {
        row.pk: {"centre": row.name, "phone": row.phone} for row in Organization.objects.filter(pk__in=wanted)
    }
    return {m.pk: list(_of(m, centres.get(m.organization_id or 0, {}))) for m in messages}


def _of(message: Communication, centre: Facts) -> Sequence[tuple[str, Facts]]:
    # A message of an earlier release says a due follow-up at the top.
    about: Mapping[str, Mapping[str, Any]] = message.content.get("about") or {"due": message.content}
    order = [kind.code for kind in KINDS]
    return [(code, {**centre, **_day(code, about[code])}) for code in sorted(about, key=order.index)]


def _day(code: str, facts: Mapping[str, Any]) -> Facts:
    return {"day": date.fromisoformat(facts[DAYS[code]])} if code in DAYS else {}

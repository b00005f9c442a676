"""Template tags of the look: `{% load yl %}`. Each draws one part from `templates/parts/`; docs/components.md shows them.

The tags stand in the lowest app so that every app may use them; they know nothing of patients, visits or referrals.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()

#: The icon a tone carries when the caller names none: no state is told by colour alone.
TONE_ICONS = {
    "red": "exclamation-octagon-fill",
    "solid": "exclamation-octagon-fill",
    "amber": "exclamation-triangle",
    "green": "check-circle",
    "info": "info-circle",
    "mute": "dash",
    "void": "dash",
}

Number = int | float | Decimal


@register.inclusion_tag("parts/badge.html")
def yl_badge(tone: str, text: str, icon: str = "") -> dict[str, str]:
    """A stored state in a box. Tones: red, amber, green, info, mute, line, void; solid only where harm is near."""
    return {"tone": tone, "text": text, "icon": icon or TONE_ICONS.get(tone, "")}


@register.inclusion_tag("parts/state.html")
def yl_state(tone: str, text: str, icon: str = "") -> dict[str, str]:
    """A state in running text or a table cell: icon and word, no box."""
    return {"tone": tone, "text": text, "icon": icon or TONE_ICONS.get(tone, "")}


@register.inclusion_tag("parts/icon.html")
def yl_icon(name: str, label: str = "") -> dict[str, str]:
    """One Bootstrap icon by its name without `bi-`; give `label` only when no word stands beside it."""
    return {"name": name, "label": label}


@register.inclusion_tag("parts/stat.html")
def yl_stat(
    name: str, value: Any, *, unit: str = "", when: str = "", tone: str = "", note: str = "", icon: str = ""
) -> dict[str, Any]:
    """One latest value with date, unit and how it stands to its target. At most six in a `yl-stats` row."""
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "when": when,
        "tone": tone,
        "note": note,
        "icon": icon or TONE_ICONS.get(tone, ""),
    }


@register.inclusion_tag("parts/void.html")
def yl_void(
    title: str, text: str = "", icon: str = "inbox", href: str = "", action: str = ""
) -> dict[str, str]:
    """Empty, refused or failed: says what comes next (`action` is the word of the link to `href`)."""
    return {"title": title, "text": text, "icon": icon, "href": href, "action": action}


@register.inclusion_tag("parts/flow.html")
def yl_flow(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Where a referral stands. A step has `label`, `note` (its clock or who) and `on`: "done", "now" or ""."""
    return {"steps": steps}


@register.inclusion_tag("parts/timeline.html")
def yl_timeline(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What happened, newest first.

    An entry has `on` (date or datetime), `kind` (word beside the date), `tone`, `icon`, `title`, `text`, `note`, `href`;
    all but `on` and `title` may be left out.
    """
    return {"entries": entries}


# ---- figures


def percent(numerator: Number, denominator: Number | None) -> Decimal | None:
    """The rate in percent, two decimals, half up; None without a denominator (never 0 %)."""
    if not denominator:
        return None
    rate = Decimal(str(numerator)) * 100 / Decimal(str(denominator))
    return rate.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@register.inclusion_tag("parts/rate.html")
def yl_rate(numerator: Number, denominator: Number | None) -> dict[str, Any]:
    """A rate in percent, or the words for "no denominator"."""
    return {"rate": percent(numerator, denominator)}


def _share(value: Number, most: Number) -> float:
    return round(max(0.0, min(100.0, float(value) * 100 / float(most))), 1) if most else 0.0


@register.inclusion_tag("parts/bar.html")
def yl_bar(
    value: Number | None, target: Number | None = None, tone: str = "", most: Number = 100
) -> dict[str, Any]:
    """A bar with a target mark (SVG). Without `tone`: green at or above the target, amber below, blue without one."""
    if not tone:
        tone = "act" if target is None else "green" if value is not None and value >= target else "amber"
    mark = None if target is None else round(_share(target, most) - 0.6, 1)
    return {"width": _share(value, most) if value is not None else 0, "mark": mark, "tone": tone}


@register.inclusion_tag("parts/measure.html")
def yl_measure(
    name: str, numerator: Number, denominator: Number | None, target: Number | None = None, note: str = ""
) -> dict[str, Any]:
    """An indicator in three lines: name with its two integers and rate, bar with the target, how far it is."""
    rate = percent(numerator, denominator)
    reached = rate is not None and target is not None and rate >= target
    return {
        "name": name,
        "numerator": numerator,
        "denominator": denominator,
        "rate": rate,
        "target": target,
        "reached": reached,
        "note": note,
    }


@register.inclusion_tag("parts/spark.html")
def yl_spark(values: Sequence[Number], target: Number | None = None, tone: str = "mute") -> dict[str, Any]:
    """The last values, oldest first, as a line with the target dashed (SVG). Print the last value beside it."""
    if len(values) < 2:
        return {"points": ""}
    numbers = [float(value) for value in values]
    scale = [*numbers, float(target)] if target is not None else numbers
    low, high = min(scale), max(scale)

    def y(value: float) -> float:
        return round(10.0 if high == low else 18 - 16 * (value - low) / (high - low), 1)

    step = 66 / (len(numbers) - 1)
    points = [(round(2 + step * at, 1), y(value)) for at, value in enumerate(numbers)]
    return {
        "points": " ".join(f"{x},{height}" for x, height in points),
        "last_x": points[-1][0],
        "last_y": points[-1][1],
        "target_y": None if target is None else y(float(target)),
        "tone": tone,
    }


@register.inclusion_tag("parts/chart.html")
def yl_chart(
    kind: str, data: Mapping[str, Any], *, anchor: str, label: str, size: str = ""
) -> dict[str, Any]:
    """A drawn chart (trend, rate) from `data`, with `label` as its text and `data["table"]` as its table.

    `data["table"]`, when given, is {"caption", "head": [...], "rows": [[...], ...]}. `size`: "", "sm" or "trend".
    The page must also include "parts/chart_scripts.html" in its scripts block.
    """
    drawn = {key: value for key, value in data.items() if key != "table"}
    return {
        "kind": kind,
        "drawn": drawn,
        "id": anchor,
        "label": label,
        "size": size,
        "table": data.get("table"),
    }


# ---- moving about


@register.inclusion_tag("parts/pager.html", takes_context=True)
def yl_pager(context: template.Context, page: Page[Any]) -> dict[str, Any]:
    """Rows a–b of n with earlier and later pages, for a numbered `Page`. Keeps the other query parameters."""
    return {"page": page, "query": _query_without(context, "page")}


@register.inclusion_tag("parts/pager_keyset.html", takes_context=True)
def yl_keyset_pager(
    context: template.Context, after: str = "", shown: int = 0, total: int | None = None, before: str = ""
) -> dict[str, Any]:
    """A "further rows" link for lists read by cursor: `after` is the next cursor, empty on the last page; `before` leads
    back the way one came."""
    query = _query_without(context, "after", "before")
    return {"after": after, "before": before, "shown": shown, "total": total, "query": query}


def _query_without(context: template.Context, *names: str) -> str:
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name in names:
        query.pop(name, None)
    return query.urlencode()


@register.simple_block_tag(takes_context=True)
def yl_banner(context: template.Context, content: str, tone: str = "info", icon: str = "") -> SafeString:
    """A condition that lasts (offline, plan note). Red ones are announced at once."""
    return render_to_string(
        "parts/banner.html", {"tone": tone, "icon": icon or TONE_ICONS.get(tone, ""), "content": content}
    )


@register.simple_block_tag(takes_context=True)
def yl_head(context: template.Context, content: str, title: str, meta: str = "") -> SafeString:
    """The page's title line; what stands inside the tag goes to the right (actions)."""
    return render_to_string("parts/head.html", {"title": title, "meta": meta, "content": content})


@register.simple_block_tag(takes_context=True)
def yl_dialog(
    context: template.Context,
    content: str,
    *,
    anchor: str,
    title: str,
    action: str,
    submit: str,
    danger: bool = True,
    refresh: str = "",
) -> SafeString:
    """A question with a reason: names the person and the consequence; posts `content`'s fields to `action`.

    Opened by `<button type="button" data-yl-open="ANCHOR">`. With `refresh` (a CSS selector) it posts by htmx into that element.
    """
    parts = {
        "id": anchor,
        "title": title,
        "action": action,
        "submit": submit,
        "danger": danger,
        "refresh": refresh,
        "content": content,
        "csrf_token": context.get("csrf_token"),
    }
    return render_to_string("parts/dialog.html", parts)


# ---- forms


def _classes(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


def _attributes(field: BoundField, described: str) -> dict[str, Any]:
    """The widget's attributes: its class, what describes it, and that it was refused."""
    named = [
        field.field.widget.attrs.get("class", ""),
        _classes(field.field.widget),
        "is-refused" if field.errors else "",
    ]
    attributes: dict[str, Any] = {"class": " ".join(name for name in named if name)}
    if described:
        attributes["aria-describedby"] = described
    if field.errors:
        attributes["aria-invalid"] = "true"
    return attributes


@register.inclusion_tag("parts/field.html")
def yl_field(field: BoundField, unit: str = "", hint: str = "") -> dict[str, Any]:
    """An ordinary form field: label, input (with its unit), help, errors. `hint` overrides the field's own."""
    words = hint or field.help_text
    ids = [f"{field.auto_id}-error" if field.errors else "", f"{field.auto_id}-help" if words else ""]
    widget = field.field.widget
    kind = "group" if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple) else "one"
    if isinstance(widget, forms.CheckboxInput):
        kind = "check"
    attributes = _attributes(field, " ".join(filter(None, ids)))
    control = field if kind == "group" else field.as_widget(attrs=attributes)
    return {
        "field": field,
        "control": control,
        "kind": kind,
        "unit": unit,
        "words": words,
        "seg": _is_seg(widget),
    }


def _is_seg(widget: forms.Widget) -> bool:
    # Django makes check boxes a kind of radio buttons
    return isinstance(widget, forms.RadioSelect) and not isinstance(widget, forms.CheckboxSelectMultiple)


@register.inclusion_tag("parts/choices.html")
def yl_choices(field: BoundField) -> dict[str, Any]:
    """Radio buttons as one segmented bar, or check boxes as pressable labels, without the label around them."""
    return {"field": field, "seg": _is_seg(field.field.widget)}


@register.inclusion_tag("parts/reading.html")
def yl_reading(
    field: BoundField,
    *,
    unit: str = "",
    earlier: Sequence[Any] = (),
    hard: str = "",
    warn: str = "",
    note: str = "",
) -> dict[str, Any]:
    """A follow-up field: label, input, three earlier values (newest last), message below.

    `hard` and `warn` are "low,high": outside `hard` the browser refuses, outside `warn` it asks; the server decides.
    `earlier` are up to three objects or mappings with `when` and `value`; blanks are filled so that columns line up.
    """
    attributes = _attributes(field, f"{field.auto_id}-msg")
    limits = {"data-hard": hard, "data-warn": warn}
    attributes.update({name: value for name, value in limits.items() if value})
    blanks = [None] * max(0, 3 - len(earlier))
    return {
        "field": field,
        "control": field.as_widget(attrs=attributes),
        "unit": unit,
        "note": note,
        "earlier": [*blanks, *list(earlier)[-3:]],
    }

"""The sheet of parts at /components/: every part and state once, for operators and builders. The people on it are invented."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from alliances.guards import requires
from alliances.members import Member
from alliances.models import Alliance, MembershipRole, Organization, Tier
from alliances.permissions import Permission
from referrals.flows import Count, Tally
from referrals.flows.measures import Fact
from workbench.alliance_map.boxes import labelled, nodes
from workbench.alliance_map.period import Period
from workbench.alliance_map.picture import Picture

MILLIGRAM_GLUCOSE = "18.016"


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Text"), max_length=20, help_text=_("As on the document"))
    weight = forms.DecimalField(label=_("Number with unit"), min_value=10, max_value=300)
    hospital = forms.ChoiceField(label=_("One of many"), choices=[("a", "区人民医院"), ("b", "区中医院")])
    advice = forms.CharField(label=_("Long text"), widget=forms.Textarea(attrs={"rows": 2}), required=False)
    adherence = forms.ChoiceField(
        label=_("One of few"),
        choices=[("regular", "规律"), ("irregular", "间断"), ("none", "不服药")],
        widget=forms.RadioSelect,
        required=False,
    )
    symptoms = forms.MultipleChoiceField(
        label=_("Any of few"),
        choices=[("none", "无"), ("headache", "头痛头晕"), ("palpitation", "心悸胸闷")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    consent = forms.BooleanField(label=_("The resident agrees"), required=False)


class SampleReadings(forms.Form):
    """Follow-up fields, whose limits the browser checks while they are typed."""

    systolic = forms.IntegerField(
        label="收缩压",
        required=False,
        widget=forms.NumberInput(
            attrs={"data-above": "id_diastolic", "data-last": "146", "data-when": "11-06"}
        ),
    )
    diastolic = forms.IntegerField(
        label="舒张压",
        required=False,
        widget=forms.NumberInput(attrs={"data-last": "84", "data-when": "11-06"}),
    )
    fasting_glucose = forms.DecimalField(
        label="空腹血糖",
        required=False,
        widget=forms.NumberInput(attrs={"data-milligram": MILLIGRAM_GLUCOSE, "step": "0.1"}),
    )


def _trend() -> dict[str, Any]:
    days = ["2025-11-13", "2026-02-12", "2026-05-13", "2026-08-13", "2026-09-05", "2026-09-24", "2026-11-06"]
    upper, lower = [146, 148, 144, 142, 182, 138, 146], [86, 88, 84, 84, 106, 82, 84]
    glucose = [6.8, 6.9, 6.7, 6.9, 9.6, 6.6, 8.2]
    home = [
        ["2026-03-09", 142],
        ["2026-04-22", 138],
        ["2026-06-14", 143],
        ["2026-08-29", 164],
        ["2026-10-14", 140],
    ]
    pressure = {
        "title": "血压 mmHg",
        "band": [100, 140],
        "lines": [{"value": 150, "name": "考核线"}, {"value": 90, "name": "考核线"}],
        "series": [
            {
                "name": "收缩压", "tone": "c1", "out": 150, "urgent": 180,
                "points": [[day, value, f"{value}/{low}"] for day, value, low in zip(days, upper, lower, strict=True)],
            },
            {"name": "舒张压", "tone": "c2", "points": [list(pair) for pair in zip(days, lower, strict=True)]},
            {"name": "家庭自测收缩压", "tone": "c2", "dots": True, "points": home},
        ],
    }  # fmt: skip
    sugar = {
        "title": "空腹血糖 mmol/L",
        "band": [4.4, 7.0],
        "series": [
            {
                "name": "空腹血糖", "tone": "c3", "out": 7.0, "urgent": 16.7,
                "points": [[day, value, str(value)] for day, value in zip(days, glucose, strict=True)],
            }
        ],
    }  # fmt: skip
    return {
        "from": "2025-11-01",
        "to": "2026-11-30",
        "events": [
            {"at": "2026-02-12", "name": "加用缬沙坦"},
            {"at": "2026-09-05", "name": "急诊上转"},
            {"at": "2026-09-12", "name": "出院，方案 v3"},
            {"at": "2026-11-06", "name": "血糖首次不达标"},
        ],
        "panels": [pressure, sugar],
        "table": {
            "caption": "血压与空腹血糖",
            "head": ["日期", "收缩压", "舒张压", "空腹血糖"],
            "rows": [list(row) for row in zip(days, upper, lower, glucose, strict=True)],
        },
    }


def _rate() -> dict[str, Any]:
    months = ["2025-12", *(f"2026-{month:02}" for month in range(1, 12))]
    team = [63.1, 63.4, 62.8, 64.0, 64.9, 65.3, 66.2, 66.8, 67.5, 68.3, 69.0, 69.66]
    centre = [62.4, 62.9, 63.6, 64.8, 65.9, 66.5, 67.2, 67.9, 68.8, 69.4, 70.1, 70.6]
    lines = [
        {"name": "第三片区团队", "end": "本团队 69.66", "data": team},
        {"name": "南泉中心", "end": "中心 70.60", "data": centre},
    ]
    rows = [list(row) for row in zip(months, team, centre, strict=True)]
    table = {"caption": "血压控制率", "head": ["月份", "本团队", "中心"], "rows": rows}
    return {"months": months, "target": 73, "lines": lines, "table": table}


def _tiers() -> dict[str, Any]:
    """The map of an alliance: what its template takes (templates/workbench/alliance/map.html)."""
    organizations = [
        Organization(pk=at, name=name, short_name=short, tier=tier)
        for at, (name, short, tier) in enumerate(
            [
                ("市第一人民医院", "市一院", Tier.TERTIARY),
                ("区人民医院", "区医院", Tier.SECONDARY),
                ("区中医院", "中医院", Tier.SECONDARY),
                *(
                    (f"{name}社区卫生服务中心", name, Tier.COMMUNITY)
                    for name in ("青石", "南泉", "白鹤", "桥头")
                ),
            ],
            start=1,
        )
    ]
    members = [
        Member(one, MembershipRole.MEMBER if one.pk > 1 else MembershipRole.LEAD, None, None, present=True)
        for one in organizations
    ]
    members[-1] = Member(
        organizations[-1], MembershipRole.MEMBER, None, datetime.date(2026, 10, 20), present=False
    )
    counts = ((4, 2, 31, 24), (5, 2, 46, 39), (6, 3, 19, 12), (7, 3, 24, 17), (2, 1, 38, 29), (3, 1, 12, 11))
    tally = Tally(pairs={
        (low, high): {Fact.SENT: Count(up), Fact.BACK: Count(down)} for low, high, up, down in counts
    })  # fmt: skip
    days = (datetime.date(2026, 10, 1), datetime.date(2026, 10, 31))
    period = Period("2026-10", "", *days, days)
    shown = Picture(Alliance(name=""), period, members, tally, Tally(), {}, [], [], [])
    drawing = shown.drawing("", 2)
    return {
        "drawing": drawing,
        "nodes": nodes(shown, drawing, "", 2),
        "labels": labelled(drawing.lines),
        "choose": "",
    }


def _context() -> dict[str, Any]:
    days = [datetime.date(2026, 11, 6), datetime.date(2026, 9, 12), datetime.date(2026, 9, 5)]
    return {
        "form": Sample(initial={"name": "李佩兰", "adherence": "regular", "symptoms": ["none"]}),
        "refused": Sample({"refused-weight": "418", "refused-hospital": "a"}, prefix="refused"),
        "question": Sample(prefix="question"),
        "readings": SampleReadings(),
        "earlier": [
            {"when": "08-13", "value": "142/84"},
            {"when": "09-24", "value": "138/82"},
            {"when": "11-06", "value": "146/84"},
        ],
        "steps": [
            {"label": "已提交", "note": "08:24 周文博", "on": "done"},
            {"label": "待答复", "note": "紧急 30 分钟", "on": "now"},
            {"label": "安排", "note": "立即"},
            {"label": "到诊"},
            {"label": "回转", "note": "就诊后 14 天"},
            {"label": "确认", "note": "2 工作日"},
        ],
        "entries": [
            {
                "on": days[0],
                "kind": "门诊",
                "tone": "amber",
                "icon": "clipboard2-pulse",
                "title": "随访",
                "text": "146/84，空腹血糖 8.2",
                "note": "周文博",
            },
            {
                "on": days[1],
                "kind": "回转",
                "tone": "info",
                "icon": "box-arrow-in-down-left",
                "title": "区人民医院回转",
                "text": "方案 v3",
                "note": "刘景明签署",
            },
            {
                "on": days[2],
                "kind": "上转",
                "tone": "red",
                "icon": "exclamation-octagon-fill",
                "title": "紧急上转",
                "text": "182/106",
                "note": "8 分钟后接收",
            },
        ],
        "page": Paginator(range(97), 20).page(2),
        "values": [140, 142, 138, 146, 158],
        "trend": _trend(),
        "rate": _rate(),
        **_tiers(),
    }


@requires(Permission.JOBS_VIEW)
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest) -> HttpResponse:
    """Every part; a POST shows a toast and comes back, so that forms and dialogs can be tried."""
    if request.method == "POST":
        messages.success(request, _("Received. Nothing was saved: this is the sheet of parts."))
        return redirect("components")
    return render(request, "config/components.html", _context())

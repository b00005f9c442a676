"""Who works where: organizations, alliances, teams and people of the caller's surroundings."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from django_filters.rest_framework import filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.tokens import Holder
from alliances.models import (
    Alliance,
    AllianceMembership,
    CareTeam,
    Organization,
    PractitionerRole,
    Role,
    Tier,
)
from alliances.scope import scope_of
from exchange.api.rows import Filters, Resource, Row

NUMBER = "[0-9]{1,18}"


class OrganizationRow(Row[Organization]):
    class Meta:
        model = Organization
        fields = (
            "id",
            "code",
            "name",
            "short_name",
            "tier",
            "parent",
            "uscc",
            "area_code",
            "phone",
            "closed_on",
            "version",
        )
        sparse = ("short_name", "uscc", "area_code", "phone", "closed_on")


class OrganizationFilters(Filters):
    code = filters.CharFilter()
    tier = filters.ChoiceFilter(choices=Tier.choices)


class OrganizationView(Resource[Organization]):
    """Organizations of the caller's alliances, and those below the caller's own."""

    kind = "organization"
    model = Organization
    serializer_class = OrganizationRow
    filterset_class = OrganizationFilters
    lookup_value_regex = NUMBER

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Organization]:
        scope = scope_of(actor)
        allied = memberships().filter(alliance__in=own_alliances(actor)).values("organization_id")
        own = [*scope.number_organization_ids, *scope.own_organization_ids]
        return Organization.objects.filter(Q(pk__in=own) | Q(pk__in=allied))


def memberships() -> QuerySet[AllianceMembership]:
    """Memberships in force today."""
    return AllianceMembership.objects.filter(period__contains=timezone.localdate())


def own_alliances(actor: Holder) -> QuerySet[Alliance]:
    """Alliances that the caller's organizations belong to, or that the caller administers."""
    scope = scope_of(actor)
    joined = memberships().filter(organization_id__in=scope.own_organization_ids).values("alliance_id")
    return Alliance.objects.filter(Q(pk__in=scope.alliance_ids) | Q(pk__in=joined))


class Member(serializers.Serializer[dict[str, Any]]):
    organization = serializers.IntegerField()
    role = serializers.CharField()


class AllianceRow(Row[Alliance]):
    members = Member(many=True)

    class Meta:
        model = Alliance
        fields = ("id", "code", "name", "kind", "members")


class AllianceView(Resource[Alliance]):
    """Alliances of the caller's organization with their members of today."""

    kind = "alliance"
    model = Alliance
    serializer_class = AllianceRow
    lookup_value_regex = NUMBER

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[Alliance]:
        members = memberships().filter(alliance=OuterRef("pk")).order_by("organization_id")
        pairs = members.values(pair=JSONObject(organization="organization_id", role="role"))
        return own_alliances(actor).annotate(members=ArraySubquery(pairs))


class CareTeamRow(Row[CareTeam]):
    class Meta:
        model = CareTeam
        fields = ("id", "organization", "code", "name", "kind", "areas", "closed_on", "version")


class OrganizationsOwn(Filters):
    organization = filters.NumberFilter(field_name="organization_id", label="Rows of one organization.")


class CareTeamView(Resource[CareTeam]):
    """Family-doctor teams of the caller's organizations."""

    kind = "care-team"
    model = CareTeam
    serializer_class = CareTeamRow
    filterset_class = OrganizationsOwn
    lookup_value_regex = NUMBER

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[CareTeam]:
        return CareTeam.objects.filter(organization_id__in=scope_of(actor).number_organization_ids)


class Post(serializers.Serializer[dict[str, Any]]):
    role = serializers.ChoiceField(choices=Role.choices)
    organization = serializers.IntegerField()
    department = serializers.IntegerField(allow_null=True)
    care_team = serializers.IntegerField(allow_null=True)


class PractitionerRow(Row[User]):
    posts = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name", "posts")

    @extend_schema_field(Post(many=True))
    def get_posts(self, user: Any) -> list[dict[str, Any]]:
        """The live posts within the caller's organizations."""
        posts: list[dict[str, Any]] = user.posts
        return posts


class PractitionerFilters(Filters):
    role = filters.ChoiceFilter(
        choices=Role.choices, method="holding", label="Somebody with a live post of this role."
    )

    def holding(self, queryset: QuerySet[User], _name: str, role: str) -> QuerySet[User]:
        """People with a live post of the role."""
        posts = PractitionerRole.objects.live(on=timezone.localdate()).filter(role=role)
        return queryset.filter(pk__in=posts.values("user_id"))


class PractitionerView(Resource[User]):
    """People with a live post at the caller's organizations: name and posts, nothing else about them."""

    kind = "practitioner"
    model = User
    serializer_class = PractitionerRow
    filterset_class = PractitionerFilters
    lookup_value_regex = NUMBER

    @classmethod
    def rows(cls, actor: Holder) -> QuerySet[User]:
        organizations = scope_of(actor).number_organization_ids
        live = PractitionerRole.objects.live(on=timezone.localdate()).filter(
            organization_id__in=organizations
        )
        posts = live.filter(user=OuterRef("pk")).order_by("pk")
        written = JSONObject(
            role="role", organization="organization_id", department="department_id", care_team="care_team_id"
        )
        return User.objects.filter(is_active=True, pk__in=live.values("user_id")).annotate(
            posts=ArraySubquery(posts.values(post=written))
        )


VIEWS = (OrganizationView, AllianceView, CareTeamView, PractitionerView)

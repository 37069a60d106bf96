"""The part of the schema that tells how sites are ordered, built and paid; docs/orders.md explains it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Strict, model_validator

from twin.model import (
    Count,
    Day,
    Factor,
    Flag,
    Growth,
    Model,
    Months,
    Names,
    NotNegative,
    Number,
    Percent,
    Positive,
    PowerFactor,
    Rate,
    Setting,
    Share,
    SomeFactor,
    Years,
    whole,
)
from twin.scenario.extended import extended


class Site(Model):
    """A piece of infrastructure to be built."""

    kind: str
    name: str
    capacity: str = ""
    """In words, for the reader: what counts stands in `capacities.csv` and in the networks."""
    unit: str = ""
    """Of `capacity`, in words too."""
    district: str = ""
    cost_bn_kzt: NotNegative = 0.0
    build_months: Months
    """From the start of its stage to readiness, without slip."""
    stage: str
    """Key of `stages` in scenario.yaml, which gives its start."""
    requires: Names = ()
    """Sites that must be commissioned before it can be (finish to finish)."""
    slip_months: Annotated[float, Strict(), Field(ge=-1200, le=1200)] = 0.0
    """Months that the works take longer than planned."""
    crews: Count = 1
    """Crews of its trade that it takes."""
    delivered_at: str = ""
    """Where its material arrives: an asset to which a network tells the way. The longer that takes beside the
    first month of the run, the slower the works, down to `works.slowest_pace`."""
    source: str = ""


class SiteChange(Model):
    """What a site does to a network."""

    site: str
    asset: str
    field: str
    value: Setting
    phase: Literal["commissioned", "works"] = "commissioned"
    """When: as it is commissioned, or from the beginning of its works until then, when a row without a phase
    must set the same field."""


class Gate(Model):
    """A site without whose opening a district does not grow as it was planned to from then on.

    It holds back the people that are planned to come, and the developments that ask for service, from the day
    on which the site was to open: the start of its stage and its months, in whatever order the works go. What
    was planned for before is let in.
    """

    site: str
    district: str
    source: str = ""


class OrderRow(Model):
    """One site in a build order, `build_orders/NAME.csv`; an earlier row has priority."""

    site: str
    start: Day | None = None
    """It starts no earlier; empty: the scenario's start."""
    capacity: str = ""
    """A named capacity whose month triggers the start."""
    headroom_below: Number | None = None
    """Triggered when its firm headroom is below this, in its unit."""
    utilisation_above_percent: NotNegative | None = None
    """Triggered when its peak of the trailing twelve months is above this part of what it can rely on."""
    months: Count = 1
    """So many months in a row."""
    cancelled: Flag = False
    """Not built."""

    @model_validator(mode="after")
    def _has_one_trigger(self) -> "OrderRow":
        given = (self.headroom_below is not None) + (self.utilisation_above_percent is not None)
        if given != bool(self.capacity):
            raise ValueError(
                "a trigger needs capacity and one of headroom_below and utilisation_above_percent"
            )
        return self


class Crews(Model):
    """Crews of a trade from 1 January of a year on."""

    crews: Annotated[int, Strict(), Field(ge=0, le=10**6), BeforeValidator(whole)]
    builds: Names
    """Kinds of sites that this trade builds."""
    winter_speed: PowerFactor = 1.0
    """Pace of its outdoor work in December, January and February."""


class Instrument(Model):
    """How some sites are paid; what none pays is paid by the city's own budget."""

    kind: Literal["own", "grant", "loan", "bond", "epcf"]
    sites: Names = ()
    limit_bn_kzt_per_year: Positive | None = None
    """Most that its sites may earn in a calendar year; empty: no limit."""
    rate_percent: Rate = 0.0
    """Interest a year, nominal."""
    market_rate_percent: Rate | None = None
    """What it would be without subsidy; tells the subsidy."""
    term_years: Years = 0.0
    """From the anchor to the last payment, grace included."""
    grace_years: Years = 0.0
    """First part of the term, in which interest alone is paid."""
    payments_per_year: Annotated[Literal[1, 2, 4, 12], BeforeValidator(whole)] = 2
    repayment: Literal["none", "annuity", "equal principal", "bullet"] = "none"
    anchor: Literal["none", "draw", "contract", "commissioning"] = "none"
    """Where the term begins. Interest before it is added to the debt; after it, interest is paid."""
    advance_percent: Percent = 0.0
    """Part of the price that the city pays at the contract."""
    commitment_fee_percent: Rate = 0.0
    """A year, on what is promised and not yet drawn."""
    damages_percent_per_month: Rate = 0.0
    """Part of the price that the contractor owes for each month it is late."""
    damages_cap_percent: Percent = 10.0
    """Most of these damages, as a part of the price."""

    @model_validator(mode="after")
    def _repays_what_it_borrows(self) -> "Instrument":
        if self.kind in ("own", "grant"):
            return self
        if self.repayment == "none" or self.anchor == "none" or self.term_years <= self.grace_years:
            raise ValueError(f"a {self.kind} needs repayment, anchor and a term longer than its grace")
        return self


class Uncertainty(Model):
    """How a quantity may differ from its plan, as a factor; drawn in futures 1, 2, ..., not in future 0."""

    distribution: Literal["lognormal", "triangular", "fixed"]
    median: SomeFactor | None = None
    """Of a lognormal."""
    p90: SomeFactor | None = None
    """Of a lognormal: nine of ten are below."""
    low: Factor | None = None
    mode: Factor | None = None
    high: Factor | None = None
    """Of a triangular distribution: `low`, `mode`, `high`."""
    value: Factor | None = None
    """Of a fixed one."""

    @model_validator(mode="after")
    def _is_complete(self) -> "Uncertainty":
        needed: tuple[float | None, ...] = {
            "lognormal": (self.median, self.p90),
            "triangular": (self.low, self.mode, self.high),
            "fixed": (self.value,),
        }[self.distribution]
        given = [value for value in needed if value is not None]
        if len(given) < len(needed) or given != sorted(given) or (len(given) == 3 and given[0] == given[2]):
            raise ValueError("lognormal needs median <= p90; triangular low <= mode <= high; fixed a value")
        return self


class WorksSettings(Model):
    """How a site's months are spent."""

    permit_share: Share = 0.15
    """Share of the planned months that permits take."""
    procurement_share: Share = 0.20
    """Share that procurement takes; then the contract is signed, when crews and money are at hand."""
    commissioning_share: Share = 0.05
    """Share that tests take, indoors; the rest is construction."""
    slowest_pace: PowerFactor = 0.7
    """However long its material is on its way, a site's works are no slower than this share of their pace."""
    means: Literal["limited", "at-hand"] = "limited"
    """Crews and money that a build order draws on: limited by `crews.csv` and `instruments.csv`, or at hand
    whenever they are asked for, as they are without a build order."""


class ConnectionTerms(Model):
    """What the connection queue asks before it connects a customer, with `connection: when-capacity`."""

    headroom: Literal["firm", "intact"] = "firm"
    """Count with the largest unit out, or with all units in."""
    ramp_months: Months = 0.0
    """Months in which a connected development's load grows to its contract, under either policy."""


class FinanceSettings(Model):
    """How money is counted."""

    discount_rate_percent: Annotated[float, Strict(), Field(ge=0, le=1000)] = 12.0
    """A year, for present values; they are at the scenario's start."""
    inflation_percent: Growth = 0.0
    """A year, from the scenario's start to the contract, on the costs in `sites.csv`."""
    prices: Literal["nominal", "real"] = "nominal"
    """Whether cash flows are told in money of their month or of the scenario's start."""
    asset_life_years: Annotated[float, Strict(), Field(gt=0, le=1000)] = 40.0
    """A site loses its worth in a straight line over so many years; the rest is its residual value."""
    debt_service_ceiling_bn_kzt_per_year: Positive | None = None
    """A site is held back while its interest, principal and fees would lift any year above this."""


class Tariff(Model):
    """What a class of customers pays for a unit of what it is served in some hours of the day."""

    utility: str
    demand_class: str
    """One of those that its demand is made of, leakage apart; another is refused with what there is."""
    from_hour: Annotated[int, Strict(), Field(ge=0, le=23), BeforeValidator(whole)] = 0
    to_hour: Annotated[int, Strict(), Field(ge=1, le=24), BeforeValidator(whole)] = 24
    """The hour at which it ends; hours without a row are sold for nothing, and told."""
    price_kzt_per_unit: NotNegative
    unit: str = ""
    """kWh or m3, by the utility; nothing is converted, another unit is refused."""
    source: str = ""


@extended("service_prices")
class ServicePrices(Model):
    """What a failure of service is worth; left out, it is not priced."""

    delayed_job_kzt_per_month: NotNegative = 0.0
    """A job that waits a month because its development waits for its connection."""
    waiting_resident_kzt_per_month: NotNegative = 0.0
    """A person who waits a month because the housing that the plan says is not connected."""

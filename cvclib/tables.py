"""The canonical tables: what each table and column means, its type, unit, range, key and references.

This is the one definition. Validation, the documentation page, the JSON Schema and the empty templates
are made from it. It knows nothing of files or engines.
"""

from dataclasses import dataclass
from typing import Literal

Type = Literal["id", "text", "category", "integer", "number", "money", "date", "time"]

STAGES = ("awareness", "consideration", "purchase", "ownership", "advocacy")
PRIMARY_ACTIVITIES = ("inbound_logistics", "operations", "outbound_logistics", "marketing_and_sales", "service")
SUPPORT_ACTIVITIES = ("procurement", "technology_development", "human_resource_management", "firm_infrastructure")
ACTIVITY_CATEGORIES = (*PRIMARY_ACTIVITIES, *SUPPORT_ACTIVITIES, "external")
METRICS = ("nps", "csat", "ces", "overall")

SQL_TYPES: dict[str, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "category": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DOUBLE",
    "date": "DATE",
    "time": "TIMESTAMP",
}


@dataclass(frozen=True)
class Column:
    """A column of a canonical table.

    Parameters
    ----------
    name : str
    type : Type
        ``id`` and ``category`` are text; a ``category`` is compared without regard to case and spaces
        where `values` closes its set.
    meaning : str
        One line for the documentation page and the template.
    required : bool
        Whether a row without it is rejected.
    unit : str
        Unit of a number, empty where it has none. Money is in the client's currency.
    low, high : float or None
        Allowed range, both ends included.
    scale : str
        Name of the client's scale (``scales:`` in the client file) that sets the range instead.
    values : tuple of str
        The closed set of allowed values; empty for an open one.
    references : str
        ``"table.column"`` that holds every value of this column.
    several : bool
        Whether one cell may hold several of `values`, written as people do (``"A/R"``); each becomes a row.
    personal : bool
        Whether it holds personal data: never shown in an output, masked in the rejected rows.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    unit: str = ""
    low: float | None = None
    high: float | None = None
    scale: str = ""
    values: tuple[str, ...] = ()
    references: str = ""
    several: bool = False
    personal: bool = False

    @property
    def sql_type(self) -> str:
        """Type of the column in the prepared tables, as DuckDB names it."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """A canonical table.

    Parameters
    ----------
    name : str
    row_is : str
        What one row stands for.
    columns : tuple of Column
        Key first.
    key : tuple of str
        Columns that together are unique; empty where rows may repeat.
    one_of : tuple of str
        Columns of which at least one must be mapped.
    in_time_order : tuple of str
        Columns whose times must not go backwards where they are filled.
    """

    name: str
    row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    in_time_order: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that every row must fill."""
        return tuple(column.name for column in self.columns if column.required)


def _key(name: str, meaning: str) -> Column:
    return Column(name, "id", meaning, required=True)


def _customer(required: bool = False) -> Column:
    return Column("customer_id", "id", "the customer, as the CRM numbers it", required, references="customers.customer_id")


def _touchpoint(required: bool = False) -> Column:
    return Column("touchpoint", "category", "the touchpoint", required, references="touchpoints.touchpoint")


def _time(name: str, meaning: str, required: bool = False) -> Column:
    return Column(name, "time", meaning, required)


def _money(name: str, meaning: str, low: float | None = 0) -> Column:
    return Column(name, "money", meaning, unit="currency", low=low)


_PERSON = (
    Column("name", "text", "name of the person or firm", personal=True),
    Column("email", "text", "e-mail address", personal=True),
    Column("phone", "text", "telephone number", personal=True),
    Column("address", "text", "street and house number", personal=True),
    Column("postcode", "text", "postal code", personal=True),
    Column("city", "text", "city", personal=True),
    Column("country", "category", "country"),
    Column("birth_date", "date", "date of birth", personal=True),
)
_SEGMENT = Column("segment", "category", "the segment the customer belongs to")
_WEIGHT = Column("weight", "number", "sampling weight of the answer", low=0)

_ALL = (
    Table(
        "customers",
        "a customer in the CRM",
        (
            _key("customer_id", "number of the customer in the CRM"),
            _SEGMENT,
            _time("acquired_at", "when the customer was won"),
            Column("acquisition_channel", "category", "channel through which the customer came"),
            Column("referred_by", "id", "customer who referred this one", references="customers.customer_id"),
            *_PERSON,
        ),
        key=("customer_id",),
    ),
    Table(
        "accounts",
        "a debtor in the ERP",
        (_key("account_id", "number of the debtor in the ERP"), _customer(), *_PERSON),
        key=("account_id",),
    ),
    Table(
        "interactions",
        "one touch between customer and company",
        (
            _customer(required=True),
            _time("at", "when it took place; when it started, where it also has an end", required=True),
            _touchpoint(required=True),
            _time("completed_at", "when it was completed; without it the start and duration_minutes tell"),
            Column("case_id", "id", "the journey it belongs to; without it the customer is the journey"),
            Column("channel", "category", "channel used"),
            Column("department", "category", "department that handled it"),
            Column("system", "category", "system that recorded it"),
            Column("outcome", "category", "how it ended"),
            Column("duration_minutes", "number", "how long it took", unit="minutes", low=0),
            _money("cost", "what it cost the company"),
            _time("recorded_at", "when it was entered in the system, where that is later"),
        ),
        in_time_order=("at", "completed_at"),
    ),
    Table(
        "touchpoints",
        "a touchpoint",
        (
            Column("touchpoint", "category", "name of the touchpoint", required=True),
            Column("stage", "category", "journey stage it belongs to", values=STAGES),
            Column("channel", "category", "channel it runs through"),
            Column("owner_department", "category", "department that owns it"),
            _money("customer_alternative_cost", "what the customer would pay for the next best alternative"),
        ),
        key=("touchpoint",),
    ),
    Table(
        "activities",
        "an activity of the company",
        (
            Column("activity", "category", "name of the activity", required=True),
            Column("category", "category", "one of Porter's nine, or external", values=ACTIVITY_CATEGORIES),
            Column("kind", "category", "what it does to customer value", values=("creates", "charges_for", "erodes")),
            Column("department", "category", "department that carries it"),
            _money("annual_cost", "what it costs in a year"),
            Column("system", "category", "system that supports it"),
        ),
        key=("activity",),
    ),
    Table(
        "activity_touchpoints",
        "an activity serving a touchpoint",
        (
            Column("activity", "category", "the activity", required=True, references="activities.activity"),
            _touchpoint(required=True),
            Column(
                "weight",
                "number",
                "share of the activity's effort that goes to the touchpoint, summing to 1 or, in per cent, to 100",
                low=0,
                high=100,
            ),
            Column("raci_department", "category", "department in this role"),
            Column(
                "raci",
                "category",
                "responsible, accountable, consulted or informed; 'A/R' in one cell becomes two rows",
                values=("R", "A", "C", "I"),
                several=True,
            ),
        ),
        key=("activity", "touchpoint", "raci_department", "raci"),
    ),
    Table(
        "leads",
        "a lead",
        (
            _key("lead_id", "number of the lead"),
            _time("created_at", "when the lead came in", required=True),
            Column("source", "category", "where the lead came from"),
            _customer(),
            _time("qualified_at", "when it was qualified"),
            _time("won_at", "when it became a customer"),
            _time("lost_at", "when it was lost"),
        ),
        key=("lead_id",),
        in_time_order=("created_at", "qualified_at", "won_at"),
    ),
    Table(
        "orders",
        "an order",
        (
            _key("order_id", "number of the order"),
            _customer(),
            Column("account_id", "id", "the debtor, as the ERP numbers it", references="accounts.account_id"),
            _time("ordered_at", "when it was ordered", required=True),
            _money("revenue", "revenue net of tax; negative only on a cancelled order (a credit note)"),
            _money("margin", "contribution margin", low=None),
            _money("discount", "discount given"),
            Column("channel", "category", "sales channel"),
            _time("promised_at", "delivery promised by"),
            _time("shipped_at", "when it left"),
            _time("delivered_at", "when it arrived"),
            _time("returned_at", "when it came back"),
            _time("cancelled_at", "when it was cancelled"),
            _time("recorded_at", "when it was entered in the system, where that is later"),
        ),
        key=("order_id",),
        one_of=("customer_id", "account_id"),
        in_time_order=("ordered_at", "shipped_at", "delivered_at", "returned_at"),
    ),
    Table(
        "tickets",
        "a service case",
        (
            _key("ticket_id", "number of the ticket"),
            _customer(),
            _time("opened_at", "when it was opened", required=True),
            _time("first_response_at", "when the customer first got an answer"),
            _time("closed_at", "when it was closed"),
            _time("reopened_at", "when it was first opened again after it was closed"),
            Column("topic", "category", "what it was about"),
            Column("department", "category", "department that handled it"),
            _money("cost", "what handling it cost"),
            _time("recorded_at", "when it was entered in the system, where that is later"),
        ),
        key=("ticket_id",),
        in_time_order=("opened_at", "first_response_at", "closed_at"),
    ),
    Table(
        "survey",
        "one answer to one of the four survey questions",
        (
            _key("response_id", "number of the answered questionnaire"),
            Column("metric", "category", "which question", required=True, values=METRICS),
            Column("score", "number", "the answer; nps runs from 0 to 10, the others on the client's scale", required=True),
            _time("responded_at", "when it was answered"),
            _customer(),
            Column("order_id", "id", "the order that the answer is about", references="orders.order_id"),
            _SEGMENT,
            _touchpoint(),
            Column("comment", "text", "open comment", personal=True),
            _WEIGHT,
        ),
        key=("response_id", "metric"),
    ),
    Table(
        "attribute_ratings",
        "one rating of one attribute",
        (
            _key("response_id", "number of the answered questionnaire"),
            Column("attribute", "category", "what was rated", required=True),
            Column("performance", "number", "how well it is done", scale="performance"),
            Column("importance", "number", "how much it matters", scale="importance"),
            _SEGMENT,
            Column("brand", "category", "the brand rated; empty is the client's own"),
            _time("responded_at", "when it was answered"),
            _WEIGHT,
        ),
        key=("response_id", "attribute", "brand"),
        one_of=("performance", "importance"),
    ),
    Table(
        "kano",
        "one paired answer to a Kano question",
        (
            _key("response_id", "number of the answered questionnaire"),
            Column("attribute", "category", "the feature asked about", required=True),
            Column("functional", "integer", "if it is there: 1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike", True, low=1, high=5),
            Column("dysfunctional", "integer", "if it is not there: 1 like … 5 dislike", True, low=1, high=5),
            _SEGMENT,
            _WEIGHT,
        ),
        key=("response_id", "attribute"),
    ),
    Table(
        "prices",
        "a brand's price, or one component of what it costs to buy there",
        (
            Column("brand", "category", "the brand", required=True),
            Column("component", "category", "part of the price: purchase price, trade-in, finance; empty where the price is one"),
            Column("price", "money", "its price", required=True, unit="currency", low=0),
            Column(
                "measure",
                "category",
                "what stands in price: money, or customers' score of the component (more is better)",
                values=("money", "score"),
            ),
            Column("weight", "number", "how much the component weighs among the components", low=0),
        ),
        key=("brand", "component"),
    ),
    Table(
        "quotes",
        "a coded quotation",
        (
            Column("source", "category", "where it was heard", values=("interview", "focus_group", "observation", "social")),
            _SEGMENT,
            _touchpoint(),
            Column("empathy", "category", "corner of the empathy map", values=("says", "thinks", "does", "feels")),
            Column("text", "text", "the quotation, made anonymous", required=True),
        ),
    ),
    Table(
        "department_views",
        "a department's rank of an attribute",
        (
            Column("department", "category", "the department", required=True),
            Column("attribute", "category", "the attribute", required=True),
            Column("rank", "number", "its rank, 1 the most important", required=True, low=1),
            Column("rater", "id", "who ranked, as a code, where several of a department did"),
        ),
        key=("department", "attribute", "rater"),
    ),
    Table(
        "systems",
        "a system",
        (
            Column("system", "category", "name of the system", required=True),
            Column("kind", "category", "crm, erp, web, survey, ticketing and so on"),
            Column("department", "category", "department that owns it"),
            Column("records_touchpoint", "category", "a touchpoint it records", references="touchpoints.touchpoint"),
        ),
        key=("system", "records_touchpoint"),
    ),
    Table(
        "referrals",
        "a referral",
        (
            Column("referrer_id", "id", "customer who refers", required=True, references="customers.customer_id"),
            Column("referred_id", "id", "customer who was referred, once known", references="customers.customer_id"),
            _time("referred_at", "when", required=True),
            _time("converted_at", "when the referred person bought"),
        ),
        in_time_order=("referred_at", "converted_at"),
    ),
    Table(
        "subscriptions",
        "a contract",
        (
            _customer(required=True),
            _time("started_at", "first day of the contract", required=True),
            _time("ended_at", "last day, empty while it runs"),
            Column("monthly_revenue", "money", "revenue a month", unit="currency a month", low=0),
        ),
        key=("customer_id", "started_at"),
        in_time_order=("started_at", "ended_at"),
    ),
    Table(
        "initiatives",
        "an improvement",
        (
            Column("initiative", "category", "name of the initiative", required=True),
            Column("target", "category", "touchpoint or attribute it improves"),
            _money("cost", "what it costs"),
            _time("started_at", "when it began, or will begin"),
            Column("expected_change", "number", "change expected in the metric, in the metric's unit"),
            Column("owner", "category", "department or role that answers for it"),
            Column("status", "category", "where it stands", values=("planned", "running", "done", "stopped")),
            Column("metric", "category", "KPI that it should move"),
            _money("expected_benefit", "what it is expected to bring a year, where that is known", low=None),
            _money("benefit_low", "least that it may bring a year, with the likely range in between", low=None),
            _money("benefit_high", "most that it may bring a year", low=None),
            Column("requires", "text", "initiatives that must be carried out too, separated by ';'"),
            Column("excludes", "text", "initiatives that cannot be carried out beside it, separated by ';'"),
        ),
        key=("initiative",),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL}

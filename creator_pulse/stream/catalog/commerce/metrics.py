"""What creators sell, and how sales come about: EC1 to EC6."""

from __future__ import annotations

from creator_pulse.stream.aggregates import Each, Number, Reach
from creator_pulse.stream.catalog.commerce import alerts
from creator_pulse.stream.catalog.declaration.declare import Metric, Sum
from creator_pulse.stream.catalog.declaration.derived import dated
from creator_pulse.stream.catalog.declaration.quantiles import sizes
from creator_pulse.stream.catalog.declaration.shorthand import over, share, total, usd
from creator_pulse.stream.catalog.viewers.metrics import LEAST_LIVE_MS, LIVE_VIEWERS

_ATTEMPTS = {"checkouts_completed": 1, "checkouts_failed": 1}
_BUYERS = Each(("viewer_id",), Sum({"live_buyer_orders": 1}), {"viewer_live_ms": LEAST_LIVE_MS})

EC1 = Metric(
    id="EC1",
    title="GMV",
    question="How much is sold through creators?",
    tier="core",
    tool="commerce",
    stakeholders=("platform", "creators", "advertisers"),
    unit="USD",
    formula="sum of value_micros over completed orders that are not samples",
    source="contract section 3 (orders, GMV); catalogue EC1",
    values=(
        usd("order_value_usd", "gmv_usd", "5m 1h 24h", "GMV"),
        total("order_count", "orders", "5m 1h 24h", "orders that are not samples"),
    ),
    guardrails=alerts.GMV,
)

EC2 = Metric(
    id="EC2",
    title="Net GMV",
    question="What is left of sales after refunds and cancellations?",
    tier="core",
    tool="commerce",
    stakeholders=("platform",),
    unit="USD",
    formula=(
        "GMV - refunds - cancellations, each by its own time; by cohort less what has been taken back so far "
        "of the orders of the day, or of the 7 business days"
    ),
    source="catalogue EC2; trap T6 (a flow mixes cohorts)",
    note=(
        "The flow takes refunds off in the window in which they come; the cohort values take off what "
        "belongs to the orders of the window, whenever it comes within 14 days of its order: they go on "
        "falling for as long after their end, and are restated then."
    ),
    values=(
        usd(
            "order_net_value_usd",
            {"gmv_usd": 1, "refunded_usd": -1, "cancelled_usd": -1},
            "24h 7d",
            "net GMV",
            title="Orders less refunds",
        ),
        usd(
            "order_cohort_net_value_usd",
            {"gmv_usd": 1, dated("refunded_usd"): -1, dated("cancelled_usd"): -1},
            "day 7d",
            "GMV less what has been taken back of it so far",
            title="Orders of that day, less their refunds",
        ),
    ),
)

ORDERS = sizes(
    "order_value_{}_usd",
    "order_value_sizes",
    ("1h",),
    "currencyUSD",
    "the value of an order",
    "p50 p95",
    10**6,
    title="Distribution over orders",
)
"""Of EC3."""

EC3 = Metric(
    id="EC3",
    title="Average order value",
    question="How large is an order, and did a currency slip?",
    tier="supporting",
    tool="commerce",
    stakeholders=("viewers", "platform"),
    unit="USD per order",
    formula="GMV / orders",
    source="catalogue EC3",
    values=(
        share("order_mean_usd", ("gmv_usd", "orders"), "1h", "GMV / orders", unit="currencyUSD"),
        *ORDERS,
    ),
    guardrails=alerts.ORDER_SIZE,
)

BUYERS = over(
    "live_buyers_ratio",
    Reach(_BUYERS, among=LIVE_VIEWERS),
    "1h",
    "live viewers who ordered in live rooms / live viewers",
    unit="percentunit",
    title="Live viewers who bought",
)
"""Of EC4."""

EC4 = Metric(
    id="EC4",
    title="Click-to-order conversion",
    question="Do viewers who look at a product buy it?",
    tier="supporting",
    tool="commerce",
    stakeholders=("creators", "viewers"),
    more=(("live_buyers_ratio",),),
    unit="ratio",
    formula="orders / clicks on products",
    source="catalogue EC4",
    values=(
        total("product_click_count", "product_clicks", "1h", "clicks on products"),
        share(
            "click_to_order_ratio",
            ("orders", "product_clicks"),
            "1h",
            "orders / clicks on products",
            flow=True,
            title="Clicks to orders",
        ),
        BUYERS,
    ),
    guardrails=alerts.CLICK_TO_ORDER,
)

EC5 = Metric(
    id="EC5",
    title="Commission",
    question="What do creators earn from sales, and at which rate?",
    tier="core",
    tool="commerce",
    stakeholders=("creators",),
    shows=("commission_value_usd",),
    unit="USD",
    formula=(
        "sum of value_micros x commission_bps; effective rate = commission / GMV of orders that carry one"
    ),
    source="contract section 3 (commission); catalogue EC5",
    values=(
        usd("commission_value_usd", "commission_usd", "5m 1h", "commission accrued"),
        usd(
            "attributed_order_value_usd", "attributed_gmv_usd", "1h", "GMV of orders that carry a commission"
        ),
        share(
            "commission_rate_ratio",
            ("commission_usd", "attributed_gmv_usd"),
            "1h",
            "commission / GMV of orders that carry a commission",
            title="Commission rate",
        ),
    ),
    guardrails=alerts.COMMISSION,
)

EC6 = Metric(
    id="EC6",
    title="Checkout success",
    question="Do checkouts go through?",
    tier="supporting",
    tool="commerce",
    stakeholders=("platform", "viewers"),
    unit="ratio",
    formula="completed / (completed + failed) checkouts, samples included",
    source="catalogue EC6",
    values=(
        total("checkout_completed_count", "checkouts_completed", "5m", "completed checkouts"),
        total("checkout_count", _ATTEMPTS, "5m", "checkouts"),
        share(
            "checkout_success_ratio", ("checkouts_completed", _ATTEMPTS), "5m", "completed / all checkouts"
        ),
    ),
    guardrails=alerts.CHECKOUT,
)

_WHO_BUYS = Each(("viewer_id",), Sum({"payer_orders": 1}))
_WHO_BUYS_AGAIN = Each(("viewer_id",), Sum({"payer_orders": 1}), floor=2)
_SELLERS = Each(("creator_id",), Sum({"orders_by_creator": 1}))

EC7 = Metric(
    id="EC7",
    title="Repeat buyers",
    question="Do viewers who bought buy again?",
    tier="supporting",
    tool="commerce",
    stakeholders=("creators", "viewers", "platform"),
    unit="ratio",
    formula=(
        "of the viewers with an order that is no sample in 7, or 28, business days: those with two or more "
        "such orders / all"
    ),
    source="trade: the share of customers with a second purchase",
    values=(
        over("buyers", Number(_WHO_BUYS), "7d 28d", "viewers who ordered"),
        over(
            "buyers_again_ratio",
            Reach(_WHO_BUYS_AGAIN, among=_WHO_BUYS),
            "7d 28d",
            "viewers with two orders or more / viewers who ordered",
            unit="percentunit",
        ),
    ),
    note="Who pays again a week later, orders or gifts, is GR4.",
)

EC8 = Metric(
    id="EC8",
    title="Active sellers",
    question="Do the creators who sell stay?",
    tier="guardrail",
    tool="commerce",
    stakeholders=("creators", "platform"),
    unit="creators",
    formula="creators through whom an order came that is no sample, exactly",
    source="trade; decided: a seller is the creator an order is attributed to, as records name no shop",
    values=(over("sellers_active", Number(_SELLERS), "24h 7d", "creators through whom an order came"),),
    guardrails=alerts.SELLERS,
    note=(
        "Sellers are creators here: a shop that sells without them is in no record. Who earns a commission "
        "is GR2 (commerce): a seller whose orders carry none is here only."
    ),
)

METRICS = (
    EC1,
    EC2,
    EC3,
    EC4,
    EC5,
    EC6,
    EC7,
    EC8,
)

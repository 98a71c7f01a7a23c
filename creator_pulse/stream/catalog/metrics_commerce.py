"""What explains commerce."""

from __future__ import annotations

from creator_pulse.stream.catalog import guardrails_commerce as guard
from creator_pulse.stream.catalog import values_spread
from creator_pulse.stream.catalog.declare import Metric
from creator_pulse.stream.catalog.measures_dated import dated
from creator_pulse.stream.catalog.metrics_reach import BUYERS
from creator_pulse.stream.catalog.shorthand import share, total, usd

_ATTEMPTS = {"checkouts_completed": 1, "checkouts_failed": 1}
_RETURNED = {"refunded_usd": 1, "cancelled_usd": 1}
_RETURNS = {"refunded_orders": 1, "cancelled_orders": 1}

EC2 = Metric(
    id="EC2",
    title="Net GMV",
    question="What is left of sales after refunds and cancellations?",
    tier="core",
    tool="commerce",
    stakeholders=("platform",),
    unit="USD",
    formula=(
        "GMV - refunds - cancellations; by cohort in a day those that came within a day of their order, in 7 "
        "business days those of the orders of these days so far"
    ),
    source="catalogue EC2; trap T6 (a flow mixes cohorts)",
    note=(
        "The flow takes refunds off in the window in which they come; the cohort values take off what "
        "belongs to the orders of the window, so they jump with no old refund. That of 7 days goes on "
        "falling for 14 days after its end, and is restated then."
    ),
    values=(
        usd(
            "order_net_value_usd",
            {"gmv_usd": 1, "refunded_usd": -1, "cancelled_usd": -1},
            "24h 7d",
            "net GMV",
        ),
        usd(
            "order_cohort_net_value_usd",
            {"gmv_usd": 1, "refunded_young_usd": -1, "cancelled_young_usd": -1},
            "24h",
            "GMV less what was taken back within a day of its order",
        ),
        usd(
            "order_dated_net_value_usd",
            {"gmv_usd": 1, dated("refunded_usd"): -1, dated("cancelled_usd"): -1},
            "7d",
            "GMV less what has been taken back of it so far",
        ),
    ),
)

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
        *values_spread.ORDERS,
    ),
    guardrails=guard.ORDER_SIZE,
)

EC4 = Metric(
    id="EC4",
    title="Clicks that become orders",
    question="Do viewers who look at a product buy it?",
    tier="supporting",
    tool="commerce",
    stakeholders=("creators", "viewers"),
    unit="ratio",
    formula="orders / clicks on products",
    source="catalogue EC4",
    values=(
        total("product_click_count", "product_clicks", "1h", "clicks on products"),
        share("click_to_order_ratio", ("orders", "product_clicks"), "1h", "orders / clicks on products"),
        BUYERS,
    ),
    guardrails=guard.CLICK_TO_ORDER,
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
    guardrails=guard.CHECKOUT,
)

FR9 = Metric(
    id="FR9",
    title="Dispute ratio",
    question="How many card payments are disputed or reported as fraud?",
    tier="guardrail",
    tool="commerce",
    stakeholders=("platform",),
    unit="ratio",
    formula="(disputes + fraud reports) of card payments / settled ones, as a flow: 24 h, month so far",
    source="catalogue FR9: card schemes act at 1.5 %",
    values=(
        total(
            "card_complaint_count",
            {"card_disputed": 1, "card_fraud": 1},
            "24h mtd",
            "disputes and fraud reports",
        ),
        total("card_settled_count", "card_settled", "24h mtd", "settled card payments"),
        share(
            "card_dispute_ratio",
            ({"card_disputed": 1, "card_fraud": 1}, "card_settled"),
            "24h mtd",
            "disputes and fraud reports / settled card payments",
        ),
    ),
    guardrails=guard.DISPUTES,
)

FR10 = Metric(
    id="FR10",
    title="Refund flow",
    question="Does more money go back to buyers than usual?",
    tier="guardrail",
    tool="commerce",
    stakeholders=("viewers", "platform"),
    unit="ratio",
    formula="refunds and cancellations / GMV, each by its own time; their number",
    source="contract section 3 (refunds); catalogue FR10",
    values=(
        usd("refund_value_usd", _RETURNED, "24h", "refunds and cancellations"),
        total("refund_count", _RETURNS, "30m", "refunds and cancellations"),
        share("refund_ratio", (_RETURNED, "gmv_usd"), "24h", "refunds and cancellations / GMV"),
    ),
    guardrails=guard.REFUNDS,
)

METRICS = (EC2, EC3, EC4, EC6, FR9, FR10)

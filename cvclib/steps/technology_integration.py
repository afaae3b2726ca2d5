"""Step 3, technology integration: how good the data are, and what bringing CRM and ERP together ties up."""

from __future__ import annotations

from cvclib.steps.customer_view import matched_accounts, orders_of_customers

__all__ = ["matched_accounts", "orders_of_customers"]

"""Counts the queries of each request and their time, and says so in two headers."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

QUERIES, SQL = "X-Bench-Queries", "X-Bench-Sql"


class ProbeMiddleware:
    """Outermost middleware: what it does not see costs nothing that a page could change."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        spent: list[float] = []

        def timed(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
            start = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent.append(time.perf_counter() - start)

        with connection.execute_wrapper(timed):
            response = self.get_response(request)
        response[QUERIES] = str(len(spent))
        response[SQL] = f"{sum(spent) * 1000:.3f}"
        return response

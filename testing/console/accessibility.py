"""Asks axe about a page; the library has no types, so it is spoken to here alone."""

from importlib import import_module
from typing import Any

from playwright.sync_api import Page


def assert_accessible(page: Page, name: str) -> None:
    """Fail with axe's report where the page breaks one of its rules."""
    axe: Any = import_module("axe_playwright_python.sync_playwright").Axe()
    found: Any = axe.run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"

"""Whether the System page says something, as Debian's Chromium shows it."""

import shutil

from scripts.bench.report import progress

WAIT_MS = 20_000


def shows_on_system_page(address: str, secret: str, words: str) -> bool:
    """Open the page with this session, and wait for these words among what needs somebody."""
    browser = shutil.which("chromium")
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - only for benches
    except ImportError:
        browser = None
    if browser is None:
        progress("chromium and Playwright are needed: apt install chromium, pip install playwright")
        return False
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        url = f"http://{address}"
        context.add_cookies([{"name": "seda_session", "value": secret, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/system")
        try:
            page.locator(".troubles", has_text=words).wait_for(timeout=WAIT_MS)
        except Error:
            return False
        finally:
            chromium.close()
    return True

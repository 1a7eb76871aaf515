"""What staff click at the desk."""

from playwright.async_api import Page, expect

PASSWORD = "correct horse battery staple"


async def log_in(page: Page, userid: str) -> None:
    await page.goto("/admin/login/")
    await page.locator("#id_username").fill(userid)
    await page.locator("#id_password").fill(PASSWORD)
    await page.locator("[type=submit]").click()
    await expect(page.locator("#user-tools")).to_be_visible()


async def act(page: Page, address: str, action: str, **fields: str) -> None:
    """Open the page, choose what is to be done, say why, and send it."""
    await page.goto(address)
    actions = page.get_by_role("navigation", name="Actions")
    await actions.get_by_role("link", name=action, exact=True).click()
    # `count` does not wait for the form.
    await page.get_by_label("Reason").wait_for()
    for name, value in fields.items():
        field, button = page.locator(f"#id_{name}"), page.locator(f"input[name={name}][value='{value}']")
        if await button.count():
            await button.check()
        elif await field.evaluate("field => field.matches('select')"):
            await field.select_option(value)
        else:
            await field.fill(value)
    await page.get_by_label("Reason").fill("because")
    await page.get_by_role("button", name=action, exact=True).click()
    await expect(page.locator(".messagelist .success")).to_be_visible()


async def undo(page: Page) -> None:
    """What was done last, where the page tells of it."""
    await page.locator(".messagelist").get_by_role("link", name="Undo").click()
    await page.get_by_label("Reason").fill("a mistake")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".messagelist .success")).to_be_visible()

"""Users with accounts, in token mode."""

from tests.client.person import Person

PASSWORD = "correct horse battery"
ANOTHER_PASSWORD = "staple battery horse"
MAKE = "from accounts.models import User; User.objects.create_user({!r}, {!r})"


async def log_in(person: Person, password: str = PASSWORD) -> None:
    """Log in by the open form, and wait for the chat."""
    await person.page.get_by_label("User ID").fill(person.userid)
    await person.page.get_by_label("Password").fill(password)
    await person.page.get_by_role("button", name="Sign in", exact=True).click()
    await person.conversations.wait_for()


async def change_password(person: Person) -> None:
    """Change the password on its page, in a temporary tab."""
    page = await person.context.new_page()
    await page.goto(f"{person.url}/password/")
    for label, text in [("Current password", PASSWORD), ("New password", ANOTHER_PASSWORD)]:
        await page.get_by_label(label, exact=True).fill(text)
    await page.get_by_label("New password again").fill(ANOTHER_PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await page.wait_for_url("**/password/changed/")
    await page.close()

// Signing up, in and out: what can go wrong, by keyboard alone, and in two tabs.

import { expect, find, messages, signIn, signUp, test, turnTo, write } from "./fixtures.ts";

test("what does not fit is said beside its field", async ({ visit, account }) => {
  const page = await visit();
  const ada = account("ada");
  await signUp(page, ada);
  await page.getByRole("button", { name: "Sign out" }).click();

  await page.getByRole("button", { name: "Create an account" }).click();
  const [username, email, password] = ["Username", "Email", "Password"].map((name) => page.getByLabel(name));
  await page.getByRole("button", { name: "Sign up" }).click();
  for (const field of [username, email, password]) await expect(field!).toHaveAccessibleDescription(/at least/);
  await expect(username!).toBeFocused();

  await username!.fill(account("ada").username);
  await email!.fill(ada.email);
  await password!.fill("password");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(password!).toHaveAccessibleDescription(/too easy/);
  await password!.fill(ada.password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(email!).toHaveAccessibleDescription(/already registered/);
  await expect(email!).toBeFocused();
  await expect(password!).toHaveAccessibleDescription("At least 8 characters");

  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("Email or username").fill(ada.username);
  await page.getByLabel("Password").fill("not the one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("Incorrect email or password");
});

test("the keyboard is enough", async ({ visit, account, client }) => {
  const page = await visit();
  const [ada, ben] = [account("ada"), account("ben")];
  await client.auth.signUp(ben);
  // On a machine that is slow to paint, the focus must not come after what is typed.
  await page.addInitScript(() => {
    const paint = requestAnimationFrame;
    window.requestAnimationFrame = (callback) => paint(() => setTimeout(callback, 90));
  });

  const { keyboard } = page;
  const tabTo = async (name: string) => {
    const target = page.locator(`:focus:is(a, button, input, textarea)`).and(page.getByLabel(name).or(page.getByText(name)));
    await expect(async () => {
      await keyboard.press("Tab");
      await expect(target).toBeVisible({ timeout: 100 });
    }).toPass({ intervals: [0] });
  };
  await page.goto("/");
  await tabTo("Create an account");
  await keyboard.press("Enter");
  await tabTo("Username");
  await keyboard.type(ada.username);
  await keyboard.press("Tab");
  await keyboard.type(ada.email);
  await keyboard.press("Tab");
  await keyboard.type(ada.password);
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Messages" })).toBeFocused();

  await page.goto("/#/people");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "People" })).toBeFocused();
  await keyboard.press("Tab");
  await expect(page.getByRole("searchbox", { name: "Search people" })).toBeFocused();
  await keyboard.type(ben.username);
  await expect(page.getByRole("list", { name: "People" }).getByRole("link")).toHaveCount(1);
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused();
  await keyboard.type("One");
  await keyboard.press("Shift+Enter");
  await keyboard.type("Two");
  await keyboard.press("Enter");
  await expect(messages(page, "One\nTwo")).toHaveCount(1);
  await expect(page.getByRole("textbox", { name: "Message" })).toHaveValue("");
});

test("the first tab stop leads past the navigation", async ({ visit, account }) => {
  const page = await visit();
  await signUp(page, account("ada"));
  await page.getByRole("link", { name: "Skip to the content" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await expect(page.getByRole("heading", { level: 1, name: "Messages" })).toBeVisible();
});

test("two tabs are one person", async ({ visit, account }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const [first, bensPage] = [await visit(), await visit()];
  await Promise.all([signUp(first, ada), signUp(bensPage, ben)]);
  const second = await first.context().newPage();
  await second.goto("/");
  await find(first, ben);
  await find(second, ben);
  await write(first, "From the first");
  await write(second, "From the second");
  await find(bensPage, ada);
  await write(bensPage, "From Ben");
  for (const page of [first, second, bensPage]) {
    for (const text of ["From the first", "From the second", "From Ben"]) {
      await expect(messages(page, text)).toHaveCount(1);
    }
  }

  await first.getByRole("button", { name: "Sign out" }).click();
  for (const page of [first, second]) await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();

  // The next one sees nothing of the last one's.
  await signIn(second, ben);
  await turnTo(first, "People");
  await turnTo(first, "Messages");
  await expect(first.getByRole("list", { name: "Conversations" })).toContainText(ada.username);
});

test("a login that the server ended is said to be over", async ({ visit, account, client }) => {
  const page = await visit();
  const ada = account("ada");
  await signUp(page, ada);
  await client.auth.signIn(ada);
  await client.logins.revokeAll();
  await expect(page.getByRole("alert")).toContainText("Your login has ended");
  await signIn(page, ada);
});

// Every page, in light and dark, on a phone and on a desk: axe finds nothing, and nothing is wider than it is.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, find, sidewaysScrollers, signUp, test, turnTo, write } from "./fixtures.ts";

test("the forms of who is not signed in are sound", async ({ visit }) => {
  const page = await visit();
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await isSound(page);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Username")).toHaveAccessibleDescription(/at least/);
  await isSound(page);
});

test("all pages are sound", async ({ visit, account, client }) => {
  test.slow();
  const page = await visit();
  const [ada, ben] = [account("ada"), account("ben")];
  await signUp(page, ada);
  await isSound(page);
  await client.auth.signUp(ben);
  await client.auth.signIn(ben);
  const [adasId] = await client.accounts.list({ q: ada.username });
  await client.messages.send({ receiver_id: adasId!.id, content: `Long: ${"verylongword".repeat(40)}` });
  await turnTo(page, "People");
  await expect(page.getByRole("list", { name: "People" })).toContainText(ben.username);
  await isSound(page);
  await turnTo(page, "Messages");
  await expect(page.getByRole("list", { name: "Conversations" })).toContainText("1 unread");
  await isSound(page);
  await find(page, ben);
  await write(page, "Hello");
  await isSound(page);

  await turnTo(page, "Events");
  await page.getByRole("button", { name: "New event" }).click();
  await isSound(page);
  const title = `Event of ${ada.username}`;
  await page.getByLabel("Title").fill(title);
  await page.getByRole("button", { name: "Announce" }).click();
  await page.getByRole("link", { name: title }).click();
  await page.getByRole("button", { name: "I’m going" }).click();
  await expect(page.getByRole("list", { name: "Attendees" })).toContainText(ada.username);
  await isSound(page);
  await page.keyboard.press("Escape");
  await isSound(page);

  await turnTo(page, "Sessions");
  await page.getByRole("button", { name: "New session" }).click();
  const name = `Session of ${ada.username}`;
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("button", { name: `Start ${name}` }).click();
  await page.getByRole("button", { name: `Join ${name}` }).click();
  await expect(page.getByRole("button", { name: `Leave ${name}` })).toBeVisible();
  await isSound(page);
});

async function isSound(page: Page): Promise<void> {
  for (const width of [320, 390, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    expect(await sidewaysScrollers(page), `what is too wide on ${page.url()} at ${width}`).toEqual([]);
    if (width !== 390 && width !== 1280) continue;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const axe = new AxeBuilder({ page });
      // In the dark the page is the same but for its colours.
      if (colorScheme === "dark") axe.withRules(["color-contrast"]);
      const { violations } = await axe.analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      expect(found, `what axe finds on ${page.url()} at ${width} in ${colorScheme}`).toEqual([]);
    }
  }
}

// Two people write to each other, and one of them is away for a while.

import type { Page } from "@playwright/test";

import { conversation, expect, find, messages, signIn, signUp, test, turnTo, write, type Account } from "./fixtures.ts";

test.beforeEach(async ({ visit, account }) => {
  [ada, ben] = [account("ada"), account("ben")];
  [adasPage, bensPage] = [await visit(), await visit()];
  await Promise.all([signUp(adasPage, ada), signUp(bensPage, ben)]);
});

let ada: Account, ben: Account;
let adasPage: Page, bensPage: Page;

test("two people write to each other", async () => {
  await find(adasPage, ben);
  await write(adasPage, "Are you there?");
  await expect(messages(adasPage, "Are you there?")).toHaveCount(1);

  await turnTo(bensPage, "Messages");
  await expect(conversation(bensPage, ada)).toHaveAccessibleName(/1 unread/);
  await conversation(bensPage, ada).click();
  await expect(messages(bensPage, "Are you there?")).toHaveCount(1);
  await write(bensPage, "I am.");
  await expect(messages(adasPage, "I am.")).toHaveCount(1);
  await write(adasPage, "Good.");
  await expect(messages(bensPage, "Good.")).toHaveCount(1);

  // What is looked at is read.
  await turnTo(bensPage, "Messages");
  await expect(conversation(bensPage, ada)).not.toHaveAccessibleName(/unread/);
  await bensPage.reload();
  await turnTo(bensPage, "Messages");
  await expect(conversation(bensPage, ada)).not.toHaveAccessibleName(/unread/);
});

test("what was written to someone without a network is there once when it is back", async () => {
  await find(adasPage, ben);
  await turnTo(bensPage, "Messages");
  await bensPage.context().setOffline(true);
  await expect(bensPage.getByRole("status")).toContainText(/Offline|Reconnecting/);

  await write(adasPage, "First thing");
  await write(adasPage, "Second thing");
  await expect(messages(adasPage, "thing")).toHaveCount(2);

  await bensPage.context().setOffline(false);
  await expect(bensPage.getByRole("status")).toContainText("Connected");
  await seesBothOnce(bensPage);
});

test("what was written to someone whose tab was closed is there once when they come back", async () => {
  await find(adasPage, ben);
  const context = bensPage.context();
  await bensPage.close();

  await write(adasPage, "First thing");
  await write(adasPage, "Second thing");
  await expect(messages(adasPage, "thing")).toHaveCount(2);

  bensPage = await context.newPage();
  await bensPage.goto("/");
  await expect(bensPage.getByRole("status")).toContainText("Connected");
  await turnTo(bensPage, "Messages");
  await seesBothOnce(bensPage);
});

test("what is written while a page opens is there once", async () => {
  await find(adasPage, ben);
  // The page has read what it reads, and does not hear the stream yet.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await bensPage.route("**/ws/ticket", async (route) => {
    await held;
    await route.continue();
  });
  await Promise.all([bensPage.waitForRequest("**/ws/ticket"), bensPage.reload()]);
  await write(adasPage, "Just now");
  await expect(messages(adasPage, "Just now")).toHaveCount(1);

  letGo();
  await turnTo(bensPage, "Messages");
  await expect(conversation(bensPage, ada)).toHaveAccessibleName(/1 unread/);
  await conversation(bensPage, ada).click();
  await expect(messages(bensPage, "Just now")).toHaveCount(1);
});

test("someone signs out, and in again", async () => {
  await find(adasPage, ben);
  await write(adasPage, "See you later");
  await adasPage.getByRole("button", { name: "Sign out" }).click();
  await signIn(adasPage, ada);
  await turnTo(adasPage, "Messages");
  await conversation(adasPage, ben).click();
  await expect(messages(adasPage, "See you later")).toHaveCount(1);
});

async function seesBothOnce(page: Page): Promise<void> {
  await expect(conversation(page, ada)).toHaveAccessibleName(/2 unread/);
  await conversation(page, ada).click();
  for (const text of ["First thing", "Second thing"]) await expect(messages(page, text)).toHaveCount(1);
  await expect(messages(page, "thing")).toHaveText([/First thing/, /Second thing/]);

  await turnTo(page, "Messages");
  await expect(conversation(page, ada)).not.toHaveAccessibleName(/unread/);
  await conversation(page, ada).click();
  await page.reload();
  await turnTo(page, "Messages");
  await expect(conversation(page, ada)).not.toHaveAccessibleName(/unread/);
  await conversation(page, ada).click();
  await expect(messages(page, "thing")).toHaveText([/First thing/, /Second thing/]);
}

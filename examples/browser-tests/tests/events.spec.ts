// The calendar: someone announces an event, and others see it and attend.

import { expect, signUp, test, turnTo } from "./fixtures.ts";

test("an event is announced, seen by others at once, and attended", async ({ visit, account }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const [adasPage, bensPage] = [await visit(), await visit()];
  await Promise.all([signUp(adasPage, ada), signUp(bensPage, ben)]);
  await Promise.all([turnTo(adasPage, "Events"), turnTo(bensPage, "Events")]);

  const title = `Summer party of ${ada.username}`;
  // Other tests announce theirs for tomorrow, which never is the first day of this month.
  const first = new Date(new Date().getFullYear(), new Date().getMonth(), 1, 12);
  await adasPage.getByRole("button", { name: "New event" }).click();
  const form = adasPage.getByRole("dialog", { name: "New event" });
  await form.getByLabel("Title").fill(title);
  await form.getByLabel("Begins").fill(`${first.toISOString().slice(0, 10)}T18:30`);
  await form.getByLabel("Place").fill("The garden");
  await form.getByLabel("What it is about").fill("Bring a cake.\n<b>And a friend.</b>");
  await form.getByRole("button", { name: "Announce" }).click();
  await expect(form).toBeHidden();
  await expect(adasPage.getByRole("button", { name: /^\w+ 1 \w+, 1 event$/ })).toBeVisible();

  await bensPage.getByRole("link", { name: title }).click();
  const bens = bensPage.getByRole("dialog", { name: title });
  await expect(bens).toContainText("<b>And a friend.</b>");
  await expect(bens).toContainText("18:30");
  await expect(bens).toContainText(ada.username);
  await expect(bens).toContainText("Nobody attends yet");
  await bens.getByRole("button", { name: "I’m going" }).click();
  await expect(bens.getByRole("button", { name: "I’m going" })).toHaveAttribute("aria-pressed", "true");
  await expect(bens.getByRole("list", { name: "Attendees" })).toContainText(ben.username);

  await adasPage.getByRole("link", { name: title }).click();
  const adas = adasPage.getByRole("dialog", { name: title });
  await expect(adas).toContainText("1 person attends");
  await adas.getByRole("button", { name: "I’m going" }).click();
  await expect(bens).toContainText("2 people attend");
  await bens.getByRole("button", { name: "I’m going" }).click();
  await expect(adas.getByRole("list", { name: "Attendees" })).not.toContainText(ben.username);
  await adasPage.keyboard.press("Escape");
  await expect(adas).toBeHidden();
  await expect(adasPage.getByRole("link", { name: title })).toBeFocused();
});

test("what does not fit of an event is said beside the field", async ({ visit, account }) => {
  const page = await visit();
  await signUp(page, account("ada"));
  await turnTo(page, "Events");
  await page.getByRole("button", { name: "New event" }).click();
  const form = page.getByRole("dialog", { name: "New event" });
  await form.getByLabel("Begins").fill("");
  await form.getByRole("button", { name: "Announce" }).click();
  await expect(form.getByLabel("Begins")).toHaveAccessibleDescription(/date and a time/);

  await form.getByLabel("Begins").fill("2031-05-01T10:00");
  await form.getByRole("button", { name: "Announce" }).click();
  await expect(form.getByLabel("Title")).toHaveAccessibleDescription(/at least 1 character/);
  await expect(form.getByLabel("Title")).toBeFocused();
  await form.getByLabel("Title").fill("May day");
  await form.getByRole("button", { name: "Announce" }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole("heading", { level: 2, name: "May 2031" })).toBeVisible();

  await page.getByRole("button", { name: "New event" }).click();
  await form.getByLabel("Title").fill("May day");
  await form.getByRole("button", { name: "Announce" }).click();
  await expect(form.getByLabel("Title")).toHaveAccessibleDescription(/title/);
});

test("a press beside a dialog closes it, and what is dragged out of it does not", async ({ visit, account }) => {
  const page = await visit();
  await signUp(page, account("ada"));
  await turnTo(page, "Events");
  await page.getByRole("button", { name: "New event" }).click();
  const title = page.getByLabel("Title");
  await title.fill("Long title");
  await title.hover();
  await page.mouse.down();
  await page.mouse.move(5, 5);
  await page.mouse.up();
  await expect(title).toHaveValue("Long title");
  await expect(title).toBeVisible();
  await page.mouse.click(5, 5);
  await expect(title).toBeHidden();
});

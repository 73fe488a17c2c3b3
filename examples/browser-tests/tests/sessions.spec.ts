// Live sessions: someone makes one, others join, it starts and ends, and all of them see it.

import { expect, signUp, test, turnTo } from "./fixtures.ts";

test("a session is made, joined, started and stopped before the eyes of those in it", async ({ visit, account }) => {
  const [ada, ben] = [account("ada"), account("ben")];
  const [adasPage, bensPage] = [await visit(), await visit()];
  await Promise.all([signUp(adasPage, ada), signUp(bensPage, ben)]);
  await Promise.all([turnTo(adasPage, "Sessions"), turnTo(bensPage, "Sessions")]);

  const name = `Rehearsal of ${ada.username}`;
  await adasPage.getByRole("button", { name: "New session" }).click();
  await adasPage.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await expect(adasPage.getByLabel("Name")).toHaveAccessibleDescription(/at least 1 character/);
  await adasPage.getByLabel("Name").fill(name);
  await adasPage.getByRole("button", { name: "Create" }).click();
  const adas = adasPage.getByRole("listitem").filter({ hasText: name });
  const bens = bensPage.getByRole("listitem").filter({ hasText: name });
  await expect(adas).toContainText("Not started");

  await bens.getByRole("button", { name: "Join" }).click();
  await expect(bens.getByRole("button", { name: "Leave" })).toBeVisible();
  await expect(adas.getByRole("list")).toContainText(ben.username);
  await expect(bens.getByRole("button", { name: "Start" })).toHaveCount(0);

  await adas.getByRole("button", { name: "Start" }).click();
  await expect(bens).toContainText("Live");
  await bens.getByRole("button", { name: "Leave" }).click();
  await expect(adas).toContainText("Nobody is in it");
  await bens.getByRole("button", { name: "Join" }).click();
  await expect(adas.getByRole("list")).toContainText(ben.username);
  await adas.getByRole("button", { name: "Stop" }).click();
  await expect(bens).toContainText("Ended");
  await expect(bens.getByRole("button")).toHaveCount(0);
});

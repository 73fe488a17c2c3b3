// Swagger UI works under the server's own policy: the console has nothing to say.

import { expect, test } from "./fixtures.ts";

test("the API can be read, signed in to and called on /docs", async ({ visit, account, client }) => {
  const ada = account("ada");
  await client.auth.signUp(ada);
  const page = await visit();
  const answer = await page.goto("/docs");
  expect(answer?.headers()["content-security-policy"]).toContain("default-src 'none'");

  await page.getByRole("button", { name: "Authorize" }).first().click();
  await page.locator("#oauth_username").fill(ada.username);
  await page.locator("#oauth_password").fill(ada.password);
  await page.locator(".modal-ux button.authorize").first().click();
  await page.getByRole("button", { name: "Close" }).first().click();

  const me = page.locator(".opblock", { has: page.locator('[data-path="/auth/me"]') }).first();
  await me.locator(".opblock-summary").click();
  await me.getByRole("button", { name: "Execute" }).click();
  await expect(me.locator(".live-responses-table")).toContainText(ada.email);
});

/** What a person sees of the page of examples/browser, and does there. */
export const text = (page, selector) => page.locator(selector).textContent();
export const statusIs = (page, pattern) => page.locator('#status').filter({ hasText: pattern }).waitFor();
export const figure = (page, name) => page.locator(`#figures div:has(dt:text-is("${name}")) dd`).textContent();

export async function runTo(page, pattern) {
  await page.locator('#run').click();
  await statusIs(page, pattern);
}

/** What comes of a request in a page of our own (`harness.js`). */
export const decode = (page, request, where = 'decode') =>
  page.evaluate(([name, given]) => globalThis[name](given), [where, request]);

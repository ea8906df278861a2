/* global document */

/** Visits of a browser to the site; what its pages should not do goes to `trouble`. */
export function visiting(browser, { origin, elsewhere }, trouble) {
  /** A page that keeps count of everything it should not do. With `errors`, its console may complain. */
  async function open(address, { errors = false } = {}) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.setDefaultTimeout(60_000);
    page.on('console', (message) => {
      // Chromium says so itself where WebGPU is asked for and not there.
      const expected = errors || message.text() === 'No available adapters.';
      if (!expected && ['error', 'warning'].includes(message.type())) trouble.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
    page.on('request', (request) => {
      const url = request.url();
      const ours = [origin, elsewhere, `blob:${origin}`, 'data:'].some((each) => url.startsWith(each));
      if (!ours) trouble.push(`request to ${url}`);
    });
    await page.goto(`${origin}/${address}`);
    return page;
  }

  /** A page of our own with the entry in it (`harness.js`). */
  async function harness(prefix = '', options = {}) {
    const page = await open(`${prefix}harness.html`, options);
    await page.waitForFunction(() => document.title === 'ready');
    return page;
  }

  const requestFor = (backend, pipeline, request, model = 'tinyshakespeare-absorb') => ({
    model: `${origin}/models/${model}`,
    pipeline: `${origin}/pipelines/${pipeline}.json`,
    request,
    options: { backend },
  });

  return { origin, elsewhere, open, harness, requestFor };
}

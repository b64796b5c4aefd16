// Chromium as an engine. Settings: { chromium, flags, profile (a fresh directory), script (false turns script off) }.
// A question is a list of steps, each an object with one key, done in order in one page:
//   goto: url | click: selector | fill: { selector, value } | press: key | wait_for_url: part | wait_for_text: text
//   text: selector | cookies: url | evaluate: expression | screenshot: file | viewport: { width, height } | new_page: true
//   delete_cookies: true | color_scheme: light or dark, on this page
// The answer: { url, title, text, values (one per step), requests: [{ method, url, headers, status }], console: […],
// errors: […] (page errors and content security policy violations) }, the lists since the last answer.
import { chromium } from 'playwright-core';
import { run } from './engine.mjs';

const wait = 15_000;

await run(async ({ chromium: executablePath, flags, profile, script = true }) => {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: flags,
    chromiumSandbox: false,
    headless: true,
    javaScriptEnabled: script,
    viewport: { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(wait);
  let requests = [];
  let lines = [];
  let errors = [];
  const see = (page) => {
    page.on('console', (message) => {
      const text = message.text();
      lines.push(`${message.type()}: ${text}`);
      if (/Content Security Policy/i.test(text)) errors.push(text);
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => requests.push(request));
  };
  let page = context.pages()[0] ?? await context.newPage();
  see(page);
  context.on('page', see);

  const steps = {
    goto: (url) => page.goto(url).then((response) => response?.status()),
    click: (selector) => page.click(selector),
    fill: ({ selector, value }) => page.fill(selector, value),
    press: (key) => page.keyboard.press(key),
    wait_for_url: (part) => page.waitForURL((url) => url.href.includes(part)),
    wait_for_text: (text) => page.getByText(text).first().waitFor(),
    text: (selector) => page.innerText(selector),
    cookies: (url) => context.cookies(url),
    evaluate: (expression) => page.evaluate(expression),
    screenshot: (path) => page.screenshot({ path, fullPage: true }).then(() => path),
    viewport: (size) => page.setViewportSize(size),
    new_page: async () => { page = await context.newPage(); },
    delete_cookies: () => context.clearCookies(),
    color_scheme: (colorScheme) => page.emulateMedia({ colorScheme }),
  };

  // A request that is still under way when asked has no answer yet: its status is null.
  const told = async (request) => ({
    method: request.method(),
    url: request.url(),
    headers: await request.allHeaders().catch(() => request.headers()),
    status: request.failure() ? null : (await Promise.race([request.response(), new Promise((done) => { setTimeout(done, 2_000); })]))?.status() ?? null,
  });

  return {
    ready: { version: context.browser()?.version() ?? null },
    async answer(list) {
      const values = [];
      for (const [index, step] of list.entries()) {
        const [[name, argument]] = Object.entries(step);
        if (!Object.hasOwn(steps, name)) throw new Error(`no such step: ${name}`);
        try {
          values.push((await steps[name](argument)) ?? null);
        } catch (error) {
          throw new Error(`step ${index} ${JSON.stringify(step)} at ${page.url()}: ${error}\n${await page.innerText('body').catch(() => '')}`);
        }
      }
      await page.waitForLoadState();
      const seen = [requests, lines, errors];
      [requests, lines, errors] = [[], [], []];
      return {
        url: page.url(),
        title: await page.title(),
        text: await page.innerText('body'),
        values,
        requests: await Promise.all(seen[0].map(told)),
        console: seen[1],
        errors: seen[2],
      };
    },
    end: () => context.close(),
  };
});

// SPDX-License-Identifier: Apache-2.0
// The demo's story, played on its page in headless Chromium: Ana leads an incident and
// is granted access; Bob has no part in it and is not, until he acknowledges a page.
//
//   node tests/browser/demo.mjs PAGE-URL [SCREENSHOT.png]
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [url, screenshot] = process.argv.slice(2);
if (!url) {
  console.error('usage: demo.mjs PAGE-URL [SCREENSHOT.png]');
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
const errors = [];
let n = 0;

page.setDefaultTimeout(15000);
page.on('pageerror', (error) => errors.push(String(error)));
page.on('console', (message) => {
  if (message.type() === 'error') errors.push(message.text());
});

async function step(name, play) {
  await play();
  n += 1;
  console.log(`ok ${n} - ${name}`);
}

const become = (name) => page.locator('#people label', { hasText: name }).click();
const messages = (text) => page.locator('#messages .message', { hasText: text });

async function type(text) {
  await page.locator('#text').fill(text);
  await page.locator('#say button').click();
}

const decisions = (who) => page.locator('#messages .words', { hasText: `@${who}` })
  .filter({ hasText: /^\s*(Granted|Not granted)/ });

// Type a command and wait for its decision. What a vendor said may be believed for some
// seconds: as a person would, ask again when the answer is not the one hoped for.
async function ask(who, text, word) {
  let answer = '';
  for (let tries = 0; tries < 10; tries += 1) {
    const before = await decisions(who).count();
    await type(text);
    await decisions(who).nth(before).waitFor();
    answer = (await decisions(who).nth(before).innerText()).trim();
    if (answer.startsWith(word)) return answer;
    await page.waitForTimeout(1000);
  }
  throw new Error(`hoped for '${word}', got '${answer}'`);
}

try {
  await page.goto(url);
  await step('the page shows that accessd is connected', async () => {
    await page.locator('#link.live').waitFor();
  });
  await step('Ana declares an incident', async () => {
    await become('Ana');
    await page.locator('#incident-name').fill('Checkout 5xx');
    await page.locator('#incident-severity').selectOption('Major');
    await page.locator('#declare button').click();
    await page.locator('#incidents .card', { hasText: 'Checkout 5xx' }).first().waitFor();
  });
  await step('she takes the role Incident Lead', async () => {
    await page.getByRole('button', { name: /^Take Incident Lead/ }).first().click();
    await page.getByRole('button', { name: /^Give up Incident Lead/ }).first().waitFor();
  });
  await step('she asks: Granted', async () => {
    assert.match(await ask('ana', '/access prod-db 2h replica lag', 'Granted'), /prod-db/);
  });
  await step('the target says that she has it', async () => {
    await page.locator('#holds .card:not(.over)', { hasText: '@ana' }).waitFor();
  });
  await step('everybody in the channel sees it', async () => {
    await become('Cara');
    await messages('Granted').first().waitFor();
  });
  await step('Bob has no part in the incident: Not granted', async () => {
    await become('Bob');
    assert.match(await ask('bob', '/access prod-db 90m', 'Not granted'), /prod-db/);
  });
  await step('an answer to bad input is for his eyes only', async () => {
    await type('/access prod-dbx 1h');
    await messages('prod-dbx').filter({ hasText: 'Only visible to you' }).first().waitFor();
    await become('Ana');
    await messages('Granted').first().waitFor();
    assert.equal(await messages('prod-dbx').count(), 0);
  });
  await step('Bob acknowledges a page of the database: Granted', async () => {
    await become('Bob');
    await page.locator('#page-service').selectOption('payments-db');
    await page.locator('#trigger button').click();
    await page.getByRole('button', { name: 'Acknowledge' }).first().click();
    await page.locator('#pages .card', { hasText: 'by @bob' }).first().waitFor();
    assert.match(await ask('bob', '/access prod-db 30m', 'Granted'), /payments-db|PSVC001|#/);
  });
  await step('the page has had no error', async () => {
    assert.deepEqual(errors, []);
  });
} catch (error) {
  console.log(`not ok ${n + 1} - ${String(error.message).split('\n')[0]}`);
  console.log(String(error.stack ?? error).replace(/^/gm, '# '));
  process.exitCode = 1;
} finally {
  if (screenshot) await page.screenshot({ path: screenshot });
  await browser.close();
}
console.log(`${n} passed, ${process.exitCode ? 1 : 0} failed, 0 skipped`);

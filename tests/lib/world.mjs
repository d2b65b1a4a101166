// SPDX-License-Identifier: Apache-2.0
// Starting the faked world from node, and playing its people.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// Resolves to the world once it has said where it is.
export async function startWorld(program, args = []) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    new Promise((resolve) => lines.once('line', (text) => resolve([text]))),
    new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    }),
  ]);
  return new World(JSON.parse(line), child);
}

export class World {
  constructor(env, child) {
    this.env = env;
    this.child = child;
  }

  async do(verb, body = {}) {
    const reply = await fetch(`${this.env.PAGE}world/${verb}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const json = await reply.json();
    if (!json.ok) throw new Error(`${verb}: ${json.error}`);
    return json;
  }

  async state(since) {
    const query = since === undefined ? '' : `?since=${since}`;
    return (await fetch(`${this.env.PAGE}world/state${query}`)).json();
  }

  // Wait until pick(state) gives something; the world says when to look again.
  async until(what, pick, ms = 10000) {
    const end = Date.now() + ms;
    for (let state = await this.state(); ; state = await this.next(state.version, end)) {
      const found = pick(state);
      if (found) return found;
      if (Date.now() >= end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    }
  }

  async next(version, end) {
    const late = new Promise((resolve) => setTimeout(resolve, Math.max(0, end - Date.now())));
    return (await Promise.race([this.state(version), late])) ?? this.state();
  }

  message(part, pick = () => true) {
    return this.until(`the message '${part}'`, (s) =>
      s.messages.find((m) => m.via !== 'typed' && JSON.stringify(m).includes(part) && pick(m)));
  }

  live(n = 1) {
    return this.until(`${n} live socket(s)`, (s) => s.sockets.filter((x) => x.live).length === n);
  }

  acked(envelope) {
    return this.until(`the ack of envelope ${envelope}`, (s) =>
      s.envelopes.find((e) => e.number === envelope && e.acks > 0));
  }

  async stop() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
  }
}

function tooLate(ms) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`not done in ${ms} ms`)), ms).unref();
  });
}

// A list of tests that are run one after another; prints TAP, ends with the counts.
export async function run(tests) {
  let passed = 0;
  let failed = 0;
  for (const [name, test] of tests) {
    try {
      await Promise.race([test(), tooLate(30000)]);
      passed += 1;
      console.log(`ok ${passed + failed} - ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${passed + failed} - ${name}`);
      console.log(String(error.stack ?? error).replace(/^/gm, '# '));
    }
  }
  console.log(`${passed} passed, ${failed} failed, 0 skipped`);
  return failed === 0;
}

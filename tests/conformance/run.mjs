// SPDX-License-Identifier: Apache-2.0
// Slack's own clients against the faked Slack, so that it cannot drift into speaking a
// dialect of ours; and Indent's against accessd.
//
//   node tests/conformance/run.mjs build/world build/accessd
import assert from 'node:assert/strict';
import bolt from '@slack/bolt';
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { run, startWorld } from '../lib/world.mjs';
import { indentTests } from './indent.mjs';

const [program, accessd] = process.argv.slice(2);
if (!program || !accessd) {
  console.error('usage: run.mjs PATH-OF-WORLD PATH-OF-ACCESSD');
  process.exit(2);
}

const world = await startWorld(program);
const quiet = {
  debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => LogLevel.ERROR,
  setName() {},
};

// --- @slack/socket-mode ----------------------------------------------------------------

function socketClient(options = {}) {
  return new SocketModeClient({
    appToken: world.env.SLACK_APP_TOKEN,
    clientOptions: { slackApiUrl: world.env.SLACK_API_URL },
    logger: quiet,
    ...options,
  });
}

function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}

async function socketModeCommand() {
  const client = socketClient();
  const seen = once(client, 'slash_commands');

  await client.start();
  await world.live();
  const { envelope } = await world.do('command', { who: 'ana', text: 'prod-db 2h a < b' });
  const { body, ack } = await seen;
  assert.equal(body.command, '/access');
  assert.equal(body.text, 'prod-db 2h a &lt; b');
  assert.equal(body.user_id, 'U0ANA0001');
  assert.equal(body.team_id, 'T0ACME001');
  await ack({ response_type: 'ephemeral', text: 'Working on it' });
  await world.acked(envelope);
  const message = await world.message('Working on it');
  assert.equal(message.to, 'U0ANA0001');
  await client.disconnect();
  await world.live(0);
}

async function socketModeFragments() {
  const client = socketClient();

  await client.start();
  await world.live();
  await world.do('knob', { name: 'slack.pieces', value: 7 });
  await world.do('knob', { name: 'slack.padding', value: 1048576 });
  const seen = once(client, 'slash_commands');
  const { envelope } = await world.do('command', { who: 'bob', text: 'prod-db 1h' });
  const { ack, body } = await seen;
  assert.equal(body.text, 'prod-db 1h');
  await ack();
  await world.acked(envelope);
  await world.do('knob', { name: 'slack.pieces', value: 0 });
  await world.do('knob', { name: 'slack.padding', value: 0 });
  await client.disconnect();
  await world.live(0);
}

async function socketModeReconnects() {
  const client = socketClient({ clientPingTimeout: 1000 });

  await client.start();
  await world.live();
  const again = once(client, 'connected');
  await world.do('disconnect', { reason: 'refresh_requested' });
  await again;
  await world.until('a second hello', (s) => s.sockets.some((x) => x.live && !x.leaving));
  const seen = once(client, 'slash_commands');
  const { envelope } = await world.do('command', { who: 'ana', text: 'after' });
  await (await seen).ack();
  await world.acked(envelope);
  await client.disconnect();
  await world.live(0);
}

async function socketModeWrongToken() {
  const client = socketClient({ appToken: world.env.SLACK_BOT_TOKEN, autoReconnectEnabled: false });
  await assert.rejects(client.start(), /not_allowed_token_type/);
}

// --- @slack/bolt -----------------------------------------------------------------------

const text = (type, value) => ({ type, text: value });
const section = (value) => ({ type: 'section', text: text('mrkdwn', value) });

function modal(channel) {
  return {
    type: 'modal',
    callback_id: 'access_request',
    private_metadata: channel,
    title: text('plain_text', 'Request access'),
    submit: text('plain_text', 'Ask'),
    blocks: [
      {
        type: 'input',
        block_id: 'resource',
        label: text('plain_text', 'Resource'),
        element: { type: 'plain_text_input', action_id: 'value' },
      },
    ],
  };
}

function boltApp() {
  const app = new bolt.App({
    token: world.env.SLACK_BOT_TOKEN,
    appToken: world.env.SLACK_APP_TOKEN,
    socketMode: true,
    logger: quiet,
    clientOptions: { slackApiUrl: world.env.SLACK_API_URL },
  });
  app.command('/access', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: modal(body.channel_id) });
  });
  app.view('access_request', async ({ ack, body, view, client }) => {
    const resource = view.state.values.resource.value.value;
    if (resource !== 'prod-db') {
      await ack({ response_action: 'errors', errors: { resource: 'There is no such resource' } });
      return;
    }
    await ack();
    await client.chat.postMessage({
      channel: view.private_metadata,
      text: `Approve ${resource} for <@${body.user.id}>?`,
      blocks: [
        section(`Approve *${resource}*?`),
        {
          type: 'actions',
          elements: [
            { type: 'button', action_id: 'approve', value: '01HZX', text: text('plain_text', 'Approve') },
          ],
        },
      ],
    });
  });
  app.action('approve', async ({ ack, action, body, respond }) => {
    await ack();
    await respond({ replace_original: true, text: `Approved ${action.value} by <@${body.user.id}>` });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [section('Nothing is granted to you.')] },
    });
  });
  return app;
}

const viewOf = (user) => (s) => s.views.find((v) => v.user === user && !v.home);

async function boltFlow() {
  await world.do('command', { who: 'ana', text: '' });
  const opened = await world.until('the modal', viewOf('U0ANA0001'));
  assert.equal(opened.view.callback_id, 'access_request');

  await world.do('submit', { view: opened.id, values: { resource: 'nope' } });
  await world.until('an error', (s) => viewOf('U0ANA0001')(s)?.errors?.resource);

  await world.do('submit', { view: opened.id, values: { resource: 'prod-db' } });
  await world.until('the modal to close', (s) => !viewOf('U0ANA0001')(s));
  const posted = await world.message('Approve prod-db');
  assert.equal(posted.via, 'chat.postMessage');
  assert.equal(posted.to, '');

  await world.do('press', { who: 'bob', ts: posted.ts, action_id: 'approve', value: '' });
  const replaced = await world.message('Approved 01HZX by <@U0BOB0001>');
  assert.equal(replaced.ts, posted.ts);
  assert.equal(replaced.blocks, undefined);
}

async function boltHome() {
  await world.do('home', { who: 'cara' });
  const home = await world.until('the home tab', (s) =>
    s.views.find((v) => v.home && v.user === 'U0CARA001'));
  assert.match(JSON.stringify(home.view.blocks), /Nothing is granted/);
}

async function boltErrors() {
  const client = new bolt.App({
    token: world.env.SLACK_BOT_TOKEN,
    signingSecret: 'unused',
    logger: quiet,
    clientOptions: { slackApiUrl: world.env.SLACK_API_URL, retryConfig: { retries: 1 } },
  }).client;
  const failing = [
    [client.chat.postMessage({ channel: 'C0NOPE', text: 'x' }), 'channel_not_found'],
    [client.chat.postMessage({ channel: 'C0INC0001', text: '' }), 'no_text'],
    [client.chat.postMessage({ channel: 'C0GEN0001', text: 'x' }), 'not_in_channel'],
    [client.chat.postMessage({ channel: 'C0ARCH001', text: 'x' }), 'is_archived'],
    [client.views.open({ trigger_id: 'no', view: modal('C') }), 'invalid_trigger_id'],
    [client.users.info({ user: 'U0NOBODY1' }), 'user_not_found'],
    [client.users.lookupByEmail({ email: 'no@acme.example' }), 'users_not_found'],
  ];
  for (const [call, error] of failing) {
    await assert.rejects(call, (e) => e.data?.error === error, error);
  }
  assert.equal((await client.users.info({ user: 'U0ANA0001' })).user.profile.email, 'ana@acme.example');
  assert.equal((await client.conversations.open({ users: 'U0ANA0001' })).channel.id, 'D0ANA0001');
  assert.equal((await client.auth.test()).bot_id, 'B0ACCESSB');
  await world.do('fault', { call: 'auth.test', kind: 'limit', retry_after: '1', times: 1 });
  assert.equal((await client.auth.test()).ok, true);
}

const app = boltApp();
const good = await run([
  ['socket-mode: a slash command arrives and its ack carries an answer', socketModeCommand],
  ['socket-mode: a fragmented frame of 1 MiB is one envelope', socketModeFragments],
  ['socket-mode: refresh_requested leads to a new connection', socketModeReconnects],
  ['socket-mode: a bot token opens no connection', socketModeWrongToken],
  ['bolt: starts over Socket Mode', async () => { await app.start(); await world.live(); }],
  ['bolt: command, modal, errors, submit, post, button, replaced original', boltFlow],
  ['bolt: the home tab is published when it is opened', boltHome],
  ["bolt: failures are told by Slack's words, 429 is waited for", boltErrors],
  ['bolt: stops, and its socket is gone', async () => { await app.stop(); await world.live(0); }],
  ...indentTests(world, accessd),
]);
await world.stop();
process.exit(good ? 0 : 1);

// SPDX-License-Identifier: Apache-2.0
// The least that a slash command can cost with Slack's own framework: acks at once, writes
// nothing. What the bench measures us against.
import bolt from '@slack/bolt';

const app = new bolt.App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: bolt.LogLevel.ERROR,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.command('/access', async ({ ack }) => ack());
await app.start();

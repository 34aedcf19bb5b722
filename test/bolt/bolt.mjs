// A small app on Slack's official JavaScript SDK. It talks to the Slack simulator, whose
// Go test starts it with SLACK_API_URL, SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and ends it by
// closing its standard input.
import bolt from '@slack/bolt';

const app = new bolt.App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

// A command: answered in the acknowledgement, by its response_url, and with a card.
app.command('/docspace-invite', async ({ command, ack, respond, say }) => {
  await ack(`at once: ${command.text}`);
  await respond({ text: 'later', response_type: 'ephemeral' });
  await say({
    text: 'card',
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `From <@${command.user_id}>` } },
      {
        type: 'actions',
        block_id: 'row',
        elements: [
          { type: 'button', action_id: 'join', value: 'v1', text: { type: 'plain_text', text: 'Join' } },
        ],
      },
    ],
  });
});

// A press: opens a dialog and rewrites the card.
app.action('join', async ({ ack, action, body, client, respond }) => {
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'form',
      private_metadata: JSON.stringify({ channel: body.channel.id, value: action.value }),
      title: { type: 'plain_text', text: 'Join' },
      submit: { type: 'plain_text', text: 'Send' },
      blocks: [
        {
          type: 'input',
          block_id: 'b_note',
          label: { type: 'plain_text', text: 'Note' },
          element: { type: 'plain_text_input', action_id: 'note' },
        },
      ],
    },
  });
  await respond({ replace_original: true, text: 'pressed' });
});

// The dialog: refused once, then accepted and told in the channel.
app.view('form', async ({ ack, view, client, body }) => {
  const note = view.state.values.b_note.note.value;
  if (note !== 'right') {
    await ack({ response_action: 'errors', errors: { b_note: `not ${note}` } });
    return;
  }
  await ack();
  const { channel, value } = JSON.parse(view.private_metadata);
  await client.chat.postMessage({ channel, text: `${body.user.id} said ${note} to ${value}` });
});

process.stdin.resume();
process.stdin.on('end', async () => {
  await app.stop();
  process.exit(0);
});

await app.start();

package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// bare is what the bot is compared with: the least that a program on slack-go can do about a command,
// which is to acknowledge it and to post a card of the bot's size. It keeps nothing, checks nothing and
// asks no portal.
func bare() {
	api := slack.New(os.Getenv("SLACK_BOT_TOKEN"),
		slack.OptionAppLevelToken(os.Getenv("SLACK_APP_TOKEN")), slack.OptionAPIURL(os.Getenv("SLACK_API_URL")))
	client := socketmode.New(api)
	go func() {
		for event := range client.Events {
			command, ok := event.Data.(slack.SlashCommand)
			if !ok {
				continue
			}
			go func() {
				_ = client.Ack(*event.Request)
				post(api, command)
			}()
		}
	}()
	err := client.Run() // it never ends well
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func post(api *slack.Client, command slack.SlashCommand) {
	note := strings.Trim(strings.TrimSpace(command.Text), `"`)
	text := func(words string) slack.Block {
		return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, words, false, false), nil, nil)
	}
	button := slack.NewButtonBlockElement("join", "0123456789ab", slack.NewTextBlockObject(slack.PlainTextType, "Join DocSpace", false, false))
	button.URL, button.Style = "https://portal.example/s/0123456789abcdef", slack.StylePrimary
	_, _, err := api.PostMessage(command.ChannelID,
		slack.MsgOptionText("<@"+command.UserID+"> invites you to DocSpace as Guest. Note: "+note, false),
		slack.MsgOptionBlocks(
			text("*<@"+command.UserID+"> invites you to DocSpace* as *Guest*"), text("> "+note),
			slack.NewActionBlock("invitation", button), text("Register with the e-mail address of your Slack profile."),
		),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "docspace_invitation", EventPayload: map[string]any{"invitation": "0123456789ab"}}),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

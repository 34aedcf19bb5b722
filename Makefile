.PHONY: help build demo golden lint test

help: ## Print what each target does
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST))

build: ## Build ./bot as it is released
	./.ci/build bot

demo: ## Run a Slack workspace, a portal and the bot on this machine
	go run ./cmd/bot demo

golden: ## Rewrite the golden files from what the code says now
	go test ./internal/slackbot ./cmd/bot -run 'Golden|EveryLanguage' -update

lint: ## Vet and lint the code
	go vet ./...
	golangci-lint run ./...

test: ## Run all tests; those that lack a program say which, and skip
	go test ./...

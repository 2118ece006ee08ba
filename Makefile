SHELL := bash
# Everything here is a plain go command; see README.md.

.PHONY: build demo test bench pictures races chaos vendor-clients

build: ## the program, as released
	go build -trimpath -ldflags '-s -w' -o leadtriage ./cmd/leadtriage

demo: ## everything simulated, in the browser; nothing is installed
	go run ./cmd/leadtriage demo

test: ## on a machine without Redis and PostgreSQL the tests on them are skipped
	go test ./...

# Needs redis-server and postgresql as Debian packages them. Give it a quiet machine.
bench: ## leads a second, also beside the floor and before a backlog; pick-up, clicks, lists, memory and start; some minutes
	go test -run '^$$' -bench . -skip Replay -benchtime 3x -timeout 15m ./cmd/leadtriage
	go test -run '^$$' -bench Replay -benchtime 3x ./cmd/leadtriage # alone: it measures the heap of its process
	go test -run '^$$' -bench 'Backlog|List' -benchtime 200x ./internal/store

pictures: ## draw the pictures of docs/reviewing.md anew; needs chromium and, of Debian, fonts-liberation and fonts-noto-color-emoji
	go test ./cmd/leadtriage -run TestInTheBrowser -count 1 -pictures "$(CURDIR)/docs/pictures"

races: ## a thousand scripted races on cards, with kills; prints how many went wrong
	@set -o pipefail; go test ./cmd/leadtriage -run TestScriptedRaces -count 1 -timeout 60m -v -races 1000 | grep -v level=

# Needs Linux, redis-server and postgresql; as root a disk runs full, too.
FAULTS ?= 1000
SEED ?= 0
EVERY ?= 1s
SETUP ?= embedded,real
chaos: ## processes, real services and far sides that break one after another; prints which promises held (docs/promises.md)
	@d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; go build -o "$$d/leadtriage" ./cmd/leadtriage && \
	go test ./cmd/leadtriage -run 'TestChaos$$' -count 1 -timeout 5h -v -chaos.binary "$$d/leadtriage" \
		-chaos.faults $(FAULTS) -chaos.seed $(SEED) -chaos.every $(EVERY) -chaos.setup $(SETUP)

# The clients that HubSpot publishes, and jsforce, for the tests that drive the simulated accounts by them.
vendor-clients: ## installs them into the folder that LEADTRIAGE_VENDOR_CLIENTS names; needs python3 with venv, and npm
	python3 -m venv "$(LEADTRIAGE_VENDOR_CLIENTS)/py"
	"$(LEADTRIAGE_VENDOR_CLIENTS)/py/bin/pip" install --quiet --disable-pip-version-check hubspot-sdk==0.1.0a9
	echo '{"overrides": {"undici": "6.22.0"}}' > "$(LEADTRIAGE_VENDOR_CLIENTS)/package.json" # the newest wants a newer Node than Debian's
	npm install --silent --no-fund --no-audit --prefix "$(LEADTRIAGE_VENDOR_CLIENTS)" @hubspot/api-client@14.0.1 jsforce@3.10.26

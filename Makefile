# The two commands of the README are `go run ./cmd/lifeguard dev` and `make test`.
.PHONY: help build test unit e2e lint generate bench chaos bare

help: ## show this list
	@grep -E '^[a-z0-9]+:.*##' Makefile | sed 's/:.*## /\t/'

# What `lifeguard version` prints. The variables are in package main, whose path for the linker is always main.
BIN ?= bin/lifeguard
RELEASE ?= $(shell git describe --tags --dirty 2>/dev/null)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE ?= $(shell git log -1 --format=%cI 2>/dev/null)

build: ## build the binary into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.release=$(RELEASE) -X main.commit=$(COMMIT) -X main.date=$(DATE)' \
		-o $(BIN) ./cmd/lifeguard

test: ## run every test; installs what is missing
	scripts/test

unit: ## run only the unit tests, on SQLite
	go test ./...

e2e: ## run only the end-to-end tests, on SQLite
	cd e2e && go test -count=1 ./...

lint: ## gofmt, vet, staticcheck, govulncheck
	scripts/lint

generate: ## regenerate files
	go generate ./...

bench: ## run the benchmarks; each reports its ratio to its primitives
	go test -run '^$$' -bench . -benchtime 2s ./internal/crypto/... ./internal/store ./bench

chaos: ## kill the server repeatedly; no acknowledged write may be lost (modes: go doc ./chaos)
	go run ./chaos

bare: ## run every test in a fresh Debian root; needs root and debootstrap
	scripts/bare

.PHONY: setup check test run bench proof lock messages pictures

setup: ; @scripts/setup dev
check: ; @scripts/check
test: ; @scripts/test
run: ; @scripts/run
bench: ; @bench/run && bench/run --kind webhooks && bench/run --kind patch patch-hooked && bench/reads
proof: ; @scripts/proof
lock: ; @scripts/lock
messages: ; @scripts/messages
pictures: ; @scripts/pictures

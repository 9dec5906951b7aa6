.PHONY: setup check test run bench proof lock

setup: ; @scripts/setup dev
check: ; @scripts/check
test: ; @scripts/test
run: ; @scripts/run
bench: ; @if [ -x bench/run ]; then bench/run; else echo "The benchmarks come with bench/."; fi
proof: ; @scripts/proof
lock: ; @scripts/lock

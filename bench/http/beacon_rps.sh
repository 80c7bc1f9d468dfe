#!/usr/bin/env bash
# Requests a second of the beacon route beside nginx `return 204`, measured in
# turns in the same run on this machine, and their ratio.
#   bench/http/beacon_rps.sh [--rounds 3] [--seconds 5] [--connections 64]
# PAGEWAKE_BINARY: the server, else dist/bin/pagewake. Every request carries a
# page view of its own (own ids), so that each one is stored.
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=3 seconds=5 connections=64
while [ $# -gt 0 ]; do
  case "$1" in
    --rounds) rounds=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --connections) connections=$2; shift 2 ;;
    *) echo "beacon_rps: unknown option $1; allowed: --rounds, --seconds, --connections" >&2; exit 2 ;;
  esac
done
for tool in wrk nginx curl python3; do
  command -v "$tool" >/dev/null || { echo "beacon_rps: $tool is missing (Debian package: $tool)" >&2; exit 1; }
done
binary=${PAGEWAKE_BINARY:-dist/bin/pagewake}
maker=${PAGEWAKE_MAKE_BEACON:-build/release/bench/http/make_beacon}
[ -x "$maker" ] || { echo "beacon_rps: $maker is missing; run cmake --build --preset release --target make_beacon" >&2; exit 1; }
[ -x "$binary" ] || { echo "beacon_rps: $binary is missing; run script/build" >&2; exit 1; }

work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# Our server, without the rates that would refuse a load from one address.
"$binary" serve --listen 127.0.0.1:0 --data "$work/data" --rate-per-key 0 --rate-per-address 0 \
  > "$work/out" 2> "$work/err" &
pids+=($!)
until grep -q '^listening on ' "$work/out"; do
  kill -0 "${pids[0]}" 2>/dev/null || { cat "$work/err" >&2; exit 1; }
  read -rt 0.05 <> <(:) || true
done
url=$(sed -n 's/^listening on //p' "$work/out")
key=$(sed -n 's|.*data-dsn="http://\([0-9a-f]*\)@.*|\1|p' "$work/out")

# nginx with as many workers as cores, on a free port.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$work/nginx.conf" <<EOF
daemon off; worker_processes auto; pid $work/nginx.pid; error_log $work/nginx.log;
events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path $work/t1; proxy_temp_path $work/t2;
  fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  keepalive_requests 1000000000;
  server { listen 127.0.0.1:$port reuseport; location / { return 204; } }
}
EOF
nginx -c "$work/nginx.conf" & pids+=($!)
curl -sf --retry 50 --retry-connrefused --retry-delay 0 -o /dev/null "http://127.0.0.1:$port/"

# Sixteen equal bytes each: beacon a1, page view a2, session a3, trace a4. All
# but the session are made anew with every request.
sample=$work/sample.beacon
"$maker" > "$sample"
cat > "$work/beacon.lua" <<EOF
local file = io.open("$sample", "rb")
local body = file:read("*a")
file:close()
local places = {}
for _, byte in ipairs({ "\xa1", "\xa2", "\xa4" }) do
  places[#places + 1] = assert(body:find(string.rep(byte, 16), 1, true))
end
table.sort(places)
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end
local count = 0
request = function()
  count = count + 1
  local id = string.format("%02x%04x%010x", number, round, count)
  local parts, from = {}, 1
  for _, at in ipairs(places) do
    parts[#parts + 1] = body:sub(from, at - 1)
    parts[#parts + 1] = id
    from = at + 16
  end
  parts[#parts + 1] = body:sub(from)
  return wrk.format("POST", "/api/1/beacon/?key=$key", { ["Content-Type"] = "text/plain" }, table.concat(parts))
end
function init(arguments)
  round = tonumber(arguments[1])
end
EOF
cat > "$work/nginx.lua" <<EOF
local file = io.open("$sample", "rb")
wrk.method, wrk.body = "POST", file:read("*a")
file:close()
wrk.headers["Content-Type"] = "text/plain"
EOF

rate() { sed -n 's|^Requests/sec: *||p'; }
# wrk counts every answer; the outcomes say what was really stored.
median() { sort -n | awk '{v[NR]=$1} END {print NR % 2 ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }
echo "rounds of ${seconds} s, ${connections} connections, $(nproc) cores, $(stat -c %s "$sample") bytes a beacon"
for ((round = 1; round <= rounds; round++)); do
  ours=$(wrk -t2 -c"$connections" -d"${seconds}s" -s "$work/beacon.lua" "$url" -- "$round" | tee "$work/wrk" | rate)
  if grep -q "Non-2xx" "$work/wrk"; then grep "Non-2xx" "$work/wrk" >&2; exit 1; fi
  theirs=$(wrk -t2 -c"$connections" -d"${seconds}s" -s "$work/nginx.lua" "http://127.0.0.1:$port/" | rate)
  echo "$ours" >> "$work/ours"; echo "$theirs" >> "$work/theirs"
  echo "round $round: pagewake beacon $ours/s   nginx return 204 $theirs/s"
done
a=$(median < "$work/ours") b=$(median < "$work/theirs")
stored=$(curl -s "$url/metrics" | sed -n 's/^pagewake_outcomes_total{project="1",category="page_view",outcome="stored",reason=""} //p')
python3 -c "print(f'median: pagewake {$a:.0f}/s, nginx {$b:.0f}/s, ratio {$a/$b:.3f}')"
echo "page views stored: ${stored:-0}"

# Sourced by the scripts: a Node.js that setup installed comes first.
export PATH="$PWD/.toolchain/node/bin:$PATH"
export NODE_PATH=/usr/share/nodejs   # Debian's emcc looks for acorn there
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

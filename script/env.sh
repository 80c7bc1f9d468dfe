# Sourced by the scripts: a Node.js that setup installed comes first.
export PATH="$PWD/.toolchain/node/bin:$PATH"
export NODE_PATH=/usr/share/nodejs   # Debian's emcc looks for acorn there
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
# A clone elsewhere finds what another one compiled.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

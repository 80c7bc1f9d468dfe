// How many files the process may open (`ulimit -n`, LimitNOFILE): each
// connection is one, and the stores need some whatever the connections do.
#pragma once

#include <cstddef>

namespace pagewake::app {

// Raises what the process may open to the most that it may raise it to (shells
// and service managers start programs with 1,024 of half a million); where that
// is refused it stays. What it may open now.
std::size_t raise_open_files();

// Of `wanted` connections those that `open_files` has room for beside the
// stores' own files: a store that cannot open its file for want of a descriptor
// fails each request, a connection that has to wait fails nobody.
std::size_t connections_within(std::size_t open_files, std::size_t wanted);

}  // namespace pagewake::app

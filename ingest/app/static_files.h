// GET of what browsers load: the SDK for any page, the dashboard for people.
#pragma once

#include <span>

#include "app/embedded.h"
#include "http/http.h"

namespace pagewake::app {

// Adds a catch-all: the last route to add. Files are served as they are, with
// ETag, in the best encoding the client takes; names with a hash for ever.
// Paths that no file has get the dashboard's page (it routes in the browser;
// the HTML of each names its own code), but not under /api/ or /v1/ and not where they look like a
// file. `files` must outlive the router.
void add_static_routes(http::Router& router, std::span<const EmbeddedFile> files);

}  // namespace pagewake::app

// URLs of resources, folded so that a thousand pictures of products are one row.
#pragma once

#include <string>
#include <string_view>

namespace pagewake::query {

// "https://shop.example/media/product-12.svg?v=3" gives
// "https://shop.example/media/product-:id.svg". Folders fold as pages do
// (wire/page_name.h); in the file's name, numbers and content hashes that stand
// alone become ":id" and ":hash", versions ("jquery-3.6.0") stay. Query and
// fragment go. What is no URL comes back as it is.
std::string resource_name(std::string_view url);

// "cdn.example:8080" of a URL, lower case; "" where it names no host.
std::string host_of(std::string_view url);

// Whether two hosts are of one site: equal, or one below the other, or with the
// same last two labels ("static.shop.example" and "www.shop.example"). Hosts
// under a public suffix of two labels (co.uk) may be taken for one site.
bool same_site(std::string_view host, std::string_view other);

}  // namespace pagewake::query

// Bodies that real clients sent (tests/cases/clients), inflated.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pagewake::testing {

struct ClientFixture {
  std::string name;
  std::string request_path;  // "/api/42/store/"
  std::string body;          // inflated
  nlohmann::json expect;
};

std::string read_file(const std::string& path);  // fails the test when it cannot
std::string gunzip(const std::string& data);

// Every request of index.json that has a body and an expectation.
const std::vector<ClientFixture>& client_fixtures();
const ClientFixture& client_fixture(const std::string& name);

}  // namespace pagewake::testing

#include "protocols/fixtures.h"

#include <zlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace pagewake::testing {
namespace {

const std::string kFolder = PAGEWAKE_SOURCE_DIR "/tests/cases/clients/";

std::vector<ClientFixture> load() {
  std::vector<ClientFixture> fixtures;
  for (const auto& entry : nlohmann::json::parse(read_file(kFolder + "index.json"))) {
    if (entry["body"].is_null() || !entry.contains("expect")) continue;
    ClientFixture fixture;
    fixture.name = entry["name"];
    std::string line = entry["request"]["line"];
    line = line.substr(line.find(' ') + 1);
    fixture.request_path = line.substr(0, line.find_first_of(" ?"));
    fixture.body = read_file(kFolder + entry["body"]["file"].get<std::string>());
    if (entry["body"]["contentEncoding"] == "gzip") fixture.body = gunzip(fixture.body);
    fixture.expect = entry["expect"];
    fixtures.push_back(std::move(fixture));
  }
  return fixtures;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string gunzip(const std::string& data) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("inflateInit2");
  std::string input = data, out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("a fixture is no gzip of under 1 MiB");
  return out;
}

const std::vector<ClientFixture>& client_fixtures() {
  static const std::vector<ClientFixture> fixtures = load();
  return fixtures;
}

const ClientFixture& client_fixture(const std::string& name) {
  for (const auto& fixture : client_fixtures()) {
    if (fixture.name == name) return fixture;
  }
  throw std::runtime_error("no fixture " + name);
}

}  // namespace pagewake::testing

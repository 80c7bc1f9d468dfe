// Certificates for tests of TLS: signed by themselves, made when asked for.
#pragma once

#include <string>

namespace pagewake::testing {

struct MadeCertificate {
  std::string certificate, key;  // PEM
};

// For the host `name`; valid from `begins_s` to `ends_s` seconds from now.
MadeCertificate make_certificate(const std::string& name, long begins_s = -3600,
                                 long ends_s = 30L * 24 * 3600);
// The key encrypted with a passphrase, as PKCS #8.
std::string with_passphrase(const std::string& key);

void write_file(const std::string& path, const std::string& text);

}  // namespace pagewake::testing

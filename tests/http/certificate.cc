#include "http/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

namespace pagewake::testing {

namespace {

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

void must(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

MadeCertificate make_certificate(const std::string& name, long begins_s, long ends_s) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  must(key && certificate);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends_s);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  must(names != nullptr && X509_add_ext(certificate.get(), names, -1) == 1);
  X509_EXTENSION_free(names);
  must(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  MadeCertificate made;
  BIO* out = BIO_new(BIO_s_mem());
  must(PEM_write_bio_X509(out, certificate.get()) == 1);
  made.certificate = text_of(out);
  out = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  made.key = text_of(out);
  return made;
}

std::string with_passphrase(const std::string& key) {
  BIO* in = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> parsed(
      PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr), EVP_PKEY_free);
  BIO_free(in);
  BIO* out = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PKCS8PrivateKey(out, parsed.get(), EVP_aes_256_cbc(), "secret", 6, nullptr,
                                     nullptr) == 1);
  return text_of(out);
}

void write_file(const std::string& path, const std::string& text) {
  // A new file in its place, as renewals make them.
  const std::string temporary = path + ".new";
  std::ofstream(temporary, std::ios::binary) << text;
  std::filesystem::rename(temporary, path);
}

}  // namespace pagewake::testing

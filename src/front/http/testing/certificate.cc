#include "front/http/testing/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace dbops::http::testing {

void make_certificate(const std::string& path) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  ASSERT_TRUE(key != nullptr && certificate != nullptr);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_set_pubkey(certificate, key);
  ASSERT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
  BIO* const file = BIO_new_file((path + ".crt").c_str(), "w");
  PEM_write_bio_X509(file, certificate);
  BIO_free(file);
  BIO* const key_file = BIO_new_file((path + ".key").c_str(), "w");
  PEM_write_bio_PrivateKey(key_file, key, nullptr, nullptr, 0, nullptr, nullptr);
  BIO_free(key_file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace dbops::http::testing

#include "front/http/certificates.h"

#include <gmock/gmock.h>
#include <gnutls/x509.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"

namespace dbops::http {
namespace {

using ::testing::HasSubstr;

class CertificatesTest : public ::testing::Test {
 protected:
  CertificatesTest()
      : folder_(std::filesystem::temp_directory_path() / ("dbops-tls-" + random_name())) {
    std::filesystem::create_directory(folder_);
  }
  ~CertificatesTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  // NAME.crt and NAME.key, which belong together.
  void make(const std::string& name) const {
    gnutls_x509_privkey_t key = nullptr;
    gnutls_x509_crt_t certificate = nullptr;
    gnutls_x509_privkey_init(&key);
    gnutls_x509_crt_init(&certificate);
    ASSERT_EQ(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                           GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
              0);
    gnutls_x509_crt_set_version(certificate, 3);
    const unsigned char serial = 1;
    gnutls_x509_crt_set_serial(certificate, &serial, 1);
    gnutls_x509_crt_set_activation_time(certificate, 1);
    gnutls_x509_crt_set_expiration_time(certificate, 4'000'000'000);
    gnutls_x509_crt_set_dn(certificate, "CN=localhost", nullptr);
    gnutls_x509_crt_set_key(certificate, key);
    ASSERT_EQ(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
    gnutls_datum_t text{};
    gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text);
    write(name + ".crt", std::string(reinterpret_cast<char*>(text.data), text.size));
    gnutls_free(text.data);
    gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text);
    write(name + ".key", std::string(reinterpret_cast<char*>(text.data), text.size));
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
  }
  // The key that a session that begins now is given.
  static gnutls_privkey_t key_of(Certificates& certificates) {
    gnutls_session_t session = nullptr;
    gnutls_init(&session, GNUTLS_SERVER);
    certificates.attach(session);
    gnutls_pcert_st* chain = nullptr;
    unsigned size = 0;
    gnutls_privkey_t key = nullptr;
    EXPECT_EQ(Certificates::retrieve(session, nullptr, 0, nullptr, 0, &chain, &size, &key), 0);
    EXPECT_EQ(size, 1u);
    gnutls_deinit(session);
    return key;
  }
  Error refused(const std::string& certificate, const std::string& key) const {
    const auto loaded = Certificates::load(path(certificate), path(key));
    EXPECT_FALSE(loaded);
    return loaded ? Error{} : loaded.error();
  }

  const std::filesystem::path folder_;
};

TEST_F(CertificatesTest, ErrorsNameTheFile) {
  make("a");
  make("b");
  write("no.crt", "hello");
  write("no.key", "hello");
  EXPECT_THAT(refused("gone.crt", "a.key").message, HasSubstr(path("gone.crt")));
  EXPECT_THAT(refused("a.crt", "gone.key").message, HasSubstr(path("gone.key")));
  EXPECT_THAT(refused("no.crt", "a.key").message, HasSubstr(path("no.crt")));
  EXPECT_THAT(refused("a.crt", "no.key").message, HasSubstr(path("no.key")));
  EXPECT_THAT(refused("a.key", "a.crt").message, HasSubstr(path("a.key"))) << "swapped";
  const Error mixed = refused("a.crt", "b.key");
  EXPECT_THAT(mixed.message, HasSubstr(path("b.key")));
  EXPECT_THAT(mixed.message, HasSubstr(path("a.crt")));
  EXPECT_EQ(mixed.code, Code::invalid_argument);
}

TEST_F(CertificatesTest, AreReplacedWhole) {
  make("a");
  auto loaded = Certificates::load(path("a.crt"), path("a.key"));
  ASSERT_TRUE(loaded) << loaded.error().message;
  Certificates& certificates = **loaded;
  const gnutls_privkey_t first = key_of(certificates);
  make("b");
  std::filesystem::copy_file(path("b.crt"), path("a.crt"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(certificates.reload()) << "the key is still the old one";
  EXPECT_EQ(key_of(certificates), first);
  std::filesystem::copy_file(path("b.key"), path("a.key"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(certificates.reload());
  EXPECT_NE(key_of(certificates), first);
  EXPECT_EQ(gnutls_privkey_get_pk_algorithm(first, nullptr), GNUTLS_PK_ECDSA)
      << "a handshake may still use it";
}

}  // namespace
}  // namespace dbops::http

#include "front/http/certificates.h"

#include <gmock/gmock-matchers.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "front/http/testing/certificate.h"

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
  void make(const std::string& name) const { testing::make_certificate(path(name)); }
  // The key that a session that begins now is given.
  static EVP_PKEY* key_of(const Certificates& certificates) {
    return SSL_CTX_get0_privatekey(certificates.context().get());
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
  const auto begun = certificates.context();
  const EVP_PKEY* const first = key_of(certificates);
  make("b");
  std::filesystem::copy_file(path("b.crt"), path("a.crt"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(certificates.reload()) << "the key is still the old one";
  EXPECT_EQ(key_of(certificates), first);
  std::filesystem::copy_file(path("b.key"), path("a.key"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(certificates.reload());
  EXPECT_NE(key_of(certificates), first);
  EXPECT_EQ(SSL_CTX_get0_privatekey(begun.get()), first) << "a handshake may still use it";
}

}  // namespace
}  // namespace dbops::http

#include "front/http/certificates.h"

#include <array>
#include <string_view>

#include "base/file.h"
#include "base/text.h"

namespace dbops::http {
namespace {

gnutls_datum_t datum(const std::string& text) {
  return {.data = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          .size = static_cast<unsigned>(text.size())};
}

std::string shown(const std::string& file) { return '"' + escape_control(file) + '"'; }

Result<std::string> read_file(const std::string& file, std::string_view what) {
  auto text = real_files().read(file, kPemBytesMax);
  if (text) return text;
  Error error = std::move(text).error();
  error.message = "the TLS " + std::string(what) + " " + shown(file) + ": " + error.message;
  return fail(std::move(error));
}

tl::unexpected<Error> not_understood(std::string_view what, const std::string& file, int status,
                                     std::string hint) {
  return fail(Code::invalid_argument,
              "the TLS " + std::string(what) + " " + shown(file) +
                  " is not understood: " + gnutls_strerror(status),
              std::move(hint));
}

using KeyId = std::array<unsigned char, 64>;

// The digest of a public key, by which two of them are compared.
bool read_id(gnutls_pubkey_t key, KeyId& id, size_t& size) {
  size = id.size();
  return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, id.data(), &size) == 0;
}

bool belong_together(gnutls_pubkey_t of_certificate, gnutls_privkey_t key) {
  gnutls_pubkey_t of_key = nullptr;
  if (gnutls_pubkey_init(&of_key) != 0) return false;
  KeyId first{};
  KeyId second{};
  size_t first_size = 0;
  size_t second_size = 0;
  const bool same = gnutls_pubkey_import_privkey(of_key, key, 0, 0) == 0 &&
                    read_id(of_certificate, first, first_size) &&
                    read_id(of_key, second, second_size) && first_size == second_size &&
                    first == second;
  gnutls_pubkey_deinit(of_key);
  return same;
}

}  // namespace

struct Certificates::Pair {
  Pair() = default;
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    for (unsigned i = 0; i < size; ++i) gnutls_pcert_deinit(&chain[i]);
    if (key != nullptr) gnutls_privkey_deinit(key);
  }

  std::array<gnutls_pcert_st, kCertificatesMax> chain{};
  unsigned size = 0;
  gnutls_privkey_t key = nullptr;
};

Result<std::shared_ptr<Certificates::Pair>> Certificates::read() const {
  DBOPS_ASSIGN(const std::string chain, read_file(certificate_file_, "certificate"));
  DBOPS_ASSIGN(const std::string key, read_file(key_file_, "key"));
  auto pair = std::make_shared<Pair>();
  const gnutls_datum_t chain_bytes = datum(chain);
  unsigned size = kCertificatesMax;
  int status = gnutls_pcert_list_import_x509_raw(pair->chain.data(), &size, &chain_bytes,
                                                 GNUTLS_X509_FMT_PEM, 0);
  if (status < 0)
    return not_understood("certificate", certificate_file_, status,
                          "it is a PEM file: the server's certificate, then those that signed it");
  pair->size = size;
  const gnutls_datum_t key_bytes = datum(key);
  status = gnutls_privkey_init(&pair->key);
  if (status == 0)
    status = gnutls_privkey_import_x509_raw(pair->key, &key_bytes, GNUTLS_X509_FMT_PEM, nullptr, 0);
  if (status != 0)
    return not_understood("key", key_file_, status, "it is a PEM file, without a password");
  if (!belong_together(pair->chain[0].pubkey, pair->key))
    return fail(Code::invalid_argument,
                "the TLS key " + shown(key_file_) + " is not that of the certificate " +
                    shown(certificate_file_),
                "the server's own certificate stands first in its file");
  return pair;
}

Result<std::unique_ptr<Certificates>> Certificates::load(std::string certificate, std::string key) {
  auto made =
      std::unique_ptr<Certificates>(new Certificates(std::move(certificate), std::move(key)));
  DBOPS_ASSIGN(made->current_, made->read());
  return made;
}

Certificates::~Certificates() = default;

Result<void> Certificates::reload() {
  DBOPS_ASSIGN(auto pair, read());
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  while (!replaced_.empty() && replaced_.front().first + kKept < now) replaced_.pop_front();
  replaced_.emplace_back(now, std::exchange(current_, std::move(pair)));
  return {};
}

// Neither GnuTLS nor the HTTP library hands anything of ours to retrieve(): the pointer for a
// session cache does, which is not used.
void Certificates::attach(gnutls_session_t session) { gnutls_db_set_ptr(session, this); }

int Certificates::retrieve(gnutls_session_t session, const gnutls_datum_t*, int,
                           const gnutls_pk_algorithm_t*, int, gnutls_pcert_st** chain,
                           unsigned* chain_size, gnutls_privkey_t* key) {
  auto* self = static_cast<Certificates*>(gnutls_db_get_ptr(session));
  if (self == nullptr) return -1;
  const std::lock_guard lock(self->mutex_);
  *chain = self->current_->chain.data();
  *chain_size = self->current_->size;
  *key = self->current_->key;
  return 0;
}

}  // namespace dbops::http

#include "net/subject.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/text.h"

namespace dbops {

Result<std::string> certificate_subject(const std::string& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> from(BIO_new_file(file.c_str(), "r"), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      from ? PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), BIO_free);
  char* text = nullptr;
  if (!certificate || !to ||
      X509_NAME_print_ex(to.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253) <
          0)
    return fail(Code::tls, "no certificate can be read from " + escape_control(file),
                "the file must hold the client's certificate and its key, PEM");
  const auto size = BIO_get_mem_data(to.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace dbops

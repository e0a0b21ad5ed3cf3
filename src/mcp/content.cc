#include "mcp/content.h"

#include "base/bytes.h"
#include "base/text.h"

namespace dbops::mcp {
namespace {

struct Writer {
  const Revision revision;
  JsonWriter& out;

  void operator()(const Text& text) const { write_text(text.text, out); }

  void operator()(const Media& media) const {
    const bool audio = media.kind == Media::Kind::audio;
    if (audio && !has_audio(revision))
      return write_text("[" + media.mime_type + ", " + format_bytes(media.bytes.size()) + "]", out);
    out.begin_object().member("type", audio ? "audio" : "image");
    out.member("data", base64(media.bytes)).member("mimeType", media.mime_type).end_object();
  }

  void operator()(const ResourceContents& contents) const {
    out.begin_object().member("type", "resource").key("resource");
    write_contents(contents, out);
    out.end_object();
  }

  void operator()(const ResourceLink& link) const {
    if (!has_structure(revision)) return write_text(link.name + ": " + link.uri, out);
    out.begin_object().member("type", "resource_link");
    out.member("uri", link.uri).member("name", link.name);
    if (!link.title.empty()) out.member("title", link.title);
    if (!link.description.empty()) out.member("description", link.description);
    if (!link.mime_type.empty()) out.member("mimeType", link.mime_type);
    if (link.size) out.member("size", *link.size);
    out.end_object();
  }
};

}  // namespace

void write_text(std::string_view text, JsonWriter& out) {
  out.begin_object().member("type", "text").member("text", text).end_object();
}

void write_content(const Content& content, Revision revision, JsonWriter& out) {
  std::visit(Writer{revision, out}, content);
}

void write_contents(const ResourceContents& contents, JsonWriter& out) {
  out.begin_object().member("uri", contents.uri);
  if (!contents.mime_type.empty()) out.member("mimeType", contents.mime_type);
  if (contents.binary)
    out.member("blob", base64(contents.data));
  else
    out.member("text", contents.data);
  if (!contents.next.empty())
    out.key("_meta").begin_object().member(kNextKey, contents.next).end_object();
  out.end_object();
}

}  // namespace dbops::mcp

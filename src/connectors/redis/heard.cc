#include "connectors/redis/heard.h"

namespace dbops::redis {

std::vector<std::string_view> words_of(const RespReply& said) {
  std::vector<std::string_view> words;
  const RespType type = said.nodes[0].type;
  if (type != RespType::push && type != RespType::array) return words;
  for (size_t i = 1; i < said.nodes.size(); ++i)
    if (said.nodes[i].type == RespType::bulk || said.nodes[i].type == RespType::status)
      words.push_back(said.text(said.nodes[i]));
  return words;
}

}  // namespace dbops::redis

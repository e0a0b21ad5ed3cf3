#include "connectors/redis/module_commands.h"

#include <algorithm>
#include <array>

namespace dbops::redis {
namespace {

using Keys = ModuleCommand::Keys;
constexpr Tier kRead = Tier::read;
constexpr Tier kWrite = Tier::write;

// Missing on purpose: FT.CONFIG and the like, which are settings of the server, and what modules
// keep for debugging.
constexpr auto kCommands = std::to_array<ModuleCommand>({
    // JSON
    {"JSON.ARRINDEX", kRead},
    {"JSON.ARRLEN", kRead},
    {"JSON.GET", kRead},
    {"JSON.OBJKEYS", kRead},
    {"JSON.OBJLEN", kRead},
    {"JSON.RESP", kRead},
    {"JSON.STRLEN", kRead},
    {"JSON.TYPE", kRead},
    {"JSON.DEBUG MEMORY", kRead, Keys::second},
    {"JSON.MGET", kRead, Keys::all_but_last},
    {"JSON.ARRAPPEND", kWrite},
    {"JSON.ARRINSERT", kWrite},
    {"JSON.ARRPOP", kWrite},
    {"JSON.ARRTRIM", kWrite},
    {"JSON.CLEAR", kWrite},
    {"JSON.DEL", kWrite},
    {"JSON.FORGET", kWrite},
    {"JSON.MERGE", kWrite},
    {"JSON.NUMINCRBY", kWrite},
    {"JSON.NUMMULTBY", kWrite},
    {"JSON.SET", kWrite},
    {"JSON.STRAPPEND", kWrite},
    {"JSON.TOGGLE", kWrite},
    {"JSON.MSET", kWrite, Keys::triplets},
    // Time series. What names them by labels may reach any; TS.INFO names those that rules of
    // compaction tie to it.
    {"TS.GET", kRead},
    {"TS.RANGE", kRead},
    {"TS.REVRANGE", kRead},
    {"TS.INFO", kRead, Keys::others},
    {"TS.MGET", kRead, Keys::others},
    {"TS.MRANGE", kRead, Keys::others},
    {"TS.MREVRANGE", kRead, Keys::others},
    {"TS.QUERYINDEX", kRead, Keys::others},
    {"TS.ADD", kWrite},
    {"TS.ALTER", kWrite},
    {"TS.CREATE", kWrite},
    {"TS.DECRBY", kWrite},
    {"TS.DEL", kWrite},
    {"TS.INCRBY", kWrite},
    {"TS.CREATERULE", kWrite, Keys::two},
    {"TS.DELETERULE", kWrite, Keys::two},
    {"TS.MADD", kWrite, Keys::triplets},
    // Filters and sketches.
    {"BF.CARD", kRead},
    {"BF.EXISTS", kRead},
    {"BF.INFO", kRead},
    {"BF.MEXISTS", kRead},
    {"BF.SCANDUMP", kRead},
    {"CF.COUNT", kRead},
    {"CF.EXISTS", kRead},
    {"CF.INFO", kRead},
    {"CF.MEXISTS", kRead},
    {"CF.SCANDUMP", kRead},
    {"CMS.INFO", kRead},
    {"CMS.QUERY", kRead},
    {"TDIGEST.BYRANK", kRead},
    {"TDIGEST.BYREVRANK", kRead},
    {"TDIGEST.CDF", kRead},
    {"TDIGEST.INFO", kRead},
    {"TDIGEST.MAX", kRead},
    {"TDIGEST.MIN", kRead},
    {"TDIGEST.QUANTILE", kRead},
    {"TDIGEST.RANK", kRead},
    {"TDIGEST.REVRANK", kRead},
    {"TDIGEST.TRIMMED_MEAN", kRead},
    {"TOPK.COUNT", kRead},
    {"TOPK.INFO", kRead},
    {"TOPK.LIST", kRead},
    {"TOPK.QUERY", kRead},
    {"BF.ADD", kWrite},
    {"BF.INSERT", kWrite},
    {"BF.LOADCHUNK", kWrite},
    {"BF.MADD", kWrite},
    {"BF.RESERVE", kWrite},
    {"CF.ADD", kWrite},
    {"CF.ADDNX", kWrite},
    {"CF.COMPACT", kWrite},
    {"CF.DEL", kWrite},
    {"CF.INSERT", kWrite},
    {"CF.INSERTNX", kWrite},
    {"CF.LOADCHUNK", kWrite},
    {"CF.RESERVE", kWrite},
    {"CMS.INCRBY", kWrite},
    {"CMS.INITBYDIM", kWrite},
    {"CMS.INITBYPROB", kWrite},
    {"TDIGEST.ADD", kWrite},
    {"TDIGEST.CREATE", kWrite},
    {"TDIGEST.RESET", kWrite},
    {"TOPK.ADD", kWrite},
    {"TOPK.INCRBY", kWrite},
    {"TOPK.RESERVE", kWrite},
    {"CMS.MERGE", kWrite, Keys::merged},
    {"TDIGEST.MERGE", kWrite, Keys::merged},
    // Search: an index is no key, and answers what stands in the keys that it covers.
    {"FT.AGGREGATE", kRead, Keys::others},
    {"FT.CURSOR READ", kRead, Keys::others},
    {"FT.DICTDUMP", kRead, Keys::others},
    {"FT.EXPLAIN", kRead, Keys::others},
    {"FT.EXPLAINCLI", kRead, Keys::others},
    {"FT.HYBRID", kRead, Keys::others},
    {"FT.INFO", kRead, Keys::others},
    {"FT.PROFILE", kRead, Keys::others},
    {"FT.SEARCH", kRead, Keys::others},
    {"FT.SPELLCHECK", kRead, Keys::others},
    {"FT.SYNDUMP", kRead, Keys::others},
    {"FT.TAGVALS", kRead, Keys::others},
    {"FT._LIST", kRead, Keys::others},
    {"FT.SUGGET", kRead},
    {"FT.SUGLEN", kRead},
    {"FT.ALIASADD", kWrite, Keys::others},
    {"FT.ALIASDEL", kWrite, Keys::others},
    {"FT.ALIASUPDATE", kWrite, Keys::others},
    {"FT.ALTER", kWrite, Keys::others},
    {"FT.CREATE", kWrite, Keys::others},
    {"FT.CURSOR DEL", kWrite, Keys::others},
    {"FT.DICTADD", kWrite, Keys::others},
    {"FT.DICTDEL", kWrite, Keys::others},
    {"FT.SYNUPDATE", kWrite, Keys::others},
    {"FT.DROPINDEX", kWrite, Keys::others,
     "FT.DROPINDEX removes an index, and with DD every key that it covers"},
    {"FT.SUGADD", kWrite},
    {"FT.SUGDEL", kWrite},
    // Vector sets, which Redis has of itself since 8.0.
    {"VCARD", kRead},
    {"VDIM", kRead},
    {"VEMB", kRead},
    {"VGETATTR", kRead},
    {"VINFO", kRead},
    {"VISMEMBER", kRead},
    {"VLINKS", kRead},
    {"VRANDMEMBER", kRead},
    {"VRANGE", kRead},
    {"VSIM", kRead},
    {"VADD", kWrite},
    {"VREM", kWrite},
    {"VSETATTR", kWrite},
});

}  // namespace

const ModuleCommand* module_command(std::string_view verb) {
  const auto* const found =
      std::find_if(kCommands.begin(), kCommands.end(),
                   [&](const ModuleCommand& command) { return command.verb == verb; });
  return found == kCommands.end() ? nullptr : found;
}

std::span<const ModuleCommand> module_commands() { return kCommands; }

}  // namespace dbops::redis

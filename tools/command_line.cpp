#include "tools/command_line.hpp"

#include <tailfit/tailfit.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "tools/check_arguments.hpp"
#include "tools/errors.hpp"
#include "tools/flag_table.hpp"
#include "tools/help_text.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

// CLI11 cuts the command line up. The values stay texts: what is wrong with one is said in
// check_arguments.cpp, in the same words whatever CLI11's version.
struct Grammar {
  CLI::App program{"", "tailfit"};
  CLI::App* fit;
  std::string input_path;
  GivenFlags texts;  // of all flags, given or not
  bool verbose = false;

  Grammar() {
    const std::string version = "tailfit " + std::string(tailfit_version());
    fit = program.add_subcommand("fit");
    for (CLI::App* app : {&program, fit}) {
      app->set_help_flag("-h,--help");
      app->set_version_flag("--version", version);
      app->allow_extras();
    }
    fit->add_option("FILE", input_path)->required();
    for (const Flag& flag : fit_flags()) add(flag);
    fit->add_flag("-v,--verbose", verbose);
  }

  void add(const Flag& flag) {
    const std::string name(flag.name);
    const std::string names =
        flag.short_.empty() ? name : std::string(flag.short_).append(",").append(name);
    fit->add_option(names, texts[name])
        // Not CLI11's own refusal of repeated flags: given_flags() has the better words.
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
};

void check_leftovers(const Grammar& grammar) {
  const bool has_command = grammar.fit->parsed();
  for (const std::string& text : grammar.program.remaining(true)) {
    if (text == "--") continue;
    const bool is_option = text.size() > 1 && text.front() == '-';
    if (is_option) throw BadInput("unknown option " + in_quotes(text) + ", see tailfit fit --help");
    if (!has_command) throw BadInput("unknown command " + in_quotes(text) + ", expected fit");
    throw BadInput("unexpected argument " + in_quotes(text) + ", the input is already " +
                   in_quotes(grammar.input_path));
  }
  if (!has_command) throw BadInput("no command is given, expected fit; see tailfit --help");
  if (grammar.fit->count() > 1) {
    throw BadInput("the command fit is given " + std::to_string(grammar.fit->count()) +
                   " times, expected once");
  }
}

GivenFlags given_flags(const Grammar& grammar) {
  GivenFlags given;
  for (const auto& [name, text] : grammar.texts) {
    const std::size_t count = grammar.fit->count(name);
    if (count == 0) continue;
    if (count > 1) {
      throw BadInput(name + " is given " + std::to_string(count) + " times, expected once");
    }
    given.emplace(name, text);
  }
  return given;
}

// CLI11's messages differ between its versions; the flag is in all of them.
[[noreturn]] void refuse_missing_value(const std::string& message) {
  const std::size_t begin = message.find("--");
  const std::size_t end = message.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyz-", begin == std::string::npos ? message.size() : begin);
  if (begin == std::string::npos) throw BadInput(message);
  throw BadInput(message.substr(begin, end - begin) + " has no value, expected one after it");
}

}  // namespace

Command parse_command_line(std::vector<std::string> arguments) {
  Grammar grammar;
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    grammar.program.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    return Information{grammar.fit->parsed() ? fit_help() : program_help()};
  } catch (const CLI::CallForVersion& version) {
    return Information{std::string(version.what()) + '\n'};
  } catch (const CLI::ArgumentMismatch& error) {
    refuse_missing_value(error.what());
  } catch (const CLI::RequiredError&) {
    check_leftovers(grammar);  // what is there is worth more words than what is not
    throw BadInput("no input is given, expected a file or -; see tailfit fit --help");
  } catch (const CLI::ParseError& error) {
    throw BadInput(error.what());
  }
  check_leftovers(grammar);
  FitArguments result = check_fit_arguments(grammar.input_path, given_flags(grammar));
  result.verbose = grammar.verbose;
  return result;
}

}  // namespace tailfit::tools

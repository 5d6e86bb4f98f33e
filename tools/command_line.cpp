#include "tools/command_line.hpp"

#include <tailfit/tailfit.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "tools/check_arguments.hpp"
#include "tools/errors.hpp"
#include "tools/flag_table.hpp"
#include "tools/help_text.hpp"
#include "tools/message_text.hpp"

namespace tailfit::tools {
namespace {

// What was found on the command line after a command's name.
struct GivenCall {
  std::vector<std::string> inputs;
  GivenFlags flags;
  bool verbose = false;
};

struct CommandSpec {
  const char* name;
  std::size_t n_inputs;
  const char* missing_input;  // said when there are fewer
  bool has_verbose;
  std::span<const Flag> (*flags)();
  std::string (*help)();
  Command (*check)(const GivenCall& call);
};

Command check_fit(const GivenCall& call) {
  FitArguments arguments = check_fit_arguments(call.inputs[0], call.flags);
  arguments.verbose = call.verbose;
  return arguments;
}

constexpr const char* no_fits = "no fits are given, expected a file that tailfit fit --save wrote";

constexpr std::array commands{
    CommandSpec{"fit", 1, "no input is given, expected a file or -", true, fit_flags, fit_help,
                check_fit},
    CommandSpec{"quantile", 1, no_fits, false, quantile_flags, quantile_help,
                [](const GivenCall& call) -> Command {
                  return check_quantile_arguments(call.inputs[0], call.flags);
                }},
    CommandSpec{"score", 2, "two files are expected, the saved fits and the new data", false,
                score_flags, score_help,
                [](const GivenCall& call) -> Command {
                  return check_score_arguments(call.inputs[0], call.inputs[1], call.flags);
                }},
    CommandSpec{"sample", 1, no_fits, false, sample_flags, sample_help,
                [](const GivenCall& call) -> Command {
                  return check_sample_arguments(call.inputs[0], call.flags);
                }},
};

// "fit, quantile or score"
std::string command_names() {
  std::string names;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (i > 0) names += i + 1 < commands.size() ? ", " : " or ";
    names += commands[i].name;
  }
  return names;
}

std::string see_help(const CommandSpec& command) {
  return std::string("see tailfit ") + command.name + " --help";
}

// CLI11 cuts the command line up. The values stay texts: what is wrong with one is said in
// check_arguments.cpp and question_arguments.cpp, in the same words whatever CLI11's version.
struct CommandGrammar {
  const CommandSpec& command;
  CLI::App* app;
  std::vector<std::string> inputs;
  GivenFlags texts;  // of all flags, given or not
  bool verbose = false;

  CommandGrammar(CLI::App& program, const CommandSpec& spec)
      : command(spec), app(program.add_subcommand(spec.name)), inputs(spec.n_inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      app->add_option("INPUT" + std::to_string(i + 1), inputs[i])->required();
    }
    for (const Flag& flag : command.flags()) add(flag);
    if (command.has_verbose) app->add_flag("-v,--verbose", verbose);
  }
  CommandGrammar(const CommandGrammar&) = delete;  // CLI11 keeps pointers into it

  void add(const Flag& flag) {
    const std::string name(flag.name);
    const std::string names =
        flag.short_.empty() ? name : std::string(flag.short_).append(",").append(name);
    app->add_option(names, texts[name])
        // Not CLI11's own refusal of repeated flags: given_flags() has the better words.
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  GivenFlags given_flags() const {
    GivenFlags given;
    for (const auto& [name, text] : texts) {
      const std::size_t count = app->count(name);
      if (count == 0) continue;
      if (count > 1) {
        throw BadInput(name + " is given " + std::to_string(count) + " times, expected once");
      }
      given.emplace(name, text);
    }
    return given;
  }
};

struct Grammar {
  CLI::App program{"", "tailfit"};
  std::vector<std::unique_ptr<CommandGrammar>> all;

  Grammar() {
    const std::string version = "tailfit " + std::string(tailfit_version());
    // One command: a second one's name is a file's.
    program.require_subcommand(0, 1);
    for (const CommandSpec& command : commands) {
      all.push_back(std::make_unique<CommandGrammar>(program, command));
      prepare(*all.back()->app, version);
    }
    prepare(program, version);
  }

  static void prepare(CLI::App& app, const std::string& version) {
    app.set_help_flag("-h,--help");
    app.set_version_flag("--version", version);
    app.allow_extras();
  }

  // The command that is given, or null.
  const CommandGrammar* given() const {
    for (const auto& grammar : all) {
      if (grammar->app->parsed()) return grammar.get();
    }
    return nullptr;
  }
};

void check_leftovers(const Grammar& grammar) {
  const CommandGrammar* given = grammar.given();
  for (const std::string& text : grammar.program.remaining(true)) {
    if (text == "--") continue;
    const bool is_option = text.size() > 1 && text.front() == '-';
    if (is_option) {
      throw BadInput("unknown option " + in_quotes(text) + ", " +
                     (given != nullptr ? see_help(given->command) : "see tailfit --help"));
    }
    if (given == nullptr) {
      throw BadInput("unknown command " + in_quotes(text) + ", expected " + command_names());
    }
    throw BadInput(
        "unexpected argument " + in_quotes(text) +
        (given->inputs.size() == 1 ? ", the input is already " : ", the inputs are already ") +
        quote_list(given->inputs));
  }
  if (given == nullptr) {
    throw BadInput("no command is given, expected " + command_names() + "; see tailfit --help");
  }
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
    const CommandGrammar* given = grammar.given();
    return Information{given != nullptr ? given->command.help() : program_help()};
  } catch (const CLI::CallForVersion& version) {
    return Information{std::string(version.what()) + '\n'};
  } catch (const CLI::ArgumentMismatch& error) {
    refuse_missing_value(error.what());
  } catch (const CLI::RequiredError&) {
    check_leftovers(grammar);  // what is there is worth more words than what is not
    const CommandSpec& command = grammar.given()->command;
    throw BadInput(std::string(command.missing_input) + "; " + see_help(command));
  } catch (const CLI::ParseError& error) {
    throw BadInput(error.what());
  }
  check_leftovers(grammar);
  const CommandGrammar& given = *grammar.given();
  return given.command.check({given.inputs, given.given_flags(), given.verbose});
}

}  // namespace tailfit::tools

// piece_program BYTES fit FILE ...: the program with pieces of that size, for tests.
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "tools/command_line.hpp"
#include "tools/fit_command.hpp"

int main(int argc, char** argv) {
  using namespace tailfit::tools;
  try {
    const std::vector<std::string> arguments(argv + 2, argv + argc);
    run_fit(std::get<FitArguments>(parse_command_line(arguments)), std::stoll(argv[1]));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

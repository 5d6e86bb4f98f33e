// Excesses as the files of samples have them, a sample a line.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace tailfit::tests {

// "3*0x1p-2 0x1p+0": four excesses.
inline std::vector<double> sample_of(const std::string& line) {
  std::vector<double> excess;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const std::size_t star = word.find('*');
    const int n = star == std::string::npos ? 1 : std::atoi(word.c_str());
    const char* number = word.c_str() + (star == std::string::npos ? 0 : star + 1);
    excess.insert(excess.end(), static_cast<std::size_t>(n), std::strtod(number, nullptr));
  }
  return excess;
}

}  // namespace tailfit::tests

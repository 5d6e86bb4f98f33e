// Every way in which a file can be malformed, and what the program says about it.
#include <string>

#include "../npy_bytes.hpp"
#include "bad_case.hpp"
#include "tools/gzip_encoder.hpp"

namespace tailfit::tools::test {
namespace {

class BadFiles : public testing::TestWithParam<BadCase> {};

TEST_P(BadFiles, AreRefusedInOneLineWithStatus2) { expect_refusal(GetParam()); }

// A wide table read with --index date.
BadCase wide(const std::string& name, const std::string& text, const std::string& message) {
  return {name, {"fit", "x.csv", "--index", "date", "-o", "y.csv"}, message, {{"x.csv", text}}};
}

// A table of one column or more, without an index.
BadCase plain(const std::string& name, const std::string& text, const std::string& message) {
  return {name, {"fit", "x.csv", "-o", "y.csv"}, message, {{"x.csv", text}}};
}

BadCase long_layout(const std::string& name, const std::string& text, const std::string& message,
                    const std::string& series = "s", const std::string& value = "v") {
  return {name,
          {"fit", "x.csv", "--layout", "long", "--series-column", series, "--value-column", value,
           "--index", "t"},
          message,
          {{"x.csv", text}}};
}

BadCase gz(const std::string& name, const std::string& bytes, const std::string& message) {
  return {name, {"fit", "x.csv.gz"}, message, {{"x.csv.gz", bytes}}};
}

BadCase npy(const std::string& name, const std::string& bytes, const std::string& message) {
  return {name, {"fit", "x.npy", "-o", "y.csv"}, message, {{"x.npy", bytes}}};
}

std::string compressed(const std::string& text) {
  GzipEncoder encoder;
  std::string bytes(encoder.encode(text));
  return bytes += encoder.finish();
}

std::string damaged(std::string bytes) {
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    Cells, BadFiles,
    testing::Values(
        wide("Word", "date,A\n1,2\n2,x\n", "x.csv:3: column 'A': 'x' is not a number"),
        wide("DecimalComma", "date,A\n1,\"1,5\"\n", "x.csv:2: column 'A': '1,5' is not a number"),
        wide("TwoNumbers", "date,A\n1,1 2\n", "x.csv:2: column 'A': '1 2' is not a number"),
        wide("Hexadecimal", "date,A\n1,0x1F\n", "x.csv:2: column 'A': '0x1F' is not a number"),
        wide("Percent", "date,A\n1,5%\n", "x.csv:2: column 'A': '5%' is not a number"),
        wide("TooLarge", "date,A\n1,1e400\n",
             "x.csv:2: column 'A': '1e400' is beyond the range of a double"),
        wide("ControlCharacters", "date,A\n1,\"a\x1b[31m\n\"\n",
             "x.csv:2: column 'A': 'a\\x1b[31m\\n' is not a number"),
        wide("LongText", "date,A\n1," + std::string(1000, 'x') + "\n",
             "x.csv:2: column 'A': '" + std::string(60, 'x') + "...' is not a number"),
        wide("AfterAQuotedLineEnd", "date,A\n\"1\n1\",2\n2,x\n",
             "x.csv:4: column 'A': 'x' is not a number"),
        wide("AfterCarriageReturns", "date,A\r\n1,2\r\n2,x\r\n",
             "x.csv:3: column 'A': 'x' is not a number"),
        plain("IndexThatIsNotNamed", "date,A\n2000-01-03,1\n",
              "x.csv:2: column 'date': '2000-01-03' is not a number; if the column is the index, "
              "say --index 'date'"),
        long_layout("LongValue", "t,s,v\n1,A,1\n2,A,one\n",
                    "x.csv:3: column 'v': 'one' is not a number"),
        long_layout("LongWithoutSeriesName", "t,s,v\n1,,1\n",
                    "x.csv:2: column 's': the cell is empty, expected a series name")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Tables, BadFiles,
    testing::Values(
        wide("Empty", "", "x.csv: the file is empty, expected a header line of column names"),
        wide("HeaderOnly", "date,A\n", "x.csv: there is no row after the header"),
        wide("BlankHeader", "\ndate,A\n1,2\n",
             "x.csv:1: the line is blank, expected a header line of column names"),
        wide(
            "NoHeader", "2000-01-03,0.5\n2000-01-04,0.7\n",
            "x.csv:1: the column name '0.5' is a number, expected a header line of column names (a "
            "name like that can be put in quotes)"),
        wide("DuplicateColumns", "date,A,B,A\n1,2,3,4\n",
             "x.csv:1: columns 2 and 4 are both called 'A', expected distinct names"),
        wide("UnknownIndex", "Date,A\n1,2\n",
             "x.csv:1: --index: there is no column 'date', the header has 'Date', 'A'"),
        wide("UnknownIndexAmongMany", "a,b,c,d,e,f,g,h,i,j\n1,2,3,4,5,6,7,8,9,10\n",
             "x.csv:1: --index: there is no column 'date', the header has 'a', 'b', 'c', 'd', 'e', "
             "'f', 'g', 'h' and 2 more"),
        wide(
            "NothingButTheIndex", "date\n1\n",
            "x.csv:1: the index 'date' is the only column, expected a column per series beside it"),
        wide("TooFewCells", "date,A,B\n1,2,3\n2,3\n",
             "x.csv:3: 2 cells, expected 3 as in the header"),
        wide("TooManyCells", "date,A\n1,2,3\n", "x.csv:2: 3 cells, expected 2 as in the header"),
        wide("BlankLineInside", "date,A\n1,2\n\n3,4\n",
             "x.csv:3: the line is blank, expected 2 cells"),
        wide("UnclosedQuote", "date,A\n1,2\n\"3,4\n5,6\n",
             "x.csv:3: the quote that opens cell 1 is never closed"),
        wide("TextAfterAQuote", "date,A\n1,\"2\"3\n",
             "x.csv:2: '3' after the closing quote of cell 2, expected a comma or the end of the "
             "line"),
        wide("Utf16",
             std::string("\xFF\xFE"
                         "d\0",
                         4),
             "x.csv: the text is UTF-16, expected UTF-8"),
        long_layout(
            "UnknownSeriesColumn", "t,s,v\n1,A,1\n",
            "x.csv:1: --series-column: there is no column 'S', the header has 't', 's', 'v'", "S"),
        long_layout("UnknownValueColumn", "t,s,v\n1,A,1\n",
                    "x.csv:1: --value-column: there is no column 'V', the header has 't', 's', 'v'",
                    "s", "V"),
        long_layout("LongHeaderOnly", "t,s,v\n", "x.csv: there is no row after the header")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    LogReturns, BadFiles,
    testing::Values(
        BadCase{"OfZero",
                {"fit", "x.csv", "--index", "date", "--transform", "log-return"},
                "x.csv: series 'B', index '2000-01-04': the value 0 has no log-return, expected a "
                "number > 0",
                {{"x.csv", "date,A,B\n2000-01-03,1,1\n2000-01-04,1,0\n"}}},
        BadCase{"OfANegativeValue",
                {"fit", "x.csv", "--transform", "log-return"},
                "x.csv: series 'A', index '0': the value -2.5 has no log-return, expected a number "
                "> 0",
                {{"x.csv", "A\n-2.5\n1\n"}}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Gzip, BadFiles,
    testing::Values(gz("NotCompressed", "A\n1\n",
                       "x.csv.gz: begins with 'A\\n', expected the bytes 1f 8b of gzip data"),
                    gz("EmptyGz", "",
                       "x.csv.gz: begins with '', expected the bytes 1f 8b of gzip data"),
                    gz("Truncated", compressed("A\n1\n2\n").substr(0, 20),
                       "x.csv.gz: the gzip data end too early; the file is truncated"),
                    gz("Damaged", damaged(compressed("A\n1\n2\n")),
                       "x.csv.gz: the gzip data are damaged: incorrect data check"),
                    gz("TextAfterTheEnd", compressed("A\n1\n") + "2\n",
                       "x.csv.gz: there are bytes after the end of the gzip data"),
                    gz("BadCellInside", compressed("A\n1\nx\n"),
                       "x.csv.gz:3: column 'A': 'x' is not a number")),
    name_of);

const std::string npy_of_three = npy_header_bytes(npy_dictionary("<f8", "(3,)"));

INSTANTIATE_TEST_SUITE_P(
    Npy, BadFiles,
    testing::Values(
        npy("EmptyNpy", "", "x.npy: not an .npy file: it begins with '', expected \\x93NUMPY"),
        npy("OtherFile", "A,B\n1,2\n",
            "x.npy: not an .npy file: it begins with 'A,B\\n1,', expected \\x93NUMPY"),
        npy("UnknownVersion", npy_header_bytes("{}", 9),
            "x.npy: .npy format version 9.0, expected 1.0, 2.0 or 3.0"),
        npy("TruncatedHeader", npy_of_three.substr(0, 30),
            "x.npy: the file ends inside the .npy header"),
        npy("DamagedHeader", npy_header_bytes("{'descr': '<f8', 'shape': (3"),
            "x.npy: the .npy header has its end, expected a ')'"),
        npy("HeaderWithoutShape", npy_header_bytes("{'descr': '<f8', 'fortran_order': False}"),
            "x.npy: the .npy header has no key shape, expected one"),
        npy("Integers", npy_header_bytes(npy_dictionary("<i4", "(3,)")),
            "x.npy: the values are of type '<i4', expected '<f4' or '<f8'"),
        npy("BigEndian", npy_header_bytes(npy_dictionary(">f4", "(3,)")),
            "x.npy: the values are of type '>f4' (big-endian), expected '<f4' or '<f8'"),
        npy("ThreeDimensions", npy_header_bytes(npy_dictionary("<f8", "(1, 2, 3)")),
            "x.npy: an array of shape (1, 2, 3), expected one dimension (time) or two (time, "
            "series)"),
        npy("NoValues", npy_header_bytes(npy_dictionary("<f8", "(0, 3)")),
            "x.npy: an array of shape (0, 3), expected at least one value"),
        npy("TooFewValues", npy_of_three + std::string(20, '\0'),
            "x.npy: 20 bytes of values, expected 24 for shape (3,) of '<f8'"),
        npy("TooManyValues", npy_of_three + std::string(25, '\0'),
            "x.npy: 25 bytes of values, expected 24 for shape (3,) of '<f8'")),
    name_of);

}  // namespace
}  // namespace tailfit::tools::test

# Looks at a file that should hold one JSON object, for machines without python3.
#
#     awk -f json_object.awk FILE               succeeds where it is a valid JSON object
#     awk -v key=NAME -f json_object.awk FILE   prints the value of its member NAME as it is written there;
#                                               fails where there is none
#
# Only what mawk has too: no {4} in regular expressions. To be run with LC_ALL=C. The file must have no
# zero bytes, which not every awk reads.

# No valid file has this byte, so a valid file is one record.
BEGIN { RS = "\001" }
NR == 1 { text = $0 }
END {
  if (NR != 1 || !is_utf8(text) || !is_object(text)) exit 1
  if (key != "" && !print_member(text, key)) exit 1
}

# No byte beyond ASCII is left where the sequences that UTF-8 allows are letters.
function is_utf8(text) {
  gsub(/[\302-\337][\200-\277]|\340[\240-\277][\200-\277]|[\341-\354\356\357][\200-\277][\200-\277]|\355[\200-\237][\200-\277]/, "u", text)
  gsub(/\360[\220-\277][\200-\277][\200-\277]|[\361-\363][\200-\277][\200-\277][\200-\277]|\364[\200-\217][\200-\277][\200-\277]/, "u", text)
  return text !~ /[\200-\377]/
}

# Strings are replaced by one byte and other scalars by another, neither of which JSON allows; then
# objects and arrays of those by the second, from the innermost outwards. A valid text ends as one value.
function is_object(text,    before) {
  if (text !~ /^[ \t\n\r]*\{/ || text ~ /[\002-\010\013\014\016-\037]/) return 0
  gsub(/"([^"\\\001-\037]|\\["\\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*"/, "\002", text)
  gsub(/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null/, "\003", text)
  gsub(/[ \t\n\r]+/, "", text)
  do {
    before = text
    gsub(/\{(\002:[\002\003](,\002:[\002\003])*)?\}|\[([\002\003](,[\002\003])*)?\]/, "\003", text)
  } while (text != before)
  return text == "\003"
}

# The text is valid: only strings and nesting matter.
function print_member(text, key,    i, c, depth, quoted, begun, ours, name, value) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (quoted) {
      if (c == "\\") i++
      else if (c == "\"") {
        quoted = 0
        if (depth == 1 && !value) name = substr(text, begun, i - begun)
      }
    } else if (c == "\"") {
      quoted = 1
      begun = i + 1
    } else if (c == ":" && depth == 1) {
      value = i + 1
      ours = name == key
    } else if (depth == 1 && (c == "," || c == "}")) {
      if (value && ours) {
        value = substr(text, value, i - value)
        gsub(/^[ \t\n\r]+|[ \t\n\r]+$/, "", value)
        print value
        return 1
      }
      value = 0
      if (c == "}") return 0
    } else if (c == "{" || c == "[") depth++
    else if (c == "}" || c == "]") depth--
  }
  return 0
}

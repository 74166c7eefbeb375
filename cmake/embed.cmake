# SPDX-License-Identifier: MIT
# cmake -DOUT=x.c -DSYMBOL=name -DFILES=a;b -P embed.cmake
# Writes a C table {"file name", "content"} of text files, ended by a NULL row: struct hm_text SYMBOL[].
set(arrays "")
set(rows "")
set(i 0)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const char text_${i}[] = {\n${bytes}0};\n")
  string(APPEND rows "    {\"${name}\", text_${i}},\n")
  math(EXPR i "${i} + 1")
endforeach()
file(WRITE ${OUT} "// Made by cmake/embed.cmake.\n#include \"text.h\"\n\n${arrays}
extern const struct hm_text ${SYMBOL}[];
const struct hm_text ${SYMBOL}[] = {\n${rows}    {0, 0},\n};\n")

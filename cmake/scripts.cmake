# SPDX-License-Identifier: MIT
# cmake -DIDS=x.h -DCOLUMNS=y.h -DFILES=a;b -P scripts.cmake
# Of each script NN_NAME.cypher the id CYPHER_NAME (IDS), and from its header's "// returns: a TYPE, b TYPE" the places of its columns
# (COLUMNS): NAME_A, NAME_B, NAME_COLUMNS for their number, and NAME_SHAPE, which scripts with the same columns have in common.
set(ids "")
set(columns "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  if(NOT name MATCHES "^[0-9][0-9]_([a-z0-9_]+)$")
    message(FATAL_ERROR "script ${file}: expected a name such as 72_sources.cypher")
  endif()
  string(TOUPPER ${CMAKE_MATCH_1} prefix)
  if(NOT text MATCHES "\n// returns: ([^\n]+)\n")
    message(FATAL_ERROR "script ${file}: its header has no field \"returns\"")
  endif()
  set(returns ${CMAKE_MATCH_1})
  if(returns STREQUAL "nothing")
    set(names "")
  elseif(returns MATCHES "^[a-z0-9_]+ [A-Z<>]+(, [a-z0-9_]+ [A-Z<>]+)*$")
    string(REGEX REPLACE " [A-Z<>]+" "" names "${returns}") # "code, codes"
  else()
    message(FATAL_ERROR "script ${file}: returns: found \"${returns}\", expected NAME TYPE, NAME TYPE")
  endif()
  string(SHA256 shape "${names}")
  string(SUBSTRING ${shape} 0 7 shape) # fits into an int
  string(REPLACE ", " ";" names "${names}")
  string(APPEND ids "    CYPHER_${prefix},\n")
  string(APPEND columns "// ${name}\nenum {\n")
  foreach(column IN LISTS names)
    string(TOUPPER ${column} column)
    string(APPEND columns "    ${prefix}_${column},\n")
  endforeach()
  string(APPEND columns "    ${prefix}_COLUMNS,\n    ${prefix}_SHAPE = 0x${shape}\n};\n")
endforeach()
file(WRITE ${IDS} "// Made by cmake/scripts.cmake.\n#ifndef HM_SCRIPT_IDS_H\n#define HM_SCRIPT_IDS_H\n
/** The scripts of cypher/, as cypher_scripts[] has them. */\nenum cypher_id {\n${ids}    CYPHER_SCRIPTS\n};\n\n#endif\n")
file(WRITE ${COLUMNS} "// Made by cmake/scripts.cmake.\n#ifndef HM_SCRIPT_COLUMNS_H\n#define HM_SCRIPT_COLUMNS_H\n
/** At file level: two scripts return the same columns, so that what reads the one reads the other. */
#define CYPHER_SAME_COLUMNS(one, other) \\
    _Static_assert((int)one##_SHAPE == (int)other##_SHAPE, #one \" and \" #other \" return other columns\")\n
${columns}\n#endif\n")

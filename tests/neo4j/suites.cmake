# Every live suite on each server, one start for all of them; skipped where there is no such server (see `server`).
get_property(live_suites GLOBAL PROPERTY HM_LIVE_SUITES)
if(Python3_FOUND)
  foreach(noun cypher exchange killed stale)
    list(APPEND live_suites ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/test_${noun}.py)
  endforeach()
  if(TARGET hmrec_shared)
    list(APPEND live_suites ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/test_example.py)
  endif()
endif()
set(live_environment "HMREC_BIN=$<TARGET_FILE:hmrec>;HM_BUILD=${PROJECT_BINARY_DIR};HM_CC=${CMAKE_C_COMPILER};HM_CMAKE=${CMAKE_COMMAND};PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/support;PYTHONDONTWRITEBYTECODE=1")
foreach(version 4.4.46 5.26.25 2026.08.1)
  add_test(NAME neo4j/${version} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/server run ${version} tls --
    sh -c "failed=0; for suite; do \"$suite\" || failed=1; done; exit $failed" suites ${live_suites})
  set_tests_properties(neo4j/${version} PROPERTIES LABELS neo4j SKIP_RETURN_CODE 77 RESOURCE_LOCK neo4j ENVIRONMENT "${live_environment}")
endforeach()

add_test(NAME neo4j/gds COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/server run 5.26.25 gds -- $<TARGET_FILE:check_neo4j_gds>)
set_tests_properties(neo4j/gds PROPERTIES LABELS neo4j SKIP_RETURN_CODE 77 RESOURCE_LOCK neo4j)

# cypher-shell and hmrec on one server.
if(Python3_FOUND)
  add_test(NAME neo4j/side_by_side COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/server run 5.26.25 --
    ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/test_side_by_side.py)
  set_tests_properties(neo4j/side_by_side PROPERTIES LABELS neo4j SKIP_RETURN_CODE 77 RESOURCE_LOCK neo4j ENVIRONMENT "${live_environment}")
endif()

# What an export and each version's neo4j-admin make, beside what goes over Bolt.
if(Python3_FOUND)
  foreach(version 4.4.46 5.26.25 2026.08.1)
    add_test(NAME neo4j/import_${version} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/server run ${version} --
      ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/test_import.py)
    set_tests_properties(neo4j/import_${version} PROPERTIES LABELS neo4j SKIP_RETURN_CODE 77 RESOURCE_LOCK neo4j ENVIRONMENT "${live_environment}")
  endforeach()
endif()

# No distribution of today has the JDK of the one or the plugin of the other: to skip them is no failure anywhere.
set_property(TEST neo4j/2026.08.1 neo4j/import_2026.08.1 neo4j/gds APPEND PROPERTY ENVIRONMENT SKIPS_AS_FAILS=0)

# Two servers for the two parts; the older one takes the catalogue.
if(Python3_FOUND)
  foreach(noun two_servers walkthrough)
    add_test(NAME neo4j/${noun} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/server run 4.4.46 --
      ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/server run 5.26.25 -- ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/neo4j/test_${noun}.py)
    set_tests_properties(neo4j/${noun} PROPERTIES LABELS neo4j SKIP_RETURN_CODE 77 RESOURCE_LOCK neo4j ENVIRONMENT "${live_environment}")
  endforeach()
endif()
